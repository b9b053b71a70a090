import assert from "node:assert/strict";
import { test } from "node:test";
import { segmentsOf } from "../src/chat/segments.js";

const parts = (text, options) =>
  segmentsOf(text, options).map(({ type, from, to, info }) => [type, text.slice(from, to), info]);

test("prose and fenced blocks, with the language of each", () => {
  assert.deepEqual(parts("See:\n\n```python\nx = 1\n```\nand\n~~~ js\ny\n~~~"), [
    ["text", "See:\n\n", undefined],
    ["code", "x = 1", "python"],
    ["text", "and\n", undefined],
    ["code", "y", "js"],
  ]);
});

test("a shorter fence inside does not end a block", () => {
  assert.deepEqual(parts("````md\n```\nx\n```\n````\n"), [["code", "```\nx\n```", "md"]]);
});

test("a block that is never closed reaches to the end", () => {
  assert.deepEqual(parts("a\n```\nx\n"), [
    ["text", "a\n", undefined],
    ["code", "x\n", ""],
  ]);
});

test("while it streams, text of a block only ever grows", () => {
  const text = "Look:\n```python\nif a:\n    b()\n```\nDone ``now``.\n";
  let before = "";
  for (let end = 1; end <= text.length; end += 1) {
    const code = segmentsOf(text.slice(0, end), { done: end === text.length }).find(({ type }) => type === "code");
    const shown = code ? text.slice(code.from, code.to) : "";
    assert.ok(shown.startsWith(before.trimEnd()), JSON.stringify([before, shown]));
    assert.ok(!shown.includes("`"), JSON.stringify(shown));
    before = shown;
  }
  assert.equal(before, "if a:\n    b()");
});

test("an answer of bare code is one block; prose is not", () => {
  assert.equal(segmentsOf("def f(x):\n    return x\n")[0].type, "code");
  assert.equal(segmentsOf("Call it with a list,\nand sort the result.\n")[0].type, "text");
});
