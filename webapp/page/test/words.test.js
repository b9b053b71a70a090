import assert from "node:assert/strict";
import { test } from "node:test";
import { changedParts } from "../../../attribution/reports/page/words.js";

const marked = (parts) => parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join("");

test("what differs within a line is marked on both sides", () => {
  const [left, right] = changedParts("total = weigh(ship)", "sum = weigh(boat, 2)");
  assert.equal(marked(left), "[total] = weigh([ship])");
  assert.equal(marked(right), "[sum] = weigh([boat, 2])");
});

test("both sides are complete, also for very long lines", () => {
  const a = `start ${"a b ".repeat(400)}end`;
  const b = `start ${"c d ".repeat(400)}end`;
  const [left, right] = changedParts(a, b);
  assert.equal(left.map(({ text }) => text).join(""), a);
  assert.equal(right.map(({ text }) => text).join(""), b);
  assert.ok(left[0].text.startsWith("start ") && !left[0].changed && !left.at(-1).changed);
});
