// One generation: what the model writes and its attribution, in the order in which they come.
import { Problem } from "../client.js";
import { events } from "./events.js";

/**
 * @typedef {object} Listeners
 * @property {(piece: string) => void} text
 * @property {(answer: Api.Attribution, final: boolean) => void} attribution `final`: it is about the whole text
 * @property {(sentences: string[]) => void} [notes]
 */
/** @typedef {{ completion_tokens: number }} Usage */
/**
 * @typedef {object} Outcome
 * @property {"stop" | "length" | "cancelled" | null} finish
 * @property {Usage | null} usage
 * @property {Problem | null} problem of a generation that ended early
 * @property {boolean} final whether the last attribution is about the whole text
 */

/**
 * @param {import("../client.js").Client} api
 * @param {{ path: string, body: object, signal: AbortSignal, on: Listeners }} options
 * @returns {Promise<Outcome>}
 * @throws {Problem} nothing was generated
 */
export async function generate(api, { path, body, signal, on }) {
  const response = await api.open(path, {
    method: "POST",
    body: { ...body, stream: true, stream_options: { include_usage: true }, attribution: "live" },
    signal,
    accept: "text/event-stream",
  });
  /** @type {Outcome} */
  const outcome = { finish: null, usage: null, problem: null, final: false };
  if (!response.body) return outcome;
  for await (const chunk of events(response.body)) {
    if (chunk.error) outcome.problem = streamedProblem(chunk.error, response);
    if (chunk.notes?.length) on.notes?.(chunk.notes);
    for (const choice of chunk.choices ?? []) {
      const piece = choice.text ?? choice.delta?.content;
      if (piece) on.text(piece);
      if (choice.finish_reason) outcome.finish = choice.finish_reason;
    }
    if (chunk.usage) outcome.usage = chunk.usage;
    if (chunk.attribution) {
      const final = chunk.attribution_of?.final ?? true;
      outcome.final ||= final;
      on.attribution(chunk.attribution, final);
    }
  }
  return outcome;
}

/** @param {{ code?: string, type?: string, message: string }} error @param {Response} response */
function streamedProblem(error, response) {
  return new Problem({
    type: error.code ?? error.type,
    title: "The generation failed",
    status: 500,
    detail: error.message,
    instance: response.headers.get("x-request-id"),
  });
}
