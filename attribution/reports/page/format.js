// Figures as people read them. The page and the HTML report count and round in the same way.

const NUMBER = new Intl.NumberFormat("en");

/** "1,234" @param {number} value */
export const count = (value) => NUMBER.format(value);

/** "1 file", "1,234 files" @param {number} value @param {string} noun @param {string} [nouns] */
export const plural = (value, noun, nouns = `${noun}s`) => `${count(value)} ${value === 1 ? noun : nouns}`;

/**
 * A share of 1 in whole per cent, rounded down: 100% means all, and nothing but 0 is 0%.
 * @param {number} share
 */
export const percent = (share) => (share > 0 && share < 0.01 ? "<1%" : `${Math.floor(100 * share + 1e-9)}%`);

/** A calibrated probability, which is never certain. @param {number} probability */
export const sure = (probability) => (probability > 0.99 ? ">99%" : percent(probability));

/** "3–9", or "3" for one line. @param {number} first @param {number} last */
export const lineRange = (first, last) => (last > first ? `${first}–${last}` : `${first}`);
