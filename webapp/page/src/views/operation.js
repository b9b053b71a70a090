// An operation of the API: parameters, body, answers, and how it is called.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { prose } from "./prose.js";
import { samplesPanel } from "./samples.js";
import { bodySchema, bodyType, constraints, resolved, schemaTree, typeName } from "./schema.js";
import { canTry, tryPanel } from "./tryit.js";

/** @typedef {import("./schema.js").OpenApi} OpenApi */
/** @typedef {import("./schema.js").Operation} Operation */
/** @typedef {import("../shell/router.js").ViewContext} Context */

/** Folded; its content is made when it is first opened. @param {Operation} operation @param {OpenApi} document @param {Context} ctx */
export function operationDetails(operation, document, ctx) {
  const node = h(
    "details.v-api-operation.card",
    { id: operation.id, on: { toggle: () => fill() } },
    h(
      "summary",
      h("span.v-api-verb", { class: operation.method }, operation.method.toUpperCase()),
      h("span.v-api-path.mono", breakable(operation.path)),
      h("span.v-api-summary.muted", (operation.summary ?? "").replace(/\.$/, "")),
      icon("chevron"),
    ),
  );
  const fill = () => {
    if (node.open && node.childElementCount === 1) node.append(inside(operation, document, ctx));
  };
  return node;
}

/** @param {Operation} operation @param {OpenApi} document @param {Context} ctx */
function inside(operation, document, ctx) {
  const body = bodySchema(operation);
  return h(
    "div.v-api-inside",
    h(
      "div.v-api-reference",
      operation.description && h("p", prose(operation.description)),
      parameters(operation.parameters, document),
      body &&
        section(
          "Body",
          `${bodyType(operation)}${operation.requestBody?.required ? ", required" : ""}`,
          schemaTree(body, document),
        ),
      responses(operation.responses, document),
    ),
    h("div.v-api-side", samplesPanel(operation, document), canTry(operation) && tryPanel(operation, document, ctx)),
  );
}

/** @param {string} title @param {string | null} note @param {...import("../dom.js").Children} children */
const section = (title, note, ...children) =>
  h("section.v-api-section", h("h3", title, note && h("span.muted", note)), children);

/** @param {import("./schema.js").Parameter[]} list @param {OpenApi} document */
function parameters(list, document) {
  if (!list.length) return null;
  return section(
    "Parameters",
    null,
    h(
      "dl.v-api-rows",
      list.map((given) => {
        const parameter = resolved(given, document);
        const schema = parameter.schema ?? {};
        return h(
          "div.v-api-row",
          h(
            "dt",
            h("code.v-api-name", parameter.name),
            h("span.v-api-type", `${typeName(schema, document)}, in ${parameter.in}`),
            parameter.required && h("span.v-api-required", "required"),
          ),
          h("dd", prose(parameter.description ?? schema.description), constraints(schema)),
        );
      }),
    ),
  );
}

/** @param {Operation["responses"]} all @param {OpenApi} document */
function responses(all, document) {
  const entries = Object.entries(all).map(
    ([status, response]) => /** @type {const} */ ([status, resolved(response, document)]),
  );
  const good = entries.filter(([status]) => status.startsWith("2"));
  const bad = entries.filter(([status]) => !status.startsWith("2")).sort();
  return [
    good.map(([status, response]) => {
      const kinds = Object.entries(response.content ?? {});
      const schema = kinds.find(([kind]) => /json/.test(kind))?.[1].schema ?? kinds[0]?.[1].schema;
      return section(
        `Answer ${status}`,
        kinds.map(([kind]) => kind).join(" or "),
        schema && schemaTree(schema, document, { answer: true }),
      );
    }),
    bad.length > 0 &&
      h(
        "details.v-api-errors",
        h("summary", `Errors: ${bad.map(([status]) => status).join(", ")}`),
        h(
          "dl.v-api-statuses",
          bad.map(([status, { description }]) => [h("dt.mono", status), h("dd", description ?? "")]),
        ),
      ),
  ];
}

/** A path that may break after each slash. @param {string} path */
function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((part, at) => (at ? [h("wbr"), part] : [part]));
}
