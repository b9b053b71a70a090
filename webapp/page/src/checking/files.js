// Files that are dropped or opened, as texts; a file that cannot be read as code is reported.

const LARGEST = 1 << 20; // bytes of one file, as the service takes them
const MOST = 200; // files at once

/** @typedef {{ name: string, text: string, note: string | null }} ReadFile */

/** The texts, and a sentence for each file that is refused. @param {File[]} list */
export async function readFiles(list) {
  /** @type {ReadFile[]} */
  const files = [];
  const refused = [];
  if (list.length > MOST) {
    refused.push(`Only the first ${MOST} files are checked here; \`whence audit\` takes whole trees.`);
  }
  for (const file of list.slice(0, MOST)) {
    if (file.size > LARGEST) {
      refused.push(`${file.name} has ${Math.ceil(file.size / 1024)} KiB, the limit is ${LARGEST >> 10} KiB.`);
      continue;
    }
    try {
      const { text, note } = decoded(new Uint8Array(await file.arrayBuffer()));
      if (text === null) refused.push(`${file.name} is not text.`);
      else files.push({ name: file.webkitRelativePath || file.name, text, note });
    } catch {
      refused.push(`${file.name} could not be read. Folders cannot be dropped: drop the files in them.`);
    }
  }
  return { files, refused };
}

/** @param {Uint8Array<ArrayBuffer>} content */
function decoded(content) {
  const wide = content[0] === 0xff && content[1] === 0xfe ? "utf-16le" : "windows-1252";
  for (const encoding of ["utf-8", wide]) {
    try {
      const text = new TextDecoder(encoding, { fatal: encoding === "utf-8" }).decode(content);
      if (text.includes("\0")) return { text: null, note: null };
      return { text, note: encoding === "utf-8" ? null : `Not UTF-8: it was read as ${encoding}.` };
    } catch {
      // not UTF-8
    }
  }
  return { text: null, note: null };
}
