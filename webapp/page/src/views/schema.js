// JSON Schemas as trees that unfold: names, types, limits and descriptions.

import { h } from "../dom.js";
import { plural } from "../format.js";
import { prose } from "./prose.js";

/** @typedef {{ answer: boolean, depth: number }} Level */

/**
 * The parts of a JSON Schema that are displayed.
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string} [title]
 * @property {string} [description]
 * @property {string | string[]} [type]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {Schema} [items]
 * @property {Schema | boolean} [additionalProperties]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {unknown} [default]
 * @property {unknown} [example]
 * @property {unknown[]} [examples]
 * @property {number} [minimum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [maximum]
 * @property {number} [maxLength]
 * @property {number} [maxItems]
 */
/** @typedef {{ $ref?: string, name: string, in: string, required?: boolean, description?: string, schema?: Schema, example?: unknown }} Parameter */
/** @typedef {Record<string, { schema?: Schema }>} Content by media type */
/** @typedef {{ $ref?: string, description?: string, content?: Content }} Answer */
/**
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} path
 * @property {string} method
 * @property {string} [summary]
 * @property {string} [description]
 * @property {string[]} [tags]
 * @property {Parameter[]} parameters
 * @property {{ required?: boolean, content?: Content }} [requestBody]
 * @property {Record<string, Answer>} responses
 */
/** @typedef {Record<string, Operation> & { parameters?: Parameter[] }} PathItem operations by method */
/**
 * @typedef {object} OpenApi
 * @property {string} openapi
 * @property {{ title: string, version: string, description: string }} info
 * @property {{ name: string, description?: string }[]} [tags]
 * @property {Record<string, PathItem>} paths
 */

const DEEPEST = 8; // levels; recursive schemas end here

/**
 * What a $ref points to; anything else as it is.
 * @template {{ $ref?: string }} T
 * @param {T} node
 * @param {OpenApi} document
 * @returns {T}
 */
export function resolved(node, document) {
  let found = node;
  for (let hops = 0; found?.$ref && hops < 10; hops += 1) {
    const names = found.$ref.replace(/^#\//, "").split("/");
    /** @type {unknown} */
    let place = document;
    for (const name of names) place = /** @type {Record<string, unknown> | undefined} */ (place)?.[name];
    found = /** @type {T} */ (place);
  }
  return found ?? {};
}

/** @param {Schema} schema */
const refName = (schema) => schema.$ref?.split("/").at(-1) ?? schema.title ?? null;
/** @param {Schema} schema */
const options = (schema) => schema.anyOf ?? schema.oneOf ?? null;

/**
 * "string", "array of Source", "string or null", "AttributionJson".
 * @param {Schema} schema
 * @param {OpenApi} document
 * @returns {string}
 */
export function typeName(schema, document) {
  if (schema.$ref) {
    const target = resolved(schema, document);
    return target.type === "object" || target.properties ? (refName(schema) ?? "object") : typeName(target, document);
  }
  const several = options(schema);
  if (several) return [...new Set(several.map((one) => typeName(one, document)))].join(" or ");
  if (schema.allOf?.length === 1) return typeName(schema.allOf[0], document);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum && !schema.type) return "one of";
  if (schema.type === "array") return `array of ${typeName(schema.items ?? {}, document)}`;
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return schema.type ?? (schema.properties ? "object" : "any value");
}

/** The limits that a schema sets, in words; null when it sets none. @param {Schema} schema */
export function constraints(schema) {
  const parts = [
    schema.default !== undefined && schema.default !== null && `default ${JSON.stringify(schema.default)}`,
    schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.exclusiveMinimum !== undefined && `above ${schema.exclusiveMinimum}`,
    schema.maximum !== undefined && `up to ${schema.maximum}`,
    schema.maxLength !== undefined && `at most ${schema.maxLength.toLocaleString("en")} characters`,
    schema.maxItems !== undefined && `at most ${schema.maxItems.toLocaleString("en")}`,
  ].filter(Boolean);
  return parts.length ? h("span.v-api-limits", parts.join(", ")) : null;
}

/** @param {Operation} operation */
export const bodyType = (operation) => Object.keys(operation.requestBody?.content ?? {})[0] ?? null;

/** @param {Operation} operation */
export const bodySchema = (operation) => Object.values(operation.requestBody?.content ?? {})[0]?.schema ?? null;

/** The objects in a schema whose properties are displayed. @param {Schema} schema @param {OpenApi} document @returns {Schema[]} */
function objects(schema, document) {
  const target = resolved(schema, document);
  if (target.properties) return [target];
  if (target.type === "array" && target.items) return objects(target.items, document);
  if (target.additionalProperties && typeof target.additionalProperties === "object")
    return objects(target.additionalProperties, document);
  return [...(options(target) ?? []), ...(target.allOf ?? [])].flatMap((one) => objects(one, document));
}

/**
 * The properties of a schema, those of nested objects folded.
 * @param {Schema} schema
 * @param {OpenApi} document
 * @param {{ answer?: boolean, depth?: number }} [options] `answer`: what is required is not said
 * @returns {import("../dom.js").Children}
 */
export function schemaTree(schema, document, { answer = false, depth = 0 } = {}) {
  const shown = objects(schema, document);
  const target = resolved(schema, document);
  const lead =
    depth === 0 && (target.type !== "object" || !shown.length) && h("p.v-api-type", typeName(schema, document));
  if (depth > DEEPEST) return h("p.muted", "and so on");
  return [
    lead,
    shown.map((object) =>
      h(
        "dl.v-api-rows",
        Object.entries(object.properties ?? {}).map(([name, property]) =>
          row(name, property, !answer && Boolean(object.required?.includes(name)), document, { answer, depth }),
        ),
      ),
    ),
  ];
}

/** @param {string} name @param {Schema} property @param {boolean} required @param {OpenApi} document @param {Level} level */
function row(name, property, required, document, level) {
  const target = { ...resolved(property, document), ...property };
  const nested = objects(property, document);
  const values = target.enum ?? options(target)?.flatMap((one) => resolved(one, document).enum ?? []) ?? [];
  return h(
    "div.v-api-row",
    h(
      "dt",
      h("code.v-api-name", name),
      h("span.v-api-type", typeName(property, document)),
      required && h("span.v-api-required", "required"),
    ),
    h(
      "dd",
      prose(target.description),
      values.length > 0 &&
        h(
          "span.v-api-enum",
          values.map((value) => h("code", JSON.stringify(value))),
        ),
      constraints(target),
      nested.length > 0 && folded(nested, property, document, level),
    ),
  );
}

/** @param {Schema[]} nested @param {Schema} property @param {OpenApi} document @param {Level} level */
function folded(nested, property, document, { answer, depth }) {
  const count = nested.reduce((sum, object) => sum + Object.keys(object.properties ?? {}).length, 0);
  const node = h("details.v-api-nested", { on: { toggle: () => fill() } }, h("summary", plural(count, "field")));
  const fill = () => {
    if (node.open && node.childElementCount === 1)
      node.append(h("div", schemaTree(property, document, { answer, depth: depth + 1 })));
  };
  return node;
}
