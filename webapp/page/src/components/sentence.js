// A sentence of the service as people read it: a capital first, and what is in `back-ticks` as code.
import { h } from "../dom.js";

/**
 * Nodes for a text such as "there is no index; make one with `whence index`".
 * @param {string} text
 */
export function sentence(text) {
  const whole = text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return whole
    .split(/(`[^`\n]+`)/)
    .map((part) => (part.length > 2 && part.startsWith("`") ? h("code", part.slice(1, -1)) : part));
}
