// Two texts side by side, line by line; the words that differ within a line are marked.
import { h } from "./dom.js";
import { changedParts } from "./words.js";

/** @typedef {{ number: number, text: string }} Line */
/** @typedef {{ left: Line | null, right: Line | null, same: boolean }} Row */

const SAID = { same: "", differs: "differs: ", mine: "only here: ", theirs: "only in the source: " };

/**
 * A table of both texts.
 * @param {Row[]} rows
 * @param {object} options
 * @param {string} options.kind of the match, which colours what agrees
 * @param {string} options.mine heading of the left text
 * @param {string} options.theirs heading of the right text
 * @param {number} [options.firstLine] number of the left text's first line
 * @param {(text: string) => string} [options.shown] how a piece of text is displayed
 */
export function sides(rows, { kind, mine, theirs, firstLine = 1, shown = String }) {
  const head = [mine, theirs].map((title, at) => [
    h("th.number", { scope: "col", class: at && "right" }, h("span.vh", "Line")),
    h("th", { scope: "col" }, h("bdi", title)),
  ]);
  return [
    h("p.sides-narrow.small", "Equal lines are shown once. − marks this code, + the source."),
    h(
      "div.sides",
      { class: `kind-${kind}`, tabindex: "0", role: "region", "aria-label": "Side by side" },
      h(
        "table",
        h("thead", h("tr", head)),
        h(
          "tbody",
          rows.map((row) => sideRow(row, firstLine - 1, shown)),
        ),
      ),
    ),
  ];
}

/** @param {Row} row @param {number} shift @param {(text: string) => string} shown */
function sideRow({ left, right, same }, shift, shown) {
  const [mine, theirs] = left && right && !same ? changedParts(left.text, right.text) : [null, null];
  const kind = same ? "same" : left && right ? "differs" : left ? "mine" : "theirs";
  return h(
    "tr",
    { class: kind },
    h("td.number", left ? left.number + shift : ""),
    cell(left, mine, SAID[kind], shown),
    h("td.number.right", right?.number ?? ""),
    cell(right, theirs, "", shown),
  );
}

/**
 * @param {Line | null} line
 * @param {import("./words.js").Part[] | null} parts
 * @param {string} said to screen readers, before the text
 * @param {(text: string) => string} shown
 */
function cell(line, parts, said, shown) {
  if (!line) return h("td.code.absent");
  const text = parts
    ? parts.map(({ text, changed }) => (changed && text.trim() ? h("mark", shown(text)) : shown(text)))
    : shown(line.text);
  return h("td.code", said && h("span.vh", said), text);
}
