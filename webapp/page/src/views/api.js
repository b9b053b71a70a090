// API: each endpoint with a call to copy. Parameters and answers are in the OpenAPI document.
import { copyButton } from "../components/copy.js";
import { errorState, skeleton } from "../components/states.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { examplesOf, realValues } from "./api_examples.js";
import { prose } from "./prose.js";

/** @typedef {{ summary?: string, description?: string, tags?: string[] }} Operation */
/** @typedef {{ info: { version: string, description: string }, paths: Record<string, Record<string, Operation>> }} OpenApi */

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const page = h("div.view-page.v-api", skeleton(14));
  root.append(page);

  async function load() {
    try {
      const [document, values] = await Promise.all([
        ctx.api.open("/openapi.json", { signal: ctx.signal }).then((response) => response.json()),
        realValues(ctx.api, ctx.signal),
      ]);
      replace(page, intro(document), groups(document, examplesOf(values)));
    } catch (error) {
      if (!ctx.signal.aborted) replace(page, h("h1", "API"), errorState(error, { retry: load }));
    }
  }
  await load();
}

/** @param {OpenApi} document */
function intro({ info }) {
  return h(
    "header.stack.tight",
    h(
      "div.row.between",
      h("h1", "API", h("span.badge.v-api-version", info.version)),
      h("a.button", { href: "/openapi.json" }, icon("file"), "OpenAPI document"),
    ),
    h("p.muted", prose(info.description)),
    h(
      "p.muted.small",
      prose(
        "The OpenAPI document describes all parameters and answers. A service with keys needs `Authorization: " +
          "Bearer whk_…`. Errors are `application/problem+json` (RFC 9457), under `/v1/` as OpenAI writes them; " +
          "429 and 503 say in `Retry-After` when to try again.",
      ),
    ),
  );
}

/** The operations by their tags, in the document's order. @param {OpenApi} document @param {Record<string, string>} examples */
function groups({ paths }, examples) {
  /** @type {Map<string, HTMLElement[]>} */
  const byTag = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "Other";
      const name = `${method.toUpperCase()} ${path}`;
      byTag.set(tag, [...(byTag.get(tag) ?? []), endpoint(name, operation, examples[name])]);
    }
  }
  return [...byTag].map(([tag, endpoints]) => h("section.stack.tight", h("h2", tag), endpoints));
}

/** @param {string} name method and path @param {Operation} operation @param {string} [example] */
function endpoint(name, { summary = "", description }, example = "") {
  const [method, path] = name.split(" ");
  return h(
    "details.card.v-api-operation",
    { id: name.toLowerCase().replace(/[^a-z0-9]+/g, "-") },
    h(
      "summary",
      h("span.v-api-verb", { class: method.toLowerCase() }, method),
      h("code.v-api-path", path),
      h("span.small.muted", summary.replace(/\.$/, "")),
      icon("chevron"),
    ),
    h(
      "div.stack.tight.v-api-inside",
      description && h("p.small", prose(description)),
      h("pre.v-api-code", { tabindex: "0", "aria-label": "Example" }, h("code", example)),
      h("div.row", copyButton(example, { label: "Copy", said: "Example copied" })),
    ),
  );
}
