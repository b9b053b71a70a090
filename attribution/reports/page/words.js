// What differs between two lines, by words: the longest common subsequence of their lexemes.

/** @typedef {{ text: string, changed: boolean }} Part */

const LONGEST = 400; // lexemes of a line; of longer ones only both ends are compared

/** Words, runs of white space, and single other characters. @param {string} line */
export const lexemes = (line) => line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];

/**
 * Both lines in parts that are the same or changed.
 * @param {string} left
 * @param {string} right
 * @returns {[Part[], Part[]]}
 */
export function changedParts(left, right) {
  const [a, b] = [lexemes(left), lexemes(right)];
  const kept = a.length > LONGEST || b.length > LONGEST ? sameEnds(a, b) : sameWords(a, b);
  return [parts(a, kept[0]), parts(b, kept[1])];
}

/** @param {string[]} words @param {Set<number>} kept */
function parts(words, kept) {
  /** @type {Part[]} */
  const joined = [];
  words.forEach((text, at) => {
    const changed = !kept.has(at);
    const last = joined.at(-1);
    if (last && last.changed === changed) last.text += text;
    else joined.push({ text, changed });
  });
  return joined;
}

/** Positions of equal words, in order on both sides. @param {string[]} a @param {string[]} b */
function sameWords(a, b) {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width); // longest common rest, per pair of positions
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : skip;
    }
  }
  const kept = emptyPair();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept[0].add(i++);
      kept[1].add(j++);
    } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}

/** The same, of words at both ends only. @param {string[]} a @param {string[]} b */
function sameEnds(a, b) {
  const kept = emptyPair();
  const shortest = Math.min(a.length, b.length);
  let start = 0;
  for (; start < shortest && a[start] === b[start]; start += 1) for (const side of kept) side.add(start);
  for (let end = 1; end <= shortest - start && a.at(-end) === b.at(-end); end += 1) {
    kept[0].add(a.length - end);
    kept[1].add(b.length - end);
  }
  return kept;
}

/** @returns {[Set<number>, Set<number>]} */
const emptyPair = () => [new Set(), new Set()];
