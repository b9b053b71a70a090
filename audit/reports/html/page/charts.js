// Charts of the findings. Each bar is a filter, and its count is what choosing it would show.
import { h, replace } from "../../../../attribution/reports/page/dom.js";
import { count } from "../../../../attribution/reports/page/format.js";
import { button, seen } from "./elements.js";
import { chosen, FACETS } from "./filter.js";
import { licenseWords } from "./words.js";

/** @typedef {import("./filter.js").FacetName} FacetName */

const FEW = 5; // bars before the others are folded away
const MOST_BARS = 100; // bars; the list can be filtered by the words of the others

/**
 * @param {FacetName} name
 * @param {() => void} changed is called when a bar was chosen
 */
export function makeChart(name, changed) {
  const { title, column, words, order: given } = FACETS[name];
  const total = new Uint32Array(words.length);
  for (const value of column) total[value] += 1;
  const values = (given ?? [...words.keys()].sort((a, b) => total[b] - total[a] || a - b))
    .filter((value) => total[value])
    .slice(0, MOST_BARS);
  const bars = values.map((value) => makeBar(name, value, changed));
  const list = h(
    "ul",
    bars.map((bar) => bar.item),
  );
  let all = false;
  const fold = button("", { kind: "small quiet", "aria-expanded": "false" }, () => {
    all = !all;
    unfold();
  });
  const clear = button("Clear", { kind: "small quiet", "aria-label": `Clear ${title.toLowerCase()}` }, () => {
    chosen[name].clear();
    changed();
    list.querySelector("button")?.focus();
  });
  function unfold() {
    bars.forEach((bar, at) => {
      bar.item.hidden = !all && at >= FEW && !chosen[name].has(bar.value);
    });
    fold.hidden = bars.length <= FEW;
    fold.setAttribute("aria-expanded", String(all));
    replace(fold, all ? "Fewer" : `${bars.length - FEW} more`);
  }
  const node = h(
    "section.chart",
    { class: `chart-${name}`, "aria-label": title },
    h("header", h("h2", title), clear),
    list,
    fold,
  );
  return {
    node,
    /** @param {Uint32Array} counts by value */
    show(counts) {
      const most = Math.max(1, ...counts);
      for (const bar of bars) bar.show(counts[bar.value], most);
      clear.hidden = !chosen[name].size;
      unfold();
    },
  };
}

/** @param {FacetName} name @param {number} value @param {() => void} changed */
function makeBar(name, value, changed) {
  const word = FACETS[name].words[value];
  const figure = h("span.bar-count");
  const fill = h("span.bar-fill");
  const text = name === "license" ? licenseWords(word) : seen(word) || "no longer in the index";
  const bar = h(
    "button.bar",
    { type: "button", class: `${name}-${/^[a-z]+$/.test(word) ? word : "other"}` },
    h("span.bar-name", h("bdi", text)),
    figure,
    h("span.bar-track", { "aria-hidden": "true" }, fill),
  );
  bar.addEventListener("click", () => {
    if (!chosen[name].delete(value)) chosen[name].add(value);
    changed();
  });
  return {
    value,
    item: h("li", bar),
    /** @param {number} shown @param {number} most of any bar */
    show(shown, most) {
      figure.textContent = count(shown);
      fill.style.setProperty("--share", String(shown / most));
      bar.setAttribute("aria-pressed", String(chosen[name].has(value)));
      bar.classList.toggle("zero", !shown);
    },
  };
}
