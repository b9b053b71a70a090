// The service's API, as the page calls it: JSON in and out, problems as one kind of error.

const KEY = "whence-key";

// Kinds by status, for problems whose type says no more.
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

// Types (their last part) that the page has a state of its own for.
const OWN = new Set([
  "index-missing",
  "no-model",
  "model-loading",
  "model-unavailable",
  "license-not-accepted",
  "out-of-memory",
  "offline",
]);

/** A failed request, in the words of RFC 9457. */
export class Problem extends Error {
  constructor({ type, title, status, detail, instance, retryAfter, errors }) {
    super(detail || title || "The request failed");
    this.name = "Problem";
    this.type = type ?? "about:blank";
    this.title = title ?? "The request failed";
    this.status = status ?? 0;
    this.detail = detail ?? "";
    this.instance = instance ?? null; // the request's id
    this.retryAfter = retryAfter ?? null; // seconds
    this.errors = errors ?? [];
  }

  /** The last part of the type, "index-missing". */
  get slug() {
    return String(this.type).split("/").pop().replaceAll("_", "-");
  }

  get kind() {
    if (OWN.has(this.slug)) return this.slug;
    if (this.slug.startsWith("index-")) return "index-failed";
    return KINDS[this.status] ?? "error";
  }
}

/** What a body that is no success says: problem+json, OpenAI's error, or plain text. */
export async function problemOf(response) {
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
    errors: Array.isArray(body?.errors) ? body.errors : [],
  });
}

export class Client {
  /** `askKey`: asks the user for an API key; resolves to it, or to null when they decline. */
  constructor({ askKey }) {
    this.askKey = askKey;
    this.asking = null;
  }

  get(path, { query, signal, accept } = {}) {
    return this.#parsed(path + search(query), { method: "GET", signal, accept });
  }

  post(path, body, { signal, accept } = {}) {
    return this.#parsed(path, { method: "POST", body, signal, accept });
  }

  /** The response itself, once it is a success: for streams. */
  async open(path, { method = "GET", body, signal, accept } = {}) {
    const content = body === undefined ? undefined : JSON.stringify(body);
    for (let attempt = 0; ; attempt += 1) {
      const key = sessionStorage.getItem(KEY);
      const headers = { Accept: accept ?? "application/json" };
      if (body !== undefined) headers["Content-Type"] = "application/json";
      if (key) headers.Authorization = `Bearer ${key}`;
      let response;
      try {
        response = await fetch(path, { method, body: content, signal, headers });
      } catch (error) {
        if (error.name === "AbortError" || signal?.aborted) throw error;
        throw new Problem({
          type: "offline",
          title: "The service does not answer",
          detail: "The connection failed. Is `whence serve` still running?",
        });
      }
      if (response.ok) return response;
      const problem = await problemOf(response);
      if (response.status !== 401 || attempt >= 2 || !(await this.#key(key))) throw problem;
    }
  }

  async #parsed(path, options) {
    const response = await this.open(path, options);
    const type = response.headers.get("content-type") ?? "";
    return /json/.test(type) && !/jsonl/.test(type) ? response.json() : response.text();
  }

  /** Asks once for all requests that wait for a key. True: there is a new one to try. */
  async #key(refused) {
    if ((sessionStorage.getItem(KEY) ?? null) !== (refused ?? null)) return true;
    this.asking ??= this.askKey({ refused: Boolean(refused) }).finally(() => {
      this.asking = null;
    });
    const key = await this.asking;
    if (!key) return false;
    sessionStorage.setItem(KEY, key);
    return true;
  }
}

function search(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") parameters.append(name, one);
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}
