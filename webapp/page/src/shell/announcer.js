// Has a screen reader say sentences; one that is repeated is said again.
import { h, replace } from "../dom.js";

export class Announcer {
  /** @type {number | undefined} */
  #timer;

  constructor() {
    this.node = h("div.vh", { role: "status", "aria-live": "polite", "aria-atomic": "true" });
  }

  /** @param {string} text */
  say(text) {
    clearTimeout(this.#timer);
    replace(this.node);
    this.#timer = window.setTimeout(() => replace(this.node, text), 60);
  }
}
