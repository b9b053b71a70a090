// What the page holds: the index of rows, read at once, and the texts, unpacked when asked for.

const DATA = JSON.parse(document.getElementById("data").textContent);
const ROWS = DATA.rows;
const SUMMARY = DATA.summary;
const IDS = ROWS.ids ? ROWS.ids.split(" ") : [];
const COUNT = IDS.length;
const SEVERITIES = ["none", "note", "warning", "error"];

class Missing extends Error {}

const parsed = new Promise((done) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", done);
  else done();
});

const CAN_UNPACK = typeof DecompressionStream === "function";
const CANNOT =
  "This browser cannot unpack the texts of this report: it lacks DecompressionStream, which " +
  "Chrome and Edge 80, Firefox 113 and Safari 16.4 have. List, filters and figures are complete; " +
  "for the texts open the file in another browser, or use --report json.";

/** The records of a block. Rejects with a `Missing` that may be shown. */
async function unpack(id) {
  if (!CAN_UNPACK) throw new Missing(CANNOT);
  let node = document.getElementById(id);
  if (!node || document.readyState === "loading") {
    await parsed;
    node = document.getElementById(id);
  }
  if (!node) throw new Missing("This part of the file is missing: it was cut off when it was saved or sent.");
  try {
    const text = atob(node.textContent);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  } catch (error) {
    throw new Missing(`This part of the file is damaged (${error.message}). Write the report again.`);
  }
}

const blocks = new Map(); // the last few, by number

/** What a finding opens to. */
async function detailOf(row) {
  const starts = DATA.text_blocks;
  let block = 0;
  for (let high = starts.length; high - block > 1; ) {
    const middle = (block + high) >> 1;
    if (starts[middle] <= row) block = middle;
    else high = middle;
  }
  if (!blocks.has(block)) {
    blocks.set(block, unpack(`texts-${block}`));
    if (blocks.size > 4) blocks.delete(blocks.keys().next().value);
  }
  return (await blocks.get(block))[row - starts[block]];
}

let files = null;

/** All files as rows: [name, state, reason, language, lines, open, decided, allowed]. */
function allFiles() {
  files ??= (async () => {
    const all = [];
    for (let at = 0; at < DATA.file_blocks; at += 1) {
      for (const one of await unpack(`files-${at}`)) all.push(one);
    }
    return all;
  })();
  return files;
}
