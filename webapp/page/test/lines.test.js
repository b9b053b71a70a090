import assert from "node:assert/strict";
import test from "node:test";
import { linesOf, parseLines, swhidWithLines, within, written } from "../src/views/lines.js";

const at = (rest) => linesOf(new URL(`http://localhost/documents/x${rest}`));

test("lines are read as people and hosts write them", () => {
  for (const text of ["3-9", "L3-L9", " 3 - 9 ", "9-3", "3–9", "l3:9"]) {
    assert.deepEqual(parseLines(text), { start: 3, end: 9 }, text);
  }
  assert.deepEqual(parseLines("7"), { start: 7, end: 7 });
  for (const text of ["", null, "0", "3-", "a", "1-2-3", "-1", "99999999"]) assert.equal(parseLines(text), null);
});

test("the query goes before the fragment", () => {
  assert.deepEqual(at("?lines=2-4#L9"), { start: 2, end: 4 });
  assert.deepEqual(at("#L9-L11"), { start: 9, end: 11 });
  assert.equal(at("#notes"), null);
});

test("a range ends where the text ends", () => {
  assert.deepEqual(within({ start: 5, end: 50 }, 10), { start: 5, end: 10 });
  assert.equal(within({ start: 11, end: 12 }, 10), null);
  assert.equal(written(within({ start: 10, end: 90 }, 10)), "10");
});

test("a SWHID takes the lines, and keeps its other qualifiers", () => {
  assert.equal(
    swhidWithLines("swh:1:cnt:a;origin=https://x;lines=1-2;path=/p", { start: 4, end: 4 }),
    "swh:1:cnt:a;origin=https://x;path=/p;lines=4",
  );
  assert.equal(swhidWithLines("swh:1:cnt:a;lines=1", null), "swh:1:cnt:a");
});
