// Calls with curl that work with this service: its address, its model, and code that its index holds.

import { at } from "../address.js";
import { bytes, indexedCode } from "../attribution/indexed_code.js";

/** @typedef {{ code: string, document: string, start: number, from: number, model: string, prompt: string, message: string }} Values */

/** What an example finds where the service has no index or no model. @type {Values} */
const USUAL = {
  code: "def clamp(value, low, high):\n    return max(low, min(value, high))\n",
  document: `swh:1:cnt:${"0".repeat(40)}`,
  start: 1,
  from: 0,
  model: "demo",
  prompt: "def shorten(text, width, **kwargs):\n",
  message: "Write a function that parses a date",
};

/**
 * Values of this service, as far as it has an index and a model.
 * @param {import("../client.js").Client} api
 * @param {AbortSignal} signal
 * @returns {Promise<Values>}
 */
export async function realValues(api, signal) {
  const [model, found] = await Promise.all([
    api
      .get("/v1/models", { signal })
      .then(({ data }) => data[0])
      .catch(() => undefined),
    indexedCode(api, signal).catch(() => ({})),
  ]);
  const { examples = [], chat_examples: messages = [] } =
    /** @type {{ examples?: string[], chat_examples?: string[] }} */ (model?.whence ?? {});
  return {
    ...USUAL,
    ...found,
    model: model?.id ?? USUAL.model,
    prompt: examples[0] ?? USUAL.prompt,
    message: messages[0] ?? USUAL.message,
  };
}

/** The calls by method and path. @param {Values} values @returns {Record<string, string>} */
export function examplesOf({ code, document, start, from, model, prompt, message }) {
  const length = bytes(code);
  const lines = code.split("\n").length - 1;
  const span = (/** @type {number} */ line, /** @type {number} */ at) => ({
    start_line: line,
    end_line: line + lines - 1,
    start: at,
    end: at + length,
  });
  return {
    "POST /api/v1/attributions": post("/api/v1/attributions", { code }),
    "POST /api/v1/attributions/batch": post("/api/v1/attributions/batch", { snippets: [{ id: 1, code }] }),
    "POST /api/v1/side-by-side": post("/api/v1/side-by-side", {
      code,
      document,
      match: { kind: "verbatim", snippet: span(1, 0), source: span(start, from) },
    }),
    "GET /api/v1/search": curl(`/api/v1/search?${new URLSearchParams({ q: "return" })}`),
    "GET /api/v1/documents/{swhid}": curl(`/api/v1/documents/${document}`),
    "GET /api/v1/index": curl("/api/v1/index"),
    "GET /api/v1/membership": curl("/api/v1/membership?owner=python"),
    "POST /api/v1/removal-requests": post("/api/v1/removal-requests", {
      opt_outs: [{ kind: "owner", value: "python" }],
      statement: "Why the code is yours",
      contact: "you@example.org",
    }),
    "GET /api/v1/removal-requests/{reference}": curl("/api/v1/removal-requests/REFERENCE"),
    "POST /v1/completions": post("/v1/completions", { model, prompt, max_tokens: 200 }),
    "POST /v1/chat/completions": post("/v1/chat/completions", {
      model,
      messages: [{ role: "user", content: message }],
      max_tokens: 200,
    }),
    "GET /v1/models": curl("/v1/models"),
    "GET /v1/models/{model}": curl(`/v1/models/${model}`),
    "POST /v1/models/{model}/license": post(`/v1/models/${model}/license`, { accept: true }),
    "POST /overlap": post("/overlap", { document: code }),
  };
}

/** @param {string} path @param {string[]} options */
const curl = (path, ...options) =>
  [`curl ${quoted(location.origin + at(path))}`, ...keyOption(), ...options].join(" \\\n  ");

/** @param {string} path @param {unknown} body */
const post = (path, body) =>
  curl(path, "-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`);

const keyOption = () => (sessionStorage.getItem("whence-key") ? ['-H "Authorization: Bearer $WHENCE_KEY"'] : []);

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
