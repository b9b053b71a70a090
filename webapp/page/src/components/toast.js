// Short messages at the foot of the page; read out politely.
import { h } from "../dom.js";
import { icon } from "../icons.js";

const LIFE = 4000; // milliseconds

/** @param {string} text @param {{ tone?: string }} [options] */
export function toast(text, { tone = "good" } = {}) {
  // inside an open dialog, else it would lie beneath it
  const parent = [...document.querySelectorAll("dialog[open]")].pop() ?? document.body;
  let stack = parent.querySelector(":scope > .toasts");
  if (!stack) {
    stack = h("div.toasts", { role: "status", "aria-live": "polite" });
    parent.append(stack);
  }
  const node = h("div.toast", icon(tone === "bad" ? "error" : "check"), text);
  stack.append(node);
  setTimeout(() => node.remove(), LIFE);
}
