// The whole text as one line that shows where it matches, with the shares in words below.
import { h } from "../dom.js";
import { KINDS } from "./vocabulary.js";
import { flattened, shares, spansOf } from "./spans.js";
import { normalized } from "./offsets.js";
import { percent } from "../format.js";

/** @typedef {import("./spans.js").MarkKind} MarkKind */

/** @param {MarkKind} kind */
const name = (kind) => (kind === "common" ? "Common" : KINDS[kind].name);

/** @param {Api.Attribution} attribution @param {string} text */
export function strip(attribution, text) {
  const pieces = flattened(spansOf(attribution, text));
  const { length } = normalized(text);
  if (!pieces.length || !length) return [];
  const all = /** @type {[MarkKind, number][]} */ (Object.entries(shares(pieces, length)));
  const sums = all.filter(([, share]) => share > 0);
  const rest = Math.max(0, 1 - sums.reduce((sum, [, share]) => sum + share, 0));
  const words = [
    ...sums.map(([kind, share]) => `${name(kind)} ${percent(share)}`),
    rest > 0.005 && `no match ${percent(rest)}`,
  ].filter(Boolean);
  return [
    h(
      "div.strip",
      { role: "img", "aria-label": `By characters: ${words.join(", ")}` },
      pieces.map(({ from, to, kind }) =>
        h("span", {
          class: `kind-${kind}`,
          style: { left: `${(from / length) * 100}%`, width: `${((to - from) / length) * 100}%` },
        }),
      ),
    ),
    h(
      "ul.legend",
      { "aria-hidden": "true", title: "Shares of the characters" },
      sums.map(([kind, share]) =>
        h(
          "li",
          h("span.letter", { class: `kind-${kind}` }, h("span", kind === "common" ? "c" : KINDS[kind].letter)),
          `${name(kind)} ${percent(share)}`,
        ),
      ),
      rest > 0.005 && h("li", h("span.swatch"), `No match ${percent(rest)}`),
      h("li.faint", "by characters"),
    ),
  ];
}
