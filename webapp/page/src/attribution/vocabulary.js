// The words of an answer, and what each means to a reader. See docs/answer.md.

/** Kinds of a match, strongest first. */
export const KINDS = {
  verbatim: { letter: "V", name: "Verbatim", says: "The same tokens, in the same order" },
  renamed: { letter: "R", name: "Renamed", says: "The same after consistent renaming" },
  edited: { letter: "E", name: "Edited", says: "Aligned with the source, with gaps" },
  similar: { letter: "S", name: "Similar", says: "Alike in part" },
};

export const KIND_ORDER = Object.keys(KINDS);

/** Verdicts, mildest first, with their heading. */
export const LABELS = {
  none: { name: "No match", says: "Nothing in the index matches", tone: "good" },
  common: { name: "Common code", says: "Found in so many places that no one source can be named", tone: "neutral" },
  similar: { name: "Similar", says: "Alike in part with indexed code", tone: "similar" },
  striking: { name: "Strikingly similar", says: "Too alike to be chance", tone: "renamed" },
  verbatim: { name: "Copied verbatim", says: "The same tokens as indexed code", tone: "verbatim" },
  unknown: { name: "Not checked", says: "Nothing is known of this text", tone: "warn" },
};

/** How a text that was not checked came to be so, from its `status_reason`. */
export function uncheckedBecause(reason) {
  if (/too short|shorter|at least \d+ token/i.test(reason)) return "short";
  if (/empty|no code/i.test(reason)) return "empty";
  return "failed";
}
