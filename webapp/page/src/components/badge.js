// Badges: a word in a tone. The word carries the meaning, the colour helps.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { readFrom } from "../attribution/cited.js";
import { KINDS, labelWords } from "../attribution/vocabulary.js";

/** @typedef {import("../attribution/vocabulary.js").Kind} Kind */

/** @param {string} text @param {{ tone?: string, title?: string, icon?: string }} [options] */
export function badge(text, { tone = "neutral", title, icon: name } = {}) {
  return h("span.badge", { class: tone, title }, name && icon(name), h("span.truncate", text));
}

/** The letter of a kind, as in the editor's gutter. @param {Kind} kind */
export function kindLetter(kind) {
  return h("span.letter", { class: `kind-${kind}`, "aria-hidden": "true" }, h("span", KINDS[kind].letter));
}

/** @param {Kind} kind */
export function kindBadge(kind) {
  const { name, meaning } = KINDS[kind];
  return h("span.badge", { class: `kind-${kind}`, title: meaning }, kindLetter(kind), name);
}

/** @param {Api.Attribution["label"]} label */
export function labelBadge(label) {
  const { name, meaning } = labelWords(label);
  return h("span.badge", { class: `label-${label ?? "unknown"}`, title: meaning }, name);
}

/** The SPDX expression, with where it was read; a conflict is always shown. @param {Api.License} license */
export function licenseBadge(license) {
  const { expression, conflict } = license;
  const known = expression && expression !== "NOASSERTION";
  return badge(known ? expression : "licence not known", {
    tone: conflict ? "warn" : known ? "outline" : "warn",
    icon: conflict ? "warning" : "scales",
    title: conflict ?? (known ? `Read from: ${readFrom(license)}` : "No evidence of a licence was found"),
  });
}
