// A result as a link: the code itself, deflated into the fragment of the address, which browsers do
// not send. Nothing is stored, and the code is checked again when the link is opened.

const MOST = 60_000; // characters of a link that browsers and chats still carry
const LIMIT = 4 << 20; // bytes unpacked: a small link must not fill the memory

/** @typedef {{ code: string, language: string | null, name: string | null }} LinkedCode */

/** The fragment, or null when it would be too long. @param {LinkedCode} linked */
export async function toFragment({ code, language, name }) {
  const json = new TextEncoder().encode(JSON.stringify({ v: 1, code, language, name }));
  const packed = await through(json, new CompressionStream("deflate-raw"));
  let binary = "";
  for (let at = 0; at < packed.length; at += 8192) binary += String.fromCharCode(...packed.subarray(at, at + 8192));
  const text = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text.length > MOST ? null : `#c=${text}`;
}

/**
 * The code of a fragment, or null when it holds none.
 * @param {string} hash
 * @returns {Promise<LinkedCode | null>}
 * @throws {Error} the fragment is damaged
 */
export async function fromFragment(hash) {
  const found = /^#c=([\w-]+)$/.exec(hash);
  if (!found) return null;
  const binary = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
  const unpacked = await through(
    Uint8Array.from(binary, (char) => char.charCodeAt(0)),
    new DecompressionStream("deflate-raw"),
  );
  const { v, code, language, name } = JSON.parse(new TextDecoder().decode(unpacked));
  if (v !== 1 || typeof code !== "string") throw new Error("The link holds no code that this page can read");
  return {
    code,
    language: typeof language === "string" ? language : null,
    name: typeof name === "string" ? name : null,
  };
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {GenericTransformStream} stream */
async function through(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LIMIT) throw new Error("The link holds more code than can be checked here");
    parts.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
