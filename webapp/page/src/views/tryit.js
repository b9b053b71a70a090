// Calls an operation from the page and shows the raw answer. Only operations that change nothing.

import { asProblem } from "../client.js";
import { button } from "../components/button.js";
import { h, replace, uniqueId } from "../dom.js";
import { callPath, exampleBody, exampleParameters } from "./samples.js";
import { resolved } from "./schema.js";

/** @typedef {import("./schema.js").OpenApi} OpenApi */
/** @typedef {import("./schema.js").Operation} Operation */
/** @typedef {import("./samples.js").Values} Values */

const POSTS = new Set(["/api/v1/attributions", "/api/v1/attributions/batch", "/overlap"]);
const SHOWN = 20000; // characters of an answer

/** @param {Operation} operation */
export const canTry = ({ method, path }) => method === "get" || POSTS.has(path);

/** @param {Operation} operation @param {OpenApi} document @param {import("../shell/router.js").ViewContext} ctx */
export function tryPanel(operation, document, ctx) {
  const values = exampleParameters(operation, document);
  const fields = operation.parameters.map((given) => field(resolved(given, document), values)).filter(Boolean);
  const example = exampleBody(operation, document);
  const id = uniqueId("body");
  const body = h("textarea.input.mono", {
    id,
    rows: "7",
    spellcheck: "false",
    autocapitalize: "none",
    value: JSON.stringify(example, null, 2),
  });
  const output = h("div.v-api-output", { "aria-live": "polite" });
  const send = button("Send", { icon: "play", kind: "primary", small: true, type: "submit" });

  /** @param {string} line @param {string} text @param {string} tone */
  const show = (line, text, tone) =>
    replace(
      output,
      h("p.small", { class: tone }, line),
      h("pre.v-api-code", { tabindex: "0", "aria-label": "Answer" }, h("code", text)),
    );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    const started = performance.now();
    const elapsed = () => `${Math.round(performance.now() - started)} ms`;
    try {
      const parsed = example ? JSON.parse(body.value) : undefined;
      const method = operation.method.toUpperCase();
      const response = await ctx.api.open(callPath(operation, values), { method, body: parsed, signal: ctx.signal });
      const text = pretty(await response.text());
      show(`${response.status} ${response.statusText}`.trim().concat(`, ${elapsed()}`), text, "good");
    } catch (error) {
      if (ctx.signal.aborted) return;
      if (error instanceof SyntaxError) return void show("The body is not JSON", error.message, "bad");
      const { type, title, status, detail, instance } = asProblem(error);
      const problem = JSON.stringify({ type, title, status, detail, instance }, null, 2);
      show(`${status || ""} ${title}, ${elapsed()}`.trim(), problem, "bad");
    } finally {
      send.disabled = false;
    }
  }

  return h(
    "section.v-api-try",
    { "aria-label": `Try ${operation.method.toUpperCase()} ${operation.path}` },
    h("h3", "Try it"),
    h(
      "form.stack.tight",
      { on: { submit } },
      fields,
      example && h("div.field", h("label", { for: id }, "Body"), body),
      h("div.row", send),
    ),
    output,
  );
}

/** @param {import("./schema.js").Parameter} parameter @param {Values} values */
function field(parameter, values) {
  const group = values[/** @type {keyof Values} */ (parameter.in)];
  if (!group) return null; // headers and cookies are the browser's
  const id = uniqueId("parameter");
  const input = h("input.input.mono", {
    id,
    value: group[parameter.name] ?? "",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    required: Boolean(parameter.required),
  });
  input.addEventListener("input", () => {
    group[parameter.name] = input.value;
  });
  const label = h("label", { for: id }, h("code", parameter.name), parameter.required ? " (required)" : "");
  return h("div.field", label, input);
}

/** @param {string} text */
function pretty(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    shown = text; // not JSON: as it is
  }
  return shown.length > SHOWN
    ? `${shown.slice(0, SHOWN)}\n… ${(shown.length - SHOWN).toLocaleString("en")} more characters`
    : shown;
}
