// The words of an audit, and how each is displayed.
import { h } from "../../../../attribution/reports/page/dom.js";
import { KINDS, LABELS } from "../../../../attribution/reports/page/vocabulary.js";
import { ROWS, SEVERITIES } from "./data.js";
import { badge, icon, seen } from "./elements.js";

/** @type {Record<string, string>} */
const VERDICTS = {
  allowed: "Allowed by the policy",
  attribute: "Allowed when the author is named",
  review: "A person has to look",
  denied: "Not allowed by the policy",
};

export const STATES = ["checked", "partly checked", "not checked", "left out"];

/** @param {string} expression */
export const licenseWords = (expression) =>
  expression === "NOASSERTION" || expression === "NONE" ? "not known" : seen(expression);

/** @param {string} word */
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** Why a row is not open, or that it is. @param {number} row */
export function stateOf(row) {
  if (ROWS.decision[row]) return ROWS.decisions[ROWS.decision[row]];
  return ROWS.severity[row] ? "open" : "allowed";
}

/** What a kind of match means, in small letters; "" for an unknown one. @param {string} kind */
export const kindMeaning = (kind) =>
  kind in KINDS ? KINDS[/** @type {keyof typeof KINDS} */ (kind)].meaning.toLowerCase() : "";

/** @param {number} severity */
export function severityBadge(severity) {
  const word = SEVERITIES[severity];
  return h("span.severity", { class: `severity-${word}` }, icon(word), word);
}

/** @param {string} word */
export const verdictBadge = (word) => badge(word, `verdict-${word}`, VERDICTS[word]);

/** @param {string} word */
export const labelBadge = (word) =>
  badge(word, `label-${word}`, LABELS[/** @type {keyof typeof LABELS} */ (word)]?.meaning);
