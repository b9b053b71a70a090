import assert from "node:assert/strict";
import { test } from "node:test";
import { byteMap, normalized } from "../src/attribution/offsets.js";

test("bytes of ASCII are positions, clamped to the text", () => {
  const at = byteMap("abc\ndef");
  assert.deepEqual([-1, 0, 3, 7, 99].map(at), [0, 0, 3, 7, 7]);
});

test("every byte of any text goes to the start of its character in the editor", () => {
  const text = "é€\u{1F6A2}\r\nx\rü\n";
  const at = byteMap(text);
  const held = normalized(text);
  let byte = 0;
  let position = 0;
  for (const char of text.replace(/\r\n/g, "\u2028")) {
    const source = char === "\u2028" ? "\r\n" : char;
    const size = Buffer.byteLength(source);
    // "\r" of "\r\n" is where its "\n" is
    for (let inside = 0; inside < size; inside += 1) assert.equal(at(byte + inside), position, `byte ${byte + inside}`);
    byte += size;
    position += source === "\r\n" ? 1 : source.length;
  }
  assert.equal(at(byte), held.length);
  assert.equal(held.length, position);
});
