// Prose of a message: paragraphs, `code` and **bold**, and marks where it repeats a source.
import { h } from "../dom.js";
import { flattened } from "../attribution/spans.js";

const INLINE = /(`[^`\n]+`|\*\*[^*\n]+\*\*)/g;

/**
 * @param {string} text
 * @param {import("../attribution/spans.js").TextSpan[]} spans in positions of the text
 * @param {{ active: number | null, on: import("./block.js").BlockListeners }} options
 */
export function prose(text, spans, { active, on }) {
  const pieces = flattened(spans.filter(({ source }) => source !== null));
  const nodes = [];
  let at = 0;
  for (const { from, to, kind, source } of pieces) {
    nodes.push(...inline(text.slice(at, from)));
    nodes.push(
      h(
        "span.cm-mark",
        {
          class: `kind-${kind}${source === active ? " cm-active-span" : ""}`,
          on: {
            click: () => source !== null && on.pick(source),
            mouseenter: () => on.point(source),
            mouseleave: () => on.point(null),
          },
        },
        text.slice(from, to),
      ),
    );
    at = to;
  }
  nodes.push(...inline(text.slice(at)));
  return h("div.prose", nodes);
}

/** @param {string} text */
function inline(text) {
  return text.split(INLINE).map((part) => {
    if (part.length > 2 && part.startsWith("`")) return h("code", part.slice(1, -1));
    if (part.length > 4 && part.startsWith("**")) return h("strong", part.slice(2, -2));
    return part;
  });
}
