import assert from "node:assert/strict";
import { test } from "node:test";
import { flattened, spansOf, tokenShares } from "../src/attribution/spans.js";

const span = (from, to, kind, source = 0) => ({ from, to, kind, source });

test("of overlapping spans the stronger kind is shown, then the better source", () => {
  const pieces = flattened([
    span(0, 10, "similar", 0),
    span(3, 6, "verbatim", 2),
    span(3, 6, "verbatim", 1),
    span(5, 8, "common", null),
  ]);
  assert.deepEqual(pieces, [span(0, 3, "similar", 0), span(3, 6, "verbatim", 1), span(6, 10, "similar", 0)]);
});

test("the pieces are disjoint, in order, and cover just what the spans cover", () => {
  let seed = 7;
  const random = (below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const kinds = ["verbatim", "renamed", "edited", "similar", "common"];
    const spans = Array.from({ length: random(8) }, () => {
      const from = random(40);
      const kind = kinds[random(5)];
      return span(from, from + 1 + random(12), kind, kind === "common" ? null : random(3));
    });
    const covered = new Set(spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)));
    let last = -1;
    let size = 0;
    for (const piece of flattened(spans)) {
      assert.ok(piece.from >= last && piece.to > piece.from);
      last = piece.to;
      size += piece.to - piece.from;
      for (let at = piece.from; at < piece.to; at += 1) assert.ok(covered.has(at));
    }
    assert.equal(size, covered.size);
  }
});

test("byte offsets of an answer become positions of the text", () => {
  const match = (start, end) => ({ kind: "verbatim", snippet: { start, end } });
  const attribution = {
    sources: [{ matches: [match(2, 4)] }],
    common: [
      { start: 4, end: 4 },
      { start: 5, end: 6 },
    ],
  };
  assert.deepEqual(spansOf(attribution, "éabcd"), [span(1, 3, "verbatim", 0), span(4, 5, "common", null)]);
});

test("each token counts once, under its strongest match", () => {
  const coverage = [
    { kind: "verbatim", tokens: 30 },
    { kind: "common", tokens: 10 },
    { kind: "verbatim", tokens: 20 },
  ];
  assert.deepEqual(tokenShares({ coverage, snippet: { tokens: 200 } }), [
    ["verbatim", 0.25],
    ["common", 0.05],
  ]);
  assert.deepEqual(tokenShares({ snippet: { tokens: 0 } }), []);
});

test("parts of sources that are not listed are marked too", () => {
  const attribution = {
    sources: [{ matches: [{ kind: "verbatim", snippet: { start: 0, end: 4 } }] }],
    sources_total: 2,
    coverage: [{ kind: "verbatim", start: 0, end: 8 }],
  };
  assert.deepEqual(flattened(spansOf(attribution, "abcdefgh")), [
    span(0, 4, "verbatim", 0),
    span(4, 8, "verbatim", null),
  ]);
  assert.equal(spansOf({ ...attribution, sources_total: 1 }, "abcdefgh").length, 1);
});
