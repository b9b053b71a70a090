// The words for a match and for a verdict. docs/answer.md defines them.

/** @typedef {"verbatim" | "renamed" | "edited" | "similar"} Kind */
/** @typedef {{ name: string, meaning: string, tone: string }} Verdict */

/**
 * Kinds of a match, strongest first.
 * @type {Record<Kind, { letter: string, name: string, meaning: string }>}
 */
export const KINDS = {
  verbatim: { letter: "V", name: "Verbatim", meaning: "The same tokens, in the same order" },
  renamed: { letter: "R", name: "Renamed", meaning: "The same after consistent renaming" },
  edited: { letter: "E", name: "Edited", meaning: "Aligned with the source, with gaps" },
  similar: { letter: "S", name: "Similar", meaning: "Alike in part" },
};

/**
 * Labels of an answer, weakest first, each with its heading.
 * @type {Record<"none" | "common" | "similar" | "striking" | "verbatim", Verdict>}
 */
export const LABELS = {
  none: { name: "No match", meaning: "Nothing in the index matches", tone: "good" },
  common: { name: "Common code", meaning: "Too widespread to name one source", tone: "neutral" },
  similar: { name: "Similar", meaning: "Alike in part with indexed code", tone: "similar" },
  striking: { name: "Strikingly similar", meaning: "Too alike to be chance", tone: "renamed" },
  verbatim: { name: "Copied verbatim", meaning: "The same tokens as indexed code", tone: "verbatim" },
};
