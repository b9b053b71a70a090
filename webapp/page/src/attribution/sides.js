// Two texts side by side, line by line; what differs within a line is marked.
import { h } from "../dom.js";
import { changedParts } from "./words.js";

/** rows: [{left: {number, text}|null, right: …, same: bool}]; firstLine: number of the text's first. */
export function sides(rows, { kind, mine, theirs, firstLine = 1 }) {
  return h(
    "div.stack.tight",
    null,
    h("p.sides-narrow", null, "Lines that agree are shown once; − is the text, + the source."),
    table(rows, { kind, mine, theirs, firstLine }),
  );
}

function table(rows, { kind, mine, theirs, firstLine }) {
  return h(
    "div.sides",
    { class: `kind-${kind}`, tabindex: "0", role: "region", "aria-label": "Side by side" },
    h(
      "table",
      null,
      h("colgroup", null, h("col.number"), h("col.sign"), h("col"), h("col.number"), h("col")),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "colgroup", colspan: "3" }, mine),
          h("th.right-start", { scope: "colgroup", colspan: "2" }, theirs),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((one) => row(one, firstLine - 1)),
      ),
    ),
  );
}

function row({ left, right, same }, shift) {
  const [mine, theirs] = !same && left && right ? changedParts(left.text, right.text) : [null, null];
  const sign = same ? "" : left && right ? "≠" : left ? "−" : "+";
  return h(
    "tr",
    { class: `${same ? "same" : "differs"}${left ? "" : " no-left"}` },
    h("td.number", null, left ? left.number + shift : ""),
    h(
      "td.sign",
      null,
      sign,
      !same && h("span.vh", null, left && right ? "differs" : left ? "only in the text" : "only in the source"),
    ),
    cell(left, mine),
    h("td.number.right-start", null, right?.number ?? ""),
    cell(right, theirs),
  );
}

function cell(side, parts) {
  if (!side) return h("td.code.absent");
  if (!parts) return h("td.code", null, side.text);
  return h(
    "td.code",
    null,
    parts.map(({ text, changed }) => (changed && text.trim() ? h("mark", null, text) : text)),
  );
}
