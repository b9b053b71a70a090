// A range of lines as addresses and people write it: ?lines=3-9, #L3-L9, "3-9", "3".

/** @typedef {import("../code/view.js").LineSpan} LineSpan */

const WRITTEN = /^\s*L?(\d{1,7})\s*(?:[-–:]\s*L?(\d{1,7})\s*)?$/i;

/** A written range, or null. @param {string | null} text @returns {LineSpan | null} */
export function parseLines(text) {
  const found = WRITTEN.exec(text ?? "");
  if (!found) return null;
  const a = Number(found[1]);
  const b = Number(found[2] ?? found[1]);
  return a < 1 || b < 1 ? null : { start: Math.min(a, b), end: Math.max(a, b) };
}

/** The range that an address names. @param {URL} url */
export const linesOf = (url) => parseLines(url.searchParams.get("lines")) ?? parseLines(url.hash.replace(/^#/, ""));

/** "3-9", "3" for one line, "" for none. @param {LineSpan | null} range */
export const written = (range) =>
  !range ? "" : range.start === range.end ? `${range.start}` : `${range.start}-${range.end}`;

/** The part of a range that is in a text of `total` lines, or null. @param {LineSpan | null} range @param {number} total */
export const within = (range, total) =>
  !range || range.start > total ? null : { start: range.start, end: Math.min(range.end, total) };

/** A SWHID that names these lines; its other qualifiers stay. @param {string} swhid @param {LineSpan | null} range */
export function swhidWithLines(swhid, range) {
  const bare = swhid.replace(/;lines=[^;]*/g, "");
  return range ? `${bare};lines=${written(range)}` : bare;
}
