// The view of the files: their states, the reasons, and how many findings each has.
import { h, replace } from "../../../../attribution/reports/page/dom.js";
import { count, plural } from "../../../../attribution/reports/page/format.js";
import { allFiles, DATA, Missing } from "./data.js";
import { button, say, seen } from "./elements.js";
import { collator, fileFilter } from "./filter.js";
import { makeGrid } from "./grid.js";
import { pathNode } from "./path.js";
import { capital, STATES } from "./words.js";

/** @typedef {import("./data.js").FileRow} FileRow */

const FILE_COLUMNS = [
  { key: "state", title: "State" },
  { key: "name", title: "File" },
  { key: "reason", title: "Reason" },
  { key: "language", title: "Language" },
  { key: "lines", title: "Lines" },
  { key: "open", title: "Findings" },
];
/** Positions in a row. @type {{ name: 0, state: 1, reason: 2, language: 3, lines: 4, open: 5, decided: 6, allowed: 7 }} */
export const AT = { name: 0, state: 1, reason: 2, language: 3, lines: 4, open: 5, decided: 6, allowed: 7 };
/** @type {Record<string, number>} */
export const WORST = { "not checked": 3, "partly checked": 2, "left out": 1, checked: 0 };

/**
 * @param {object} options
 * @param {() => void} options.changed is called when the filter changed
 * @param {(name: string) => void} options.open is called with a file that has findings
 */
export function makeFiles({ changed, open }) {
  let rows = DATA.unchecked;
  const note = h("p.note.warn", { hidden: true, role: "alert" });
  const empty = h("p.empty", { hidden: true }, "No file matches the filter.");
  const found = h("p.found");
  const grid = makeGrid({
    label: "Files",
    kind: "grid-files",
    columns: FILE_COLUMNS,
    cells: fileCells,
    open(row) {
      if (row[AT.open] + row[AT.decided] + row[AT.allowed] > 0) open(row[AT.name]);
    },
    sort(key) {
      fileFilter.down = fileFilter.sort === key ? !fileFilter.down : ["state", "lines", "open"].includes(key);
      fileFilter.sort = key;
      show();
    },
    sorted: () => [fileFilter.sort, fileFilter.down],
  });
  const text = h("input.input", { type: "search", id: "file-text", autocomplete: "off", spellcheck: "false" });
  text.addEventListener("input", () => {
    fileFilter.q = text.value;
    show();
  });
  const states = STATES.map((word) => {
    const toggle = button(capital(word), { kind: "small" }, () => {
      if (!fileFilter.states.delete(word)) fileFilter.states.add(word);
      show();
    });
    return { word, toggle };
  });
  const node = h(
    "div.panel",
    h("h2.vh", "Files"),
    h(
      "div.filters",
      { role: "search", "aria-label": "Filter files" },
      h("div.field.grow", h("label", { for: "file-text" }, "Path or reason"), text),
      h(
        "div.field",
        { role: "group", "aria-label": "State" },
        h("span.label", { "aria-hidden": "true" }, "State"),
        h(
          "div.segments",
          states.map((one) => one.toggle),
        ),
      ),
    ),
    found,
    note,
    empty,
    grid.node,
  );

  function show() {
    changed();
    if (text.value !== fileFilter.q) text.value = fileFilter.q;
    for (const { word, toggle } of states) toggle.setAttribute("aria-pressed", String(fileFilter.states.has(word)));
    const words = fileFilter.q.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) => {
      if (fileFilter.states.size && !fileFilter.states.has(row[AT.state])) return false;
      const text = `${row[AT.name]}\n${row[AT.reason]}\n${row[AT.language] ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const compare = comparison(fileFilter.sort);
    shown.sort(fileFilter.down ? (a, b) => compare(b, a) : compare);
    empty.hidden = shown.length > 0;
    replace(found, `${count(shown.length)} of ${plural(DATA.files, "file")}`);
    say(found.textContent);
    grid.show(shown);
  }

  return {
    node,
    show() {
      show();
      allFiles().then(
        (all) => {
          if (rows === all) return;
          rows = all;
          show();
        },
        (error) => {
          if (!(error instanceof Missing)) throw error;
          note.hidden = false;
          replace(note, `${error.message} Only files that were not checked, or only in part, are listed.`);
        },
      );
    },
  };
}

/** How rows are compared by a column. @param {string} column @returns {(a: FileRow, b: FileRow) => number} */
function comparison(column) {
  if (column === "state") return (a, b) => WORST[a[AT.state]] - WORST[b[AT.state]];
  if (column === "lines" || column === "open") return (a, b) => a[AT[column]] - b[AT[column]];
  const at = column === "name" ? AT.name : column === "reason" ? AT.reason : AT.language;
  return (a, b) => collator.compare(a[at] ?? "", b[at] ?? "");
}

/** @param {FileRow} row */
function fileCells(row) {
  const [name, state, reason, language, lines, open, decided, allowed] = row;
  const closed = [decided && `${count(decided)} decided`, allowed && `${count(allowed)} allowed`]
    .filter(Boolean)
    .join(", ");
  return [
    h("span.state", { class: `state-${state.replace(" ", "-")}` }, seen(state)),
    pathNode(name),
    h("span.clip", { title: seen(reason) }, seen(reason)),
    seen(language ?? ""),
    state === "left out" || state === "not checked" ? "" : count(lines),
    h("span", open > 0 && h("strong", count(open)), closed && h("span.muted", open > 0 && ", ", closed)),
  ];
}
