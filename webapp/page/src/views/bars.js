// A bar chart that is a table: bars to the eye, rows to a screen reader.
import { h, uniqueId } from "../dom.js";
import { count, percent } from "../format.js";

const SHOWN = 9; // rows before the others are folded away

/**
 * @param {object} options
 * @param {string} options.caption
 * @param {string} options.unit what is counted
 * @param {string} options.name heading of the first column
 * @param {Record<string, number>} options.counts drawn largest first
 * @param {(key: string) => string} [options.label] of a row
 * @param {(key: string) => string} [options.tone] of a bar
 * @param {(key: string) => string | undefined} [options.hint] below the label
 * @param {[tone: string, meaning: string][]} [options.legend]
 * @param {string} [options.note] below the chart
 */
export function barTable({ caption, unit, name, counts, label = String, tone, hint, legend = [], note }) {
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  const total = rows.reduce((sum, [, n]) => sum + n, 0);
  const most = rows[0]?.[1] ?? 1;
  const row = (/** @type {[string, number]} */ [key, n]) =>
    h(
      "tr",
      h("th", { scope: "row" }, h("span.wrap-anywhere", label(key)), hint?.(key) && h("span.v-corpus-hint", hint(key))),
      h(
        "td.v-corpus-bar",
        { "aria-hidden": "true" },
        h("span", { class: tone?.(key), style: { "--share": `${Math.max((n / most) * 100, 0.6)}%` } }),
      ),
      h("td.numeric", count(n)),
      h("td.numeric.muted", percent(n / total)),
    );
  const shown = rows.length > SHOWN + 1 ? SHOWN : rows.length;
  const rest = rows.slice(shown);
  const more = `${rest.length} more, ${count(rest.reduce((sum, [, n]) => sum + n, 0))} together`;
  const id = uniqueId("bars");
  const folded = h("tbody", { id, hidden: true }, rest.map(row));
  const toggle = h(
    "button.button.quiet.small",
    { type: "button", "aria-expanded": "false", "aria-controls": id },
    more,
  );
  toggle.addEventListener("click", () => {
    folded.hidden = !folded.hidden;
    toggle.setAttribute("aria-expanded", String(!folded.hidden));
    toggle.textContent = folded.hidden ? more : "Show fewer";
  });
  const heads = [name, "Bar", unit, "Share"].map((text) => h("th", { scope: "col" }, text));
  const tones = new Set(rows.map(([key]) => tone?.(key)));
  const used = legend.filter(([key]) => tones.has(key));
  return h(
    "div.stack.tight",
    h(
      "table.v-corpus-chart",
      h("caption.vh", caption),
      h("thead.vh", h("tr", heads)),
      h("tbody", rows.slice(0, shown).map(row)),
      rest.length > 0 && folded,
    ),
    rest.length > 0 && toggle,
    used.length > 0 &&
      h(
        "ul.v-corpus-legend",
        used.map(([key, text]) => h("li", h("span.v-corpus-swatch", { class: key }), text)),
      ),
    note && h("p.tiny.muted", note),
  );
}
