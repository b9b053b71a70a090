// How the index looks at code: the parameters that decide what a match can be found by.

import { card, facts } from "../components/card.js";
import { h } from "../dom.js";
import { bytes, count } from "../format.js";

const NAMES = {
  lexer_version: "lexer version",
  raw_k: "tokens of a fingerprint",
  raw_w: "window of fingerprints",
  renamed_k: "tokens of a renamed fingerprint",
  renamed_w: "window of renamed fingerprints",
  fingerprint_bits: "bits of a fingerprint",
  shingle: "tokens of a MinHash shingle",
  permutations: "MinHash permutations",
  bands: "MinHash bands",
  minhash_seed: "MinHash seed",
};

export function parametersCard({ params, sizes, sources }) {
  const raw = params.raw_k + params.raw_w - 1;
  const renamed = params.renamed_k + params.renamed_w - 1;
  const disk = Object.entries(sizes ?? {}).sort((a, b) => b[1] - a[1]);
  return card({
    title: "How it looks at code",
    children: h(
      "div.stack.tight",
      null,
      h(
        "p",
        null,
        "Every run of ",
        h("strong", null, `${raw} tokens`),
        " that is in both texts is found, and every run of ",
        h("strong", null, `${renamed} tokens`),
        " after renaming. What is found is then aligned with the text itself.",
      ),
      folded(
        "Sketch parameters",
        facts(Object.entries(params).map(([key, value]) => [NAMES[key] ?? key, String(value)])),
      ),
      disk.length > 0 &&
        folded(
          "On disk",
          facts([
            ...disk.map(([part, size]) => [part, bytes(size)]),
            ["together", bytes(disk.reduce((sum, [, size]) => sum + size, 0))],
          ]),
        ),
      sources?.length > 0 &&
        folded(
          `What was indexed (${count(sources.length)})`,
          h(
            "ul.v-corpus-sources.mono.tiny.wrap-anywhere",
            { tabindex: "0", "aria-label": "Sources" },
            sources.map((source) => h("li", null, source)),
          ),
        ),
    ),
  });
}

const folded = (title, content) => h("details.v-corpus-fold", null, h("summary", null, title), content);
