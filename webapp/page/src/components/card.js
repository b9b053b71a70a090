// Cards, and lists of facts.
import { h } from "../dom.js";

export function card({ title, actions, children, tone, level = 2, id } = {}) {
  return h(
    "section.card",
    { class: tone, id },
    (title || actions) &&
      h(
        "header",
        null,
        typeof title === "string" ? h(`h${level}`, null, title) : title,
        actions && h("div.row", null, actions),
      ),
    h("div.body", null, children),
  );
}

/** Terms and their values; rows without a value are left out. */
export function facts(rows) {
  return h(
    "dl.facts",
    null,
    rows
      .filter((row) => row && row[1] !== null && row[1] !== undefined && row[1] !== "")
      .map(([term, value]) => [h("dt", null, term), h("dd", null, value)]),
  );
}
