// Sentences of the service with names in back quotes, as it writes them for terminals and pages.

import { h } from "../dom.js";

/** The text with its `quoted` parts as code; descriptions are text, a stray <br> is a space. */
export function prose(text) {
  const parts = (text ?? "")
    .replace(/\s*<br\s*\/?>\s*/gi, " ")
    .trim()
    .split(/`([^`\n]+)`/);
  return parts.map((part, at) => (at % 2 ? h("code", null, part) : part)).filter(Boolean);
}
