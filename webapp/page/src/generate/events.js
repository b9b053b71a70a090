// Server-sent events of a response: the JSON of their `data:` lines, until [DONE].
import { isAbort, Problem, unreachable } from "../client.js";

/**
 * A chunk of a stream, as the OpenAI API has it, with our additions.
 * @typedef {object} Chunk
 * @property {{ text?: string, delta?: { content?: string }, finish_reason?: "stop" | "length" | null }[]} [choices]
 * @property {{ completion_tokens: number }} [usage]
 * @property {{ code?: string, type?: string, message: string }} [error]
 * @property {string[]} [notes]
 * @property {Api.Attribution} [attribution]
 * @property {{ final?: boolean }} [attribution_of]
 */

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @returns {AsyncGenerator<Chunk>}
 * @throws {Problem} the connection ended before the answer
 */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        throw isAbort(error) ? error : unreachable();
      });
      rest += value ?? "";
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = done ? "" : (lines.pop() ?? "");
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line === "" && data.length) {
          const text = data.join("\n");
          data = [];
          if (text === "[DONE]") return;
          yield JSON.parse(text);
        }
      }
      if (done) throw new Problem({ type: "offline", title: "The connection ended before the answer did" });
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
