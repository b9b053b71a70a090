// Calls to copy: curl and Python, with this service's own address and a body that works.

import { copyButton } from "../components/copy.js";
import { h, replace } from "../dom.js";
import { bodySchema, resolved } from "./schema.js";

/** @typedef {import("./schema.js").OpenApi} OpenApi */
/** @typedef {import("./schema.js").Operation} Operation */
/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {{ path: Record<string, string>, query: Record<string, string> }} Values of the parameters */

const CODE = "def clamp(value, low, high):\n    return max(low, min(value, high))\n";

/** Example values by the name of the field. @type {Record<string, unknown>} */
const VALUES = {
  code: CODE,
  language: "python",
  prompt: "def fibonacci(n):\n",
  model: "demo",
  messages: [{ role: "user", content: "Write a function that parses an ISO 8601 date." }],
  max_tokens: 64,
  snippets: [{ id: "1", code: CODE, language: "python" }],
  q: '"import json" dumps',
  owner: "python",
};
const WANTED = new Set(["model", "language", "max_tokens"]); // not required, but useful in an example

let exampleDocument = `swh:1:cnt:${"0".repeat(40)}`;

/** Sets a model and a document that exist. @param {{ model?: string, document?: string }} names */
export function nameExamples({ model, document }) {
  VALUES.model = model ?? VALUES.model;
  exampleDocument = document ?? exampleDocument;
}

/** A body for an operation, made from its schema; null when it takes none. @param {Operation} operation @param {OpenApi} document */
export function exampleBody(operation, document) {
  const schema = bodySchema(operation);
  if (!schema) return null;
  const target = resolved(schema, document);
  const given = target.example ?? target.examples?.[0];
  if (given) return given;
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const [name, property] of Object.entries(target.properties ?? {})) {
    if (!target.required?.includes(name) && !WANTED.has(name)) continue;
    body[name] = VALUES[name] ?? exampleValue(property, document, 0);
  }
  return body;
}

/** @param {Schema} schema @param {OpenApi} document @param {number} depth @returns {unknown} */
function exampleValue(schema, document, depth) {
  const target = resolved(schema, document);
  const several = target.anyOf ?? target.oneOf;
  const given = target.example ?? target.examples?.[0];
  if (given !== undefined) return given;
  if (target.default !== undefined && target.default !== null) return target.default;
  if (target.enum) return target.enum[0];
  if (several) return exampleValue(several[0], document, depth);
  if (target.type === "array") return depth > 3 ? [] : [exampleValue(target.items ?? {}, document, depth + 1)];
  const { properties, required: needed = [] } = target;
  if (properties) {
    const required = Object.keys(properties).filter((name) => needed.includes(name));
    return Object.fromEntries(
      required.map((name) => [name, VALUES[name] ?? exampleValue(properties[name], document, depth + 1)]),
    );
  }
  if (/SWHID/.test(target.description ?? "")) return exampleDocument;
  if (/^The text/.test(target.description ?? "")) return CODE;
  const simple = { integer: target.minimum ?? 0, number: 0, boolean: true, string: "", object: {} };
  return simple[/** @type {keyof typeof simple} */ (target.type)] ?? null;
}

/** Example values of the parameters. @param {Operation} operation @param {OpenApi} document */
export function exampleParameters(operation, document) {
  /** @type {Values} */
  const values = { path: {}, query: {} };
  for (const given of operation.parameters) {
    const { in: group, name, required, example, schema } = resolved(given, document);
    if ((group !== "path" && group !== "query") || (!required && group !== "path")) continue;
    const value = example ?? schema?.examples?.[0] ?? VALUES[name] ?? (name === "swhid" ? exampleDocument : "");
    values[group][name] = String(value);
  }
  return values;
}

/** The path and query of a call. @param {Operation} operation @param {Values} values */
export function callPath(operation, values) {
  const path = operation.path.replace(/\{([^}]+)\}/g, (_, name) =>
    encodeURIComponent(values.path[name] ?? "").replaceAll("%3A", ":"),
  );
  const filled = Object.entries(values.query).filter(([, value]) => value !== "");
  const query = new URLSearchParams(filled).toString();
  return query ? `${path}?${query}` : path;
}

/** @param {Operation} operation @param {OpenApi} document */
export function samplesPanel(operation, document) {
  const values = exampleParameters(operation, document);
  const body = exampleBody(operation, document);
  /** @type {Record<string, string>} */
  const texts = sketching(operation) ?? {
    curl: curl(operation, values, body),
    Python: python(operation, values, body),
  };
  const shown = h("pre.v-api-code", { tabindex: "0", "aria-label": "Example" });
  const buttons = Object.keys(texts).map((name) =>
    h("button", { type: "button", on: { click: () => show(name) } }, name),
  );
  let current = "curl";
  /** @param {string} name */
  function show(name) {
    current = name;
    for (const node of buttons) node.setAttribute("aria-pressed", String(node.textContent === name));
    replace(shown, h("code", texts[name]));
  }
  show(current);
  return h(
    "section.v-api-sample",
    { "aria-label": "Examples" },
    h(
      "div.row.between",
      h("div.segmented", { role: "group", "aria-label": "Language of the example" }, buttons),
      copyButton(() => texts[current], { said: "Example copied" }),
    ),
    shown,
  );
}

/** A sketch is made on the machine where the file is. @param {Operation} operation */
function sketching({ path, method }) {
  if (path !== "/api/v1/sketches" || method !== "post") return null;
  const address = window.location.origin + path;
  const key = hasKey() ? ' \\\n      -H "Authorization: Bearer $WHENCE_KEY"' : "";
  return {
    curl: `whence sketch FILE | curl ${quoted(address)}${key} \\\n  -H 'Content-Type: application/json' -d @-`,
    Python: [
      "import subprocess",
      "",
      "import requests",
      "",
      'sketch = subprocess.run(["whence", "sketch", "example.py"], check=True, capture_output=True)',
      "answer = requests.post(",
      `    ${literal(address)},`,
      "    data=sketch.stdout,",
      `    headers={"Content-Type": "application/json"${hasKey() ? ', "Authorization": f"Bearer {key}"' : ""}},`,
      "    timeout=30,",
      ")",
      "answer.raise_for_status()",
      "print(answer.json())",
    ].join("\n"),
  };
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const hasKey = () => Boolean(sessionStorage.getItem("whence-key"));

/** @param {Operation} operation @param {Values} values @param {unknown} body */
function curl(operation, values, body) {
  const parts = [`curl ${quoted(window.location.origin + callPath(operation, values))}`];
  if (hasKey()) parts.push('-H "Authorization: Bearer $WHENCE_KEY"');
  if (body) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`);
  return parts.join(" \\\n  ");
}

/** @param {Operation} operation @param {Values} values @param {unknown} body */
function python(operation, values, body) {
  const { origin } = window.location;
  if (operation.path === "/v1/completions" || operation.path === "/v1/chat/completions")
    return openai(operation, body, origin);
  const lines = [
    "import requests",
    "",
    `answer = requests.${operation.method}(`,
    `    ${literal(origin + callPath(operation, { ...values, query: {} }))},`,
  ];
  if (Object.keys(values.query).length) lines.push(`    params=${literal(values.query, 1)},`);
  if (hasKey()) lines.push('    headers={"Authorization": f"Bearer {key}"},');
  if (body) lines.push(`    json=${literal(body, 1)},`);
  lines.push("    timeout=30,", ")", "answer.raise_for_status()", "print(answer.json())");
  return lines.join("\n");
}

/** @param {Operation} operation @param {unknown} body @param {string} origin */
function openai({ path }, body, origin) {
  const verb = path.includes("chat") ? "chat.completions" : "completions";
  // fields that the client does not know go into extra_body
  const { language, ...known } = /** @type {Record<string, unknown>} */ (body);
  const fields = Object.entries(known).map(([name, value]) => `    ${name}=${literal(value, 1)},`);
  if (language) fields.push(`    extra_body=${literal({ language }, 1)},`);
  const text = path.includes("chat") ? "answer.choices[0].message.content" : "answer.choices[0].text";
  return [
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${literal(`${origin}/v1`)}, api_key=${hasKey() ? "key" : '"none"'})`,
    `answer = client.${verb}.create(`,
    ...fields,
    ")",
    `print(${text})`,
    'print(answer.attribution["label"], answer.attribution["reason"])',
  ].join("\n");
}

/** A JSON value as Python writes it. @param {unknown} value @returns {string} */
function literal(value, depth = 0) {
  const pad = "    ".repeat(depth + 1);
  const end = "    ".repeat(depth);
  if (value === null) return "None";
  if (value === true || value === false) return value ? "True" : "False";
  if (Array.isArray(value))
    return value.length ? `[\n${value.map((one) => `${pad}${literal(one, depth + 1)},`).join("\n")}\n${end}]` : "[]";
  if (typeof value === "object") {
    const rows = Object.entries(value).map(
      ([name, one]) => `${pad}${JSON.stringify(name)}: ${literal(one, depth + 1)},`,
    );
    return rows.length ? `{\n${rows.join("\n")}\n${end}}` : "{}";
  }
  return JSON.stringify(value);
}
