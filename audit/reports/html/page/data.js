// The data of the page: the table of findings, read at once, and the texts, unpacked when needed.

/** @type {Report.EmbeddedData} */
export const DATA = JSON.parse(document.getElementById("data")?.textContent ?? "");
export const ROWS = DATA.rows;
export const SUMMARY = DATA.summary;
export const IDS = ROWS.ids ? ROWS.ids.split(" ") : [];
export const COUNT = IDS.length;
export const SEVERITIES = ["none", "note", "warning", "error"];

/** A part of the file that cannot be read; the message may be shown. */
export class Missing extends Error {}

/** Resolves when the whole file has been parsed. @type {Promise<void>} */
export const parsed = new Promise((done) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => done());
  else done();
});

const CANNOT_UNPACK =
  "This browser cannot unpack the texts of this report: it lacks DecompressionStream, which " +
  "Chrome and Edge 80, Firefox 113 and Safari 16.4 have. The list, the filters and the figures are " +
  "complete; for the texts open the file in another browser, or use --report json.";

/**
 * The records of a block.
 * @param {string} id
 * @throws {Missing} the block cannot be read
 */
async function unpack(id) {
  if (typeof DecompressionStream !== "function") throw new Missing(CANNOT_UNPACK);
  let node = document.getElementById(id);
  if (!node || document.readyState === "loading") {
    await parsed;
    node = document.getElementById(id);
  }
  if (!node) throw new Missing("This part of the file is missing: it was cut off when it was saved or sent.");
  try {
    const bytes = Uint8Array.from(atob(node.textContent ?? ""), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  } catch (error) {
    throw new Missing(`This part of the file is damaged (${error}). Write the report again.`);
  }
}

/** The last few blocks, by number. @type {Map<number, Promise<Report.Detail[]>>} */
const blocks = new Map();

/** What opens with a finding. @param {number} row */
export async function detailOf(row) {
  const starts = DATA.text_blocks;
  const block = starts.filter((start) => start <= row).length - 1;
  if (!blocks.has(block)) {
    blocks.set(block, unpack(`texts-${block}`));
    const [oldest] = blocks.keys();
    if (blocks.size > 4) blocks.delete(oldest);
  }
  return /** @type {Report.Detail[]} */ (await blocks.get(block))[row - starts[block]];
}

/** @typedef {Report.EmbeddedData["unchecked"][number]} FileRow */
/** @type {Promise<FileRow[]> | null} */
let filesRead = null;

/** All files as rows: name, state, reason, language, lines, and findings open, decided, allowed. */
export function allFiles() {
  filesRead ??= (async () => {
    const all = [];
    for (let at = 0; at < DATA.file_blocks; at += 1) all.push(await unpack(`files-${at}`));
    return all.flat();
  })();
  return filesRead;
}
