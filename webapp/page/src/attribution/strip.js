// The whole text as one line that shows where it matches, with the shares in words below.
import { h } from "../dom.js";
import { KINDS } from "./vocabulary.js";
import { flattened, spansOf, tokenShares } from "./spans.js";
import { normalized } from "./offsets.js";
import { percent, plural } from "../format.js";

/** @typedef {import("./spans.js").MarkKind} MarkKind */

/** @param {MarkKind} kind */
const name = (kind) => (kind === "common" ? "Common" : KINDS[kind].name);

/** @param {Api.Attribution} attribution @param {string} text */
export function strip(attribution, text) {
  const pieces = flattened(spansOf(attribution, text));
  const { length } = normalized(text);
  const { tokens } = attribution.snippet;
  if (!pieces.length || !length || !tokens) return [];
  const sums = tokenShares(attribution);
  const rest = Math.max(0, 1 - sums.reduce((sum, [, share]) => sum + share, 0));
  const unit = `of ${plural(tokens, "token")}`;
  const words = [
    ...sums.map(([kind, share]) => `${name(kind)} ${percent(share)}`),
    rest > 0 && `no match ${percent(rest)}`,
  ].filter(Boolean);
  return [
    h(
      "div.strip",
      { role: "img", "aria-label": `${words.join(", ")} ${unit}` },
      pieces.map(({ from, to, kind }) =>
        h("span", {
          class: `kind-${kind}`,
          style: { left: `${(from / length) * 100}%`, width: `${((to - from) / length) * 100}%` },
        }),
      ),
    ),
    h(
      "ul.legend",
      { "aria-hidden": "true", title: "Each token of the text counts once, under its strongest match" },
      sums.map(([kind, share]) =>
        h(
          "li",
          h("span.letter", { class: `kind-${kind}` }, h("span", kind === "common" ? "c" : KINDS[kind].letter)),
          `${name(kind)} ${percent(share)}`,
        ),
      ),
      rest > 0 && h("li", h("span.swatch"), `No match ${percent(rest)}`),
      h("li.faint", unit),
    ),
  ];
}
