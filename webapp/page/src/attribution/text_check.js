// A text that is checked, or was: what the panel shows and the editor marks.

/**
 * @typedef {object} TextCheck
 * @property {import("../code/marks.js").RunId | null} key of the marks in the editor
 * @property {"empty" | "writing" | "checking" | "done" | "stopped" | "failed"} phase
 * @property {Api.Attribution | null} attribution
 * @property {boolean} final whether the attribution is about the whole text
 * @property {boolean} stale whether the text was edited after the check
 * @property {import("../client.js").Problem | null} problem
 * @property {string} text
 * @property {string | null} language
 * @property {string | null} name of the file
 * @property {string | null} index that was asked; null: all of them
 * @property {number} firstLine number of the text's first line in the editor
 * @property {boolean} others whether other text in the editor has sources of its own
 * @property {string | null} finish why the model stopped writing
 */

/** A check with the given fields, and usual values for the others. @param {Partial<TextCheck>} fields @returns {TextCheck} */
export const textCheck = (fields) => ({
  key: null,
  phase: "empty",
  attribution: null,
  final: false,
  stale: false,
  problem: null,
  text: "",
  language: null,
  name: null,
  index: null,
  firstLine: 1,
  others: false,
  finish: null,
  ...fields,
});

/** A check to be shown again later, as JSON can hold it. @param {TextCheck} check @param {boolean} withResults @returns {TextCheck} */
export const keptCheck = (check, withResults) => ({
  ...check,
  problem: null,
  attribution: withResults ? check.attribution : null,
});

/** Whether the check of a kept text was cut short, or its answer was too large to keep. @param {TextCheck} check */
export const isUnfinished = ({ phase, attribution, final }) => phase !== "empty" && !(attribution && final);
