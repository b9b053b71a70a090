// The lines of two texts, paired so that the sum of their likeness is largest, in order. In a renamed
// copy hardly any line is equal, so equality alone would pair nothing.
import { lexemes } from "../../../../attribution/reports/page/words.js";

/** @typedef {{ key: string, shape: string, counts: Map<string, number>, length: number }} Profile */

const MOST_PAIRS = 160_000; // of lines that are compared, about 60 ms; above that only equal lines
const LEAST_ALIKE = 0.45; // less than a line of two words of which one is the same

/** The lines of a text, without their ends. @param {string} text */
export function linesOf(text) {
  if (!text) return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.replace(/\r$/, ""));
}

/** What two lines are compared by. @param {string} line @returns {Profile} */
function profile(line) {
  const words = lexemes(line.trim()).filter((word) => word.trim());
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return {
    key: words.join(" "),
    shape: words.map((word) => (/^[\p{L}_]/u.test(word) ? "w" : word)).join(" "),
    counts,
    length: words.length,
  };
}

/**
 * The share of words in common, 0 to 1; in a renamed copy, lines of the same shape are alike.
 * @param {Profile} a @param {Profile} b @param {boolean} renamed
 */
function likeness(a, b, renamed) {
  if (!a.length || !b.length) return a.length === b.length ? 0.5 : 0;
  if (a.key === b.key) return 1;
  let common = 0;
  for (const [word, times] of a.counts) common += Math.min(times, b.counts.get(word) ?? 0);
  const share = (2 * common) / (a.length + b.length);
  return 0.95 * (renamed && a.shape === b.shape ? Math.max(share, 0.8) : share);
}

/**
 * The rows of a table of both texts.
 * @param {{ text: string, first: number }} mine with the number of its first line
 * @param {{ text: string, first: number }} theirs
 * @param {boolean} renamed
 */
export function alignedRows(mine, theirs, renamed) {
  const [left, right] = [linesOf(mine.text), linesOf(theirs.text)];
  const [a, b] = [left.map(profile), right.map(profile)];
  return align(a, b, renamed).map(([i, j]) => ({
    left: i < 0 ? null : { number: mine.first + i, text: left[i] },
    right: j < 0 ? null : { number: theirs.first + j, text: right[j] },
    same: i >= 0 && j >= 0 && a[i].key === b[j].key,
  }));
}

/**
 * Pairs [left line or -1, right line or -1].
 * @param {Profile[]} a @param {Profile[]} b @param {boolean} renamed
 * @returns {[number, number][]}
 */
function align(a, b, renamed) {
  const close = a.length * b.length <= MOST_PAIRS;
  const width = b.length + 1;
  const best = new Float32Array((a.length + 1) * width);
  const alike = new Float32Array(a.length * b.length);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const like = close ? likeness(a[i], b[j], renamed) : Number(a[i].key === b[j].key);
      const pair = like >= LEAST_ALIKE ? like : 0;
      alike[i * b.length + j] = pair;
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = pair ? Math.max(skip, pair + best[(i + 1) * width + j + 1]) : skip;
    }
  }
  /** @type {[number, number][]} */
  const rows = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const here = best[i * width + j];
    const pair = alike[i * b.length + j];
    if (pair && Math.abs(here - pair - best[(i + 1) * width + j + 1]) < 1e-4) rows.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) rows.push([i++, -1]);
    else rows.push([-1, j++]);
  }
  while (i < a.length) rows.push([i++, -1]);
  while (j < b.length) rows.push([-1, j++]);
  return rows;
}
