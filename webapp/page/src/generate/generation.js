// One generation: asks, and tells what comes in the order in which it comes.
import { Problem } from "../client.js";
import { events } from "./events.js";

/**
 * tell: {text(piece), attribution(answer, {final, through}), notes([sentence])}.
 * Resolves to {finish: "stop"|"length"|"cancelled"|null, usage, failed: Problem|null, final: bool}.
 * Throws a Problem when nothing was generated, and AbortError when `signal` ended it.
 */
export async function generate(api, { path, body, signal, tell }) {
  const response = await api.open(path, {
    method: "POST",
    body: { ...body, stream: true, stream_options: { include_usage: true }, attribution: "live" },
    signal,
    accept: "text/event-stream",
  });
  const result = { finish: null, usage: null, failed: null, final: false };
  for await (const chunk of events(response.body)) {
    if (chunk.error) result.failed = streamed(chunk.error, response);
    if (chunk.notes?.length) tell.notes?.(chunk.notes);
    for (const choice of chunk.choices ?? []) {
      const piece = choice.text ?? choice.delta?.content;
      if (piece) tell.text(piece);
      if (choice.finish_reason) result.finish = choice.finish_reason;
    }
    if (chunk.usage) result.usage = chunk.usage;
    if (chunk.attribution) {
      const { final = true, through } = chunk.attribution_of ?? {};
      result.final ||= final;
      tell.attribution(chunk.attribution, { final, through });
    }
  }
  return result;
}

function streamed(error, response) {
  return new Problem({
    type: error.code ?? error.type,
    title: "The generation failed",
    status: 500,
    detail: error.message,
    instance: response.headers.get("x-request-id"),
  });
}
