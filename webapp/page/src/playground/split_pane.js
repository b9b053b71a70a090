// Two panes with a border that can be moved, by pointer or by the arrow keys; stacked on a phone.
import { h, set } from "../dom.js";
import { keep, kept } from "../storage.js";

const KEPT = "panel-width";
const [LEAST, MOST, USUAL] = [300, 720, 420]; // pixels of the right pane

/** @param {HTMLElement} left @param {HTMLElement} right */
export function splitPane(left, right) {
  let width = Number(kept(KEPT)) || USUAL;
  const bar = h("div.divider", {
    role: "separator",
    "aria-orientation": "vertical",
    "aria-label": "Width of the panel",
    tabindex: "0",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
  });
  const node = h("div.panes", left, bar, right);
  /** @param {number} next */
  const resize = (next) => {
    width = Math.round(Math.max(LEAST, Math.min(MOST, next)));
    node.style.setProperty("--panel", `${width}px`);
    set(bar, { "aria-valuenow": width });
  };
  const store = () => keep(KEPT, String(width));
  bar.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const controller = new AbortController();
    const { signal } = controller;
    const move = (/** @type {PointerEvent} */ { clientX }) => resize(node.getBoundingClientRect().right - clientX);
    bar.addEventListener("pointermove", move, { signal });
    const end = () => {
      controller.abort();
      store();
    };
    bar.addEventListener("lostpointercapture", end, { signal });
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
    if (!step) return;
    event.preventDefault();
    resize(width + step);
    store();
  });
  bar.addEventListener("dblclick", () => {
    resize(USUAL);
    store();
  });
  resize(width);
  return node;
}
