// Two panes with a border that can be moved, by pointer or by the arrow keys; stacked on a phone.
import { h, set } from "../dom.js";

const KEPT = "whence-panel-width";
const [LEAST, MOST, USUAL] = [300, 720, 420]; // pixels of the right pane

export function splitPane(left, right) {
  let width = clamp(Number(safely(() => localStorage.getItem(KEPT))) || USUAL);
  const bar = h("div.divider", {
    role: "separator",
    "aria-orientation": "vertical",
    "aria-label": "Width of the panel",
    tabindex: "0",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
  });
  const node = h("div.panes", null, left, bar, right);
  const apply = (next) => {
    width = clamp(next);
    node.style.setProperty("--panel", `${width}px`);
    set(bar, { "aria-valuenow": width });
  };
  const settle = () => safely(() => localStorage.setItem(KEPT, String(width)));
  bar.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => apply(node.getBoundingClientRect().right - clientX);
    bar.addEventListener("pointermove", move);
    bar.addEventListener(
      "lostpointercapture",
      () => {
        bar.removeEventListener("pointermove", move);
        settle();
      },
      { once: true },
    );
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
    if (!step) return;
    event.preventDefault();
    apply(width + step);
    settle();
  });
  bar.addEventListener("dblclick", () => {
    apply(USUAL);
    settle();
  });
  apply(width);
  return node;
}

const clamp = (value) => Math.round(Math.max(LEAST, Math.min(MOST, value)));

function safely(action) {
  try {
    return action();
  } catch {
    return null; // storage is refused
  }
}
