// Offsets of an answer are bytes of UTF-8; the editor counts UTF-16 units and a line end as one.

/**
 * A function from bytes of `text` to positions in the editor that holds it. An offset within a
 * character becomes its start, one beyond the end the end.
 * @param {string} text
 * @returns {(byte: number) => number}
 */
export function byteMap(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII without the carriage return
  if (/^[\x00-\x0c\x0e-\x7f]*$/.test(text)) return (byte) => Math.max(0, Math.min(byte, text.length));
  /** @type {number[]} */
  const positions = [];
  let at = 0;
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index) ?? 0;
    const units = point > 0xffff ? 2 : 1;
    for (let byte = utf8Length(point); byte > 0; byte -= 1) positions.push(at);
    // "\r\n" is one line end in the editor, and so is "\r" alone
    if (!(point === 13 && text.charCodeAt(index + 1) === 10)) at += units;
    index += units;
  }
  positions.push(at);
  return (byte) => positions[Math.max(0, Math.min(byte, positions.length - 1))];
}

/** @param {number} point */
function utf8Length(point) {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}

/** The same text as the editor holds it. @param {string} text */
export const normalized = (text) => text.replace(/\r\n?/g, "\n");
