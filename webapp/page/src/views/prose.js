// Sentences of the service, with names in back-ticks.

import { h } from "../dom.js";

/** The text with its `quoted` parts as code; a stray <br> is a space. @param {string} [text] */
export function prose(text = "") {
  const parts = text
    .replace(/\s*<br\s*\/?>\s*/gi, " ")
    .trim()
    .split(/`([^`\n]+)`/);
  return parts.map((part, at) => (at % 2 ? h("code", part) : part)).filter(Boolean);
}
