// The parameters of the index, which decide what can match, and its size on disk.
import { facts } from "../../../../attribution/reports/page/tables.js";
import { card } from "../components/card.js";
import { h } from "../dom.js";
import { bytes, count } from "../format.js";

/** @type {Record<string, string>} */
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

/** @param {Api.IndexAnswer} index */
export function parametersCard({ params, sizes, sources }) {
  const raw = params.raw_k + params.raw_w - 1;
  const renamed = params.renamed_k + params.renamed_w - 1;
  const disk = Object.entries(sizes).sort((a, b) => b[1] - a[1]);
  return card(
    "How code is compared",
    h(
      "div.stack.tight",
      h(
        "p",
        "Every run of ",
        h("strong", `${raw} tokens`),
        " that is in both texts shares a fingerprint, as does every run of ",
        h("strong", `${renamed} tokens`),
        " after renaming. The best candidates are then aligned with the text itself. A run that is too little to name a source is shown as a lead.",
      ),
      folded(
        "Sketch parameters",
        facts(Object.entries(params).map(([key, value]) => /** @type {const} */ ([NAMES[key] ?? key, String(value)]))),
      ),
      disk.length > 0 &&
        folded(
          "On disk",
          facts([
            ...disk.map(([part, size]) => /** @type {const} */ ([part, bytes(size)])),
            ["total", bytes(disk.reduce((sum, [, size]) => sum + size, 0))],
          ]),
        ),
      sources.length > 0 &&
        folded(
          `What was indexed (${count(sources.length)})`,
          h(
            "ul.v-corpus-sources.mono.tiny.wrap-anywhere",
            { tabindex: "0", "aria-label": "Sources" },
            sources.map((source) => h("li", source)),
          ),
        ),
    ),
  );
}

/** @param {string} title @param {import("../dom.js").Children} content */
const folded = (title, content) => h("details.v-corpus-fold", h("summary", title), content);
