// The words of an answer. See docs/answer.md.
import { KINDS, LABELS } from "../../../../attribution/reports/page/vocabulary.js";

/** @typedef {import("../../../../attribution/reports/page/vocabulary.js").Kind} Kind */

export { KINDS };

export const KIND_ORDER = /** @type {Kind[]} */ (Object.keys(KINDS));

const UNKNOWN = { name: "Not checked", meaning: "Nothing is known about this text", tone: "warn" };

/** How a label is shown; null is the label of a text that was not checked. @param {Api.Attribution["label"] | undefined} label */
export const labelWords = (label) => (label ? LABELS[label] : UNKNOWN);

/** Why a text was not checked, from its `status_reason`. @param {string} reason @returns {"short" | "empty" | "failed"} */
export function uncheckedBecause(reason) {
  if (/too short|shorter|at least \d+ token/i.test(reason)) return "short";
  if (/empty|no code/i.test(reason)) return "empty";
  return "failed";
}
