// Tables, and lists of facts.
import { h, uniqueId } from "./dom.js";

/** @typedef {import("./dom.js").Children} Children */

/**
 * A table that scrolls sideways where the screen is narrow. The first column heads its row.
 * @template Row
 * @param {object} options
 * @param {string} options.caption
 * @param {{ label: string, numeric?: boolean, cell: (row: Row) => Children }[]} options.columns
 * @param {Row[]} options.rows
 * @param {boolean} [options.hideCaption] leaves the caption to screen readers
 */
export function table({ caption, columns, rows, hideCaption = false }) {
  const id = uniqueId("table");
  const head = columns.map(({ label, numeric }) => h("th", { scope: "col", class: numeric && "numeric" }, label));
  const body = rows.map((row) =>
    h(
      "tr",
      columns.map(({ numeric, cell }, at) =>
        h(at ? "td" : "th", { scope: at ? null : "row", class: numeric && "numeric" }, cell(row)),
      ),
    ),
  );
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-labelledby": id },
    h(
      "table.table",
      h("caption", { id, class: hideCaption && "vh" }, caption),
      h("thead", h("tr", head)),
      h("tbody", body),
    ),
  );
}

/**
 * Terms and their values; rows without a value are left out.
 * @param {(readonly [string, Children])[]} rows
 */
export function facts(rows) {
  return h(
    "dl.facts",
    rows
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([term, value]) => [h("dt", term), h("dd", value)]),
  );
}
