// The service's API, as the page calls it: JSON in and out, every failure a Problem.

import { at as address } from "./address.js";

const KEY = "whence-key";

/** Kinds by status, for problems whose type says no more. @type {Record<number, string>} */
const KINDS = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "invalid",
  408: "offline",
  413: "too-large",
  415: "invalid",
  422: "invalid",
  429: "rate-limited",
  503: "busy",
  504: "busy",
};

// Types (their last part) that the page explains one by one.
const EXPLAINED = new Set([
  "index-missing",
  "no-model",
  "model-loading",
  "model-unavailable",
  "license-not-accepted",
  "out-of-memory",
  "offline",
]);

/** A failed request, with the fields of RFC 9457. */
export class Problem extends Error {
  /**
   * @param {object} fields
   * @param {string} [fields.type]
   * @param {string} [fields.title]
   * @param {number} [fields.status]
   * @param {string} [fields.detail]
   * @param {string | null} [fields.instance] the request's id
   * @param {number | null} [fields.retryAfter] seconds
   */
  constructor({ type, title, status, detail, instance, retryAfter }) {
    super(detail || title || "The request failed");
    this.name = "Problem";
    this.type = type ?? "about:blank";
    this.title = title ?? "The request failed";
    this.status = status ?? 0;
    this.detail = detail ?? "";
    this.instance = instance ?? null;
    this.retryAfter = retryAfter ?? null;
  }

  get kind() {
    const last = (this.type.split("/").pop() ?? "").replaceAll("_", "-");
    if (EXPLAINED.has(last)) return last;
    if (last.startsWith("index-")) return "index-failed";
    return KINDS[this.status] ?? "error";
  }
}

/** Anything that was thrown, as a problem. @param {unknown} error */
export const asProblem = (error) =>
  error instanceof Problem
    ? error
    : new Problem({ title: "Something failed", detail: error instanceof Error ? error.message : String(error) });

/** The service does not respond, or the connection broke. */
export const unreachable = () =>
  new Problem({
    type: "offline",
    title: "The service cannot be reached",
    detail: "The connection failed. Is `whence serve` still running?",
  });

/** The JSON of a response. @param {Response} response @throws {Problem} it broke off */
const jsonOf = (response) =>
  response.json().catch((error) => {
    throw isAbort(error) ? error : unreachable();
  });

/** Whether a request was cancelled. @param {unknown} error */
export const isAbort = (error) => error instanceof Error && error.name === "AbortError";

/** The problem of a failed response: problem+json, OpenAI's error, or plain text. @param {Response} response */
async function problemOf(response) {
  const text = await response.text().catch(() => "");
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const error = body?.error;
  const wait = Number(response.headers.get("retry-after"));
  return new Problem({
    type: body?.type ?? error?.code ?? error?.type,
    title: body?.title ?? (response.statusText || `HTTP ${response.status}`),
    status: response.status,
    detail: body?.detail ?? error?.message ?? (body ? "" : text.slice(0, 300)),
    instance: body?.instance ?? response.headers.get("x-request-id"),
    retryAfter: Number.isFinite(wait) && wait > 0 ? wait : null,
  });
}

/** @typedef {Record<string, string | number | null | undefined>} Query */
/** @typedef {{ method?: string, body?: unknown, signal?: AbortSignal, accept?: string }} Request */

export class Client {
  /** The key that the user is being asked for. @type {Promise<string | null> | null} */
  #asked = null;

  /** @param {{ askKey: (options: { refused: boolean }) => Promise<string | null> }} options */
  constructor({ askKey }) {
    this.askKey = askKey;
  }

  /**
   * The JSON of a path. `at` is the path itself where it has parameters.
   * @template {keyof ApiGet} Path
   * @param {Path} path
   * @param {{ at?: string, query?: Query, signal?: AbortSignal }} [options]
   * @returns {Promise<ApiGet[Path]>}
   */
  async get(path, { at = path, query = {}, signal } = {}) {
    return jsonOf(await this.open(at + search(query), { signal }));
  }

  /**
   * @template {keyof ApiPost} Path
   * @param {Path} path
   * @param {unknown} body
   * @param {{ at?: string, signal?: AbortSignal }} [options]
   * @returns {Promise<ApiPost[Path]>}
   */
  async post(path, body, { at = path, signal } = {}) {
    return jsonOf(await this.open(at, { method: "POST", body, signal }));
  }

  /**
   * The response itself, once it is a success.
   * @param {string} path
   * @param {Request} [request]
   * @throws {Problem} the request failed
   */
  async open(path, { method = "GET", body, signal, accept = "application/json" } = {}) {
    const content = body === undefined ? undefined : JSON.stringify(body);
    for (let attempt = 0; ; attempt += 1) {
      const key = sessionStorage.getItem(KEY);
      /** @type {Record<string, string>} */
      const headers = { Accept: accept };
      if (content !== undefined) headers["Content-Type"] = "application/json";
      if (key) headers.Authorization = `Bearer ${key}`;
      const response = await fetch(address(path), { method, body: content, signal, headers }).catch((error) => {
        if (isAbort(error) || signal?.aborted) throw error;
        throw unreachable();
      });
      if (response.ok) return response;
      const problem = await problemOf(response);
      if (response.status !== 401 || attempt >= 2 || !(await this.#newKey(key))) throw problem;
    }
  }

  /** Asks once for all requests that wait for a key; whether there is a new one. @param {string | null} refused */
  async #newKey(refused) {
    if (sessionStorage.getItem(KEY) !== refused) return true;
    this.#asked ??= this.askKey({ refused: Boolean(refused) }).finally(() => {
      this.#asked = null;
    });
    const key = await this.#asked;
    if (!key) return false;
    sessionStorage.setItem(KEY, key);
    return true;
  }
}

/** @param {Query} query */
function search(query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : "";
}
