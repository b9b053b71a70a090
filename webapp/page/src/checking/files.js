// Files that are dropped or opened, as texts; what cannot be read as code is said, not dropped.

const LARGEST = 1 << 20; // bytes of one file, as the service takes them
const MOST = 200; // files at once

/** {files: [{name, text, note}], refused: [sentence]}. */
export async function readFiles(list) {
  const files = [];
  const refused = [];
  for (const file of list) {
    if (files.length === MOST) {
      refused.push(`Only the first ${MOST} files are checked here; \`whence audit\` takes whole trees.`);
      break;
    }
    if (file.size > LARGEST) {
      refused.push(`${file.name} has ${Math.ceil(file.size / 1024)} KiB, the limit is ${LARGEST >> 10} KiB.`);
      continue;
    }
    let content;
    try {
      content = new Uint8Array(await file.arrayBuffer());
    } catch {
      refused.push(`${file.name} could not be read. Folders cannot be dropped: drop the files in them.`);
      continue;
    }
    const { text, note } = decoded(content);
    if (text === null) refused.push(`${file.name} is no text.`);
    else files.push({ name: file.webkitRelativePath || file.name, text, note });
  }
  return { files, refused };
}

export function decoded(content) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    return text.includes("\0") ? { text: null, note: null } : { text, note: null };
  } catch {
    const wide = [0xff, 0xfe].every((byte, at) => content[at] === byte) ? "utf-16le" : "windows-1252";
    const text = new TextDecoder(wide).decode(content);
    return text.includes("\0") ? { text: null, note: null } : { text, note: `Not UTF-8: it was read as ${wide}.` };
  }
}
