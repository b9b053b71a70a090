// Below the headline: what was not checked, and how the files are spread over the states.
import { h } from "../../../../attribution/reports/page/dom.js";
import { count, plural } from "../../../../attribution/reports/page/format.js";
import { DATA, SUMMARY } from "./data.js";
import { button, seen } from "./elements.js";
import { AT, WORST } from "./files.js";
import { capital } from "./words.js";

/** @type {["not_checked" | "partly" | "checked" | "left_out", string][]} */
const COVERED = [
  ["not_checked", "not checked"],
  ["partly", "partly checked"],
  ["checked", "checked"],
  ["left_out", "left out"],
];
const MOST = 5; // files or problems

/** @param {(state: string) => void} listFiles lists the files that are in a state */
export function heroMore(listFiles) {
  const { coverage, problems, stale } = SUMMARY;
  const present = COVERED.filter(([key]) => coverage[key]).map(([key, word]) => ({
    key,
    word,
    kind: `state-${word.replace(" ", "-")}`,
  }));
  const read = present.filter(({ key }) => key !== "left_out");
  const bar = h(
    "div.cover",
    { "aria-hidden": "true" },
    read.map(({ key, kind }) => h("span", { class: kind, style: { "flex-grow": coverage[key] } })),
  );
  const legend = h(
    "div.row",
    present.map(({ key, word, kind }) =>
      button(`${count(coverage[key])} ${word}`, { kind: `small legend ${kind}` }, () => listFiles(word)),
    ),
  );
  const worst = [...DATA.unchecked].sort((a, b) => WORST[b[AT.state]] - WORST[a[AT.state]]).slice(0, MOST);
  const files = worst.map(([name, state, reason]) =>
    h("li", h("strong", `${capital(seen(state))}: `), h("bdi.mono", seen(name)), reason && `, ${seen(reason)}`),
  );
  const sentences = problems.slice(0, MOST).map((problem) => h("li", seen(problem)));
  return [
    files.length > 0 && h("ul.unchecked", { "aria-label": "Not checked, or only in part" }, files),
    !files.length && sentences.length > 0 && h("ul.unchecked", { "aria-label": "Problems" }, sentences),
    h("div.covered", legend, read.length > 0 && bar),
    stale.length > 0 &&
      h(
        "p.small",
        h(
          "a",
          { href: "#view=run" },
          `${plural(stale.length, "decision")} no longer ${stale.length === 1 ? "applies" : "apply"}`,
        ),
      ),
  ];
}
