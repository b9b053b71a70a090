// Tables that scroll sideways by themselves where the screen is narrow.
import { h, uniqueId } from "../dom.js";

/** columns: [{label, numeric, cell: row => Node|string}]. The first column heads its row. */
export function table({ caption, columns, rows, hideCaption = false }) {
  const id = uniqueId("table");
  const head = h(
    "tr",
    null,
    columns.map((column) => h("th", { scope: "col", class: column.numeric && "numeric" }, column.label)),
  );
  const body = rows.map((row) =>
    h(
      "tr",
      null,
      columns.map((column, index) =>
        h(
          index === 0 ? "th" : "td",
          { scope: index === 0 ? "row" : null, class: column.numeric && "numeric" },
          column.cell(row),
        ),
      ),
    ),
  );
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-labelledby": caption ? id : null },
    h(
      "table.table",
      null,
      caption && h("caption", { id, class: hideCaption && "vh" }, caption),
      h("thead", null, head),
      h("tbody", null, body),
    ),
  );
}
