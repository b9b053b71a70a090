// A bar chart that is a table: readable to the eye as bars, to everybody else as rows.

import { h, uniqueId } from "../dom.js";
import { count, percent } from "../format.js";

const SHOWN = 9; // rows before the rest

/**
 * counts: {name: n}, drawn largest first. label(name), tone(name) and says(name), a hint, are
 * optional; legend: [[tone, meaning]].
 */
export function barTable({ caption, unit, name, counts, label = String, tone, says, legend, note }) {
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  const total = rows.reduce((sum, [, n]) => sum + n, 0);
  const most = rows[0]?.[1] ?? 1;
  const id = uniqueId("bars");
  const row = ([key, n]) =>
    h(
      "tr",
      null,
      h(
        "th",
        { scope: "row" },
        h("span.wrap-anywhere", null, label(key)),
        says?.(key) && h("span.v-corpus-says", null, says(key)),
      ),
      h(
        "td.v-corpus-bar",
        { "aria-hidden": "true" },
        h("span", { class: tone?.(key), style: { "--share": `${Math.max((n / most) * 100, 0.6)}%` } }),
      ),
      h("td.numeric", null, count(n)),
      h("td.numeric.muted", null, percent(n / total)),
    );
  const rest = rows.slice(SHOWN + 1).length ? rows.slice(SHOWN) : [];
  const body = h("tbody", null, rows.slice(0, rows.length - rest.length).map(row));
  const folded = rest.length > 0 && h("tbody", { id, hidden: true }, rest.map(row));
  const toggle =
    folded &&
    h(
      "button.button.quiet.small",
      {
        type: "button",
        "aria-expanded": "false",
        "aria-controls": id,
        on: {
          click: () => {
            folded.hidden = !folded.hidden;
            toggle.setAttribute("aria-expanded", String(!folded.hidden));
            toggle.textContent = folded.hidden ? more(rest) : "Show fewer";
          },
        },
      },
      more(rest),
    );
  return h(
    "div.stack.tight",
    null,
    h(
      "table.v-corpus-chart",
      null,
      h("caption.vh", null, caption),
      h(
        "thead.vh",
        null,
        h(
          "tr",
          null,
          [name, "Bar", unit, "Share"].map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      body,
      folded,
    ),
    toggle,
    legend &&
      h(
        "ul.v-corpus-legend",
        null,
        legend
          .filter(([key]) => rows.some(([value]) => tone(value) === key))
          .map(([key, text]) => h("li", null, h("span.v-corpus-swatch", { class: key }), text)),
      ),
    note && h("p.tiny.muted", null, note),
  );
}

const more = (rest) => `${rest.length} more, ${count(rest.reduce((sum, [, n]) => sum + n, 0))} together`;
