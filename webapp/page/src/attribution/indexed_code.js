// Some lines that the index holds, for examples that find something in any index.

import { Problem } from "../client.js";

const LINES = 14;

/** Some lines of a file of the index. @param {import("../client.js").Client} api @param {AbortSignal} signal */
export async function indexedCode(api, signal) {
  const { hits } = await api.get("/api/v1/search", { query: { q: "return", limit: 10 }, signal });
  let file = { document: "", language: "", content: "", lines: 0 };
  for (const { document } of hits) {
    if (file.lines >= LINES) break;
    file = await api.get("/api/v1/documents/{swhid}", { at: `/api/v1/documents/${document}`, signal });
  }
  if (!hits.length) throw new Problem({ detail: "The index has no code for an example" });
  const lines = file.content.split("\n");
  const first = Math.max(lines.findIndex((line) => /\breturn\b/.test(line)) - LINES + 2, 0);
  const before = lines.slice(0, first).map((line) => `${line}\n`);
  const code = lines.slice(first, first + LINES).map((line) => `${line}\n`);
  return {
    document: file.document,
    language: file.language,
    code: code.join(""),
    start: first + 1,
    from: bytes(before.join("")),
  };
}

/** @param {string} text */
export const bytes = (text) => new TextEncoder().encode(text).length;
