import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFragment, toFragment } from "../src/attribution/fragment.js";

test("code comes back from its link as it was", async () => {
  const given = { code: "x = '\u{1F6A2}é'\n".repeat(500), language: "python", name: "a/b.py" };
  const fragment = await toFragment(given);
  assert.match(fragment, /^#c=[\w-]+$/);
  assert.ok(fragment.length < 200);
  assert.deepEqual(await fromFragment(fragment), given);
});

test("what is too long for a link is not made one", async () => {
  const noise = Array.from({ length: 40_000 }, (_, at) => ((at * 2654435761) >>> 0).toString(36)).join("");
  assert.equal(await toFragment({ code: noise }), null);
});

test("a fragment of something else is none, a damaged one is refused", async () => {
  assert.equal(await fromFragment("#L3-L9"), null);
  await assert.rejects(fromFragment("#c=AAAA"));
});

test("a small link that unpacks to very much is refused", async () => {
  const bomb = await toFragment({ code: "a".repeat(5 << 20) });
  await assert.rejects(fromFragment(bomb), /more code than/);
});
