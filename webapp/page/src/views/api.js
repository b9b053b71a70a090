// API: a reference made from the /openapi.json of the service, with examples that work.

import { errorState, skeleton } from "../components/states.js";
import { copyButton } from "../components/copy.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { operationDetails } from "./operation.js";
import { prose } from "./prose.js";
import { nameExamples } from "./samples.js";

/** @typedef {import("./schema.js").OpenApi} OpenApi */
/** @typedef {import("./schema.js").Operation} Operation */
/** @typedef {{ name: string, description?: string, operations: Operation[] }} Group */

const METHODS = ["get", "post", "put", "patch", "delete"];

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  ctx.title("API");
  const page = h("div.view-page.v-api", skeleton(14));
  root.append(page);

  async function load() {
    try {
      const [document, models, hits] = await Promise.all([
        ctx.api.open("/openapi.json", { signal: ctx.signal }).then((response) => response.json()),
        ctx.api.get("/v1/models", { signal: ctx.signal }).catch(() => null),
        ctx.api.get("/api/v1/search", { query: { q: "return", limit: 1 }, signal: ctx.signal }).catch(() => null),
      ]);
      nameExamples({ model: models?.data[0]?.id, document: hits?.hits[0]?.document });
      draw(document);
    } catch (error) {
      if (!ctx.signal.aborted) replace(page, h("h1", "API"), errorState(error, { retry: load }));
    }
  }

  /** @param {OpenApi} document */
  function draw(document) {
    const groups = grouped(document);
    replace(
      page,
      intro(document),
      h(
        "div.v-api-body",
        contents(groups),
        h(
          "div.v-api-groups",
          groups.map(({ name, description, operations }) => {
            const id = `group-${slug(name)}`;
            return h(
              "section.stack.tight",
              { "aria-labelledby": id },
              h("h2", { id }, title(name)),
              description && h("p.muted", prose(description)),
              operations.map((operation) => operationDetails(operation, document, ctx)),
            );
          }),
        ),
      ),
    );
    open(window.location.hash);
  }

  /** Opens the operation that the address names. @param {string} hash */
  function open(hash) {
    const target = hash.length > 1 ? page.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`) : null;
    if (!target) return;
    const show = () => {
      target.scrollIntoView({ block: "start" });
      target.querySelector("summary")?.focus({ preventScroll: true });
    };
    if (!(target instanceof HTMLDetailsElement) || target.open) return show();
    target.addEventListener("toggle", show, { once: true }); // once its content is there
    target.open = true;
  }

  await load();
  return { update: (url) => open(url.hash) };
}

/** @param {OpenApi} document */
function intro(document) {
  const origin = window.location.origin;
  return h(
    "header.v-api-intro",
    h(
      "div.row.between",
      h("h1", `${document.info.title} API`, h("span.badge.v-api-version", document.info.version)),
      h("a.button", { href: "/openapi.json" }, icon("file"), `OpenAPI ${document.openapi}`),
    ),
    h("p", prose(document.info.description)),
    h(
      "dl.v-api-basics",
      basic("Address", h("span.row", h("code", origin), copyButton(origin, { label: "Copy", said: "Address copied" }))),
      basic(
        "Keys",
        h("span", "Needed where the service was started with keys: ", h("code", "Authorization: Bearer whk_…"), "."),
      ),
      basic(
        "Errors",
        h(
          "span",
          "One shape, ",
          h("code", "application/problem+json"),
          " (RFC 9457); under ",
          h("code", "/v1/"),
          " OpenAI's. Both carry the request's id.",
        ),
      ),
      basic("Limits", h("span", "429 and 503 say in ", h("code", "Retry-After"), " when to come back.")),
    ),
  );
}

/** @param {string} term @param {Node} value */
const basic = (term, value) => h("div", h("dt", term), h("dd", value));

/** Operations by their first tag, in the order of the document's tags. @param {OpenApi} document */
function grouped(document) {
  /** @type {Map<string, Group>} */
  const groups = new Map(
    (document.tags ?? []).map(({ name, description }) => [name, { name, description, operations: [] }]),
  );
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (!operation) continue;
      const name = operation.tags?.[0] ?? "Other";
      const group = groups.get(name) ?? { name, operations: [] };
      groups.set(name, group);
      group.operations.push({
        ...operation,
        path,
        method,
        id: slug(`${method} ${path}`),
        parameters: [...(methods.parameters ?? []), ...(operation.parameters ?? [])],
      });
    }
  }
  return [...groups.values()].filter(({ operations }) => operations.length);
}

/** @param {Group[]} groups */
function contents(groups) {
  return h(
    "nav.v-api-nav",
    { "aria-label": "Operations" },
    groups.map(({ name, operations }) => [
      h("h2", title(name)),
      h(
        "ul",
        operations.map(({ id, method, path }) =>
          h(
            "li",
            h(
              "a",
              { href: `#${id}`, title: `${method.toUpperCase()} ${path}` },
              h("span.v-api-verb", { class: method }, method.toUpperCase()),
              h("span.truncate.mono", path),
            ),
          ),
        ),
      ),
    ]),
  );
}

/** @param {string} name */
const title = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** @param {string} text */
const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
