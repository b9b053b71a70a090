// A table of any length that draws only the rows in sight; the document itself scrolls.
import { append, h, replace } from "../../../../attribution/reports/page/dom.js";
import { count } from "../../../../attribution/reports/page/format.js";

/** @typedef {import("../../../../attribution/reports/page/dom.js").Children} Children */

const MOST_DRAWN = 300_000; // rows: browsers lay out no document that is higher
const MOST_PRINTED = 2_000;
const SPARE = 10; // rows drawn above and below what is in sight

/**
 * @template Item
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.kind class of the table
 * @param {{ key: string, title: string }[]} options.columns
 * @param {(item: Item) => Children[]} options.cells
 * @param {(item: Item) => void} options.open is called when a row is chosen
 * @param {(key: string) => void} options.sort is called when the head of a column is chosen
 * @param {() => [string, boolean]} options.sorted column that the rows are sorted by, and whether downwards
 */
export function makeGrid({ label, kind, columns, cells, open, sort, sorted }) {
  /** @type {Item[]} */
  let items = [];
  let active = 0;
  let height = 44;
  /** @type {Map<number, HTMLElement>} */
  const drawn = new Map();
  const head = h("div.grid-row.grid-head", { role: "row", "aria-rowindex": "1" });
  const body = h("div.grid-body", { role: "rowgroup" });
  const more = h("p.note", { hidden: true });
  const probe = h("div.grid-probe", { "aria-hidden": "true" });
  const grid = h(
    "div.grid",
    { role: "grid", class: kind, "aria-label": label, "aria-colcount": columns.length },
    h("div.grid-top", { role: "rowgroup" }, head),
    body,
  );
  const node = h("div", grid, more, probe);

  const heads = columns.map(({ key, title }) => {
    const turn = h("button", { type: "button", on: { click: () => sort(key) } }, title);
    return h("div.cell", { role: "columnheader", class: `cell-${key}` }, turn);
  });
  append(head, heads);

  /** @param {number} at */
  function draw(at) {
    const item = items[at];
    const row = h(
      "div.grid-row",
      {
        role: "row",
        "aria-rowindex": at + 2,
        tabindex: at === active ? "0" : "-1",
        style: { top: `${at * height}px` },
      },
      cells(item).map((cell, column) =>
        h("div.cell", { role: "gridcell", class: `cell-${columns[column].key}` }, cell),
      ),
    );
    row.dataset.at = String(at);
    return row;
  }

  /** Draws the rows from `first` up to `last`, and the active one. @param {number} first @param {number} last */
  function render(first, last) {
    const wanted = new Set([Math.min(active, items.length - 1)]);
    for (let at = first; at < last; at += 1) wanted.add(at);
    for (const [at, row] of drawn) {
      if (!wanted.has(at)) {
        row.remove();
        drawn.delete(at);
      }
    }
    let cursor = body.firstChild; // the order of the document is that of the list
    for (const at of [...wanted].sort((a, b) => a - b)) {
      const row = drawn.get(at) ?? draw(at);
      drawn.set(at, row);
      if (row === cursor) cursor = cursor.nextSibling;
      else body.insertBefore(row, cursor);
    }
  }

  function update() {
    if (!items.length || !node.isConnected) return;
    const top = -body.getBoundingClientRect().top;
    const length = Math.min(items.length, MOST_DRAWN);
    const first = Math.min(length, Math.max(0, Math.floor(top / height) - SPARE));
    render(first, Math.min(length, Math.ceil((top + innerHeight) / height) + SPARE));
  }

  function measure() {
    height = probe.getBoundingClientRect().height || 44;
    body.style.height = `${Math.min(items.length, MOST_DRAWN) * height}px`;
  }

  function redraw() {
    for (const row of drawn.values()) row.remove();
    drawn.clear();
    measure();
    update();
  }

  /** @param {Item[]} next */
  function show(next) {
    items = next;
    active = 0;
    const [key, down] = sorted();
    columns.forEach((column, at) => {
      heads[at].setAttribute("aria-sort", column.key !== key ? "none" : down ? "descending" : "ascending");
    });
    grid.setAttribute("aria-rowcount", String(items.length + 1));
    grid.hidden = !items.length;
    more.hidden = items.length <= MOST_DRAWN;
    replace(more, `Only the first ${count(MOST_DRAWN)} are listed: filter to see the others.`);
    redraw();
  }

  /** Makes another row the active one. @param {number} to */
  function move(to) {
    const before = drawn.get(active);
    active = Math.max(0, Math.min(to, Math.min(items.length, MOST_DRAWN) - 1));
    if (before) before.tabIndex = -1;
    const edge = body.getBoundingClientRect().top + active * height;
    const covered = head.getBoundingClientRect().bottom;
    if (edge < covered) scrollBy(0, edge - covered);
    else if (edge + height > innerHeight) scrollBy(0, edge + height - innerHeight + 8);
    update();
    const row = drawn.get(active);
    if (!row) return;
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
  }

  body.addEventListener("click", (event) => {
    const at = rowOf(event);
    if (at === null || String(getSelection())) return;
    move(at);
    open(items[at]);
  });
  body.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(innerHeight / height) - 3);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) move(active + steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") open(items[active]);
    else return;
    event.preventDefault();
  });
  body.addEventListener("focusin", (event) => {
    const at = rowOf(event);
    if (at === null || at === active) return;
    for (const [other, row] of drawn) row.tabIndex = other === at ? 0 : -1;
    active = at;
  });
  addEventListener("scroll", update, { passive: true });
  addEventListener("resize", redraw);
  addEventListener("beforeprint", () => {
    if (!node.isConnected || !items.length) return;
    document.body.classList.add("printing");
    const left = items.length - MOST_PRINTED;
    more.hidden = left <= 0;
    replace(more, `${count(left)} more are not printed: filter the list, or use --report csv.`);
    render(0, Math.min(items.length, MOST_PRINTED));
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    more.hidden = items.length <= MOST_DRAWN;
    redraw();
  });

  return {
    node,
    show,
    /** @param {Item} item */
    focus(item) {
      const at = items.indexOf(item);
      if (at >= 0) move(at);
    },
  };
}

/** The position of the row that an event is in. @param {Event} event */
function rowOf({ target }) {
  const row = target instanceof Element ? target.closest(".grid-row") : null;
  return row instanceof HTMLElement && row.dataset.at ? Number(row.dataset.at) : null;
}
