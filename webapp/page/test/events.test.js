import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../src/client.js";
import { events } from "../src/generate/events.js";

async function read(chunks) {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      controller.close();
    },
  });
  const all = [];
  for await (const event of events(body)) all.push(event);
  return all;
}

test("events are read however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode('data: {"a":"é"}\n\n: keep-alive\n\ndata:{"b":1}\r\n\r\ndata: [DONE]\n\n');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.deepEqual(await read([bytes.slice(0, cut), bytes.slice(cut)]), [{ a: "é" }, { b: 1 }], `cut at ${cut}`);
  }
});

test("several data lines are one event", async () => {
  assert.deepEqual(await read(['data: {"a":\ndata: 2}\n\ndata: [DONE]\n\n']), [{ a: 2 }]);
});

test("an end without [DONE] is an error: nothing may look whole that is not", async () => {
  await assert.rejects(read(['data: {"a":1}\n\n']), (error) => error instanceof Problem && error.kind === "offline");
});
