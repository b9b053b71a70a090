// Says things to a screen reader, politely; the same sentence twice is said twice.
import { h, replace } from "../dom.js";

export class Announcer {
  constructor() {
    this.node = h("div.vh", { role: "status", "aria-live": "polite", "aria-atomic": "true" });
  }

  say(text) {
    clearTimeout(this.timer);
    replace(this.node);
    this.timer = setTimeout(() => replace(this.node, text), 60);
  }
}
