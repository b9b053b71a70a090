// A message in parts: prose and fenced blocks of code, with their positions in the text.

const OPEN = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\n`]*)$/;
const CODE_LINE =
  /^(\s{2,}\S|\s*(def |class |import |from \S+ import|function |return\b|const |let |var |public |private |#include|package |func |fn |if \(|for \(|while \(|@\w)|\s*[})\]];?$|.*[;{]$)/;

/**
 * @typedef {object} Segment
 * @property {"text" | "code"} type
 * @property {number} from
 * @property {number} to
 * @property {string} [info] of the fence: the language
 * @property {boolean} [open] whether the end of the block is still to come
 */

/** The parts in order. @param {string} text @param {{ done?: boolean }} [options] @returns {Segment[]} */
export function segmentsOf(text, { done = true } = {}) {
  /** @type {Segment[]} */
  const segments = [];
  let proseFrom = 0;
  /** @type {{ mark: string, info: string, from: number } | null} */
  let fence = null;
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end);
    const whole = newline >= 0 || done;
    if (fence) {
      const close = line.trim();
      if (whole && close.startsWith(fence.mark) && close.replaceAll(fence.mark[0], "") === "") {
        segments.push({
          type: "code",
          from: fence.from,
          to: Math.max(fence.from, at - 1),
          info: fence.info,
          open: false,
        });
        fence = null;
        proseFrom = Math.min(end + 1, text.length);
      }
    } else {
      const found = whole ? OPEN.exec(line) : null;
      if (found) {
        push(segments, text, proseFrom, at);
        fence = { mark: found[2], info: found[3].trim().split(/[\s{]/)[0], from: Math.min(end + 1, text.length) };
      }
    }
    if (newline < 0) break;
    at = newline + 1;
  }
  if (fence) {
    // a line of the fence's marks at the end may be its close that is still coming
    const tail = done ? null : /(?:^|\n)[ \t]*[`~]{1,}$/.exec(text.slice(fence.from));
    segments.push({
      type: "code",
      from: fence.from,
      to: tail ? fence.from + tail.index : text.length,
      info: fence.info,
      open: true,
    });
  } else push(segments, text, proseFrom, text.length);
  const [only] = segments;
  // small models answer with bare code
  if (segments.length === 1 && only.type === "text" && isCode(text))
    return [{ type: "code", from: only.from, to: only.to, info: "", open: !done }];
  return segments;
}

/** @param {Segment[]} segments @param {string} text @param {number} from @param {number} to */
function push(segments, text, from, to) {
  if (text.slice(from, to).trim()) segments.push({ type: "text", from, to });
}

/** Whether most lines of a text without fences can only be code. @param {string} text */
function isCode(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines.length > 0 && lines.filter((line) => CODE_LINE.test(line)).length / lines.length > 0.5;
}
