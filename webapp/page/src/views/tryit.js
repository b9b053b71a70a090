// Calls an operation from the page and shows the raw answer. Only what reads: a look-up is free.

import { button } from "../components/button.js";
import { h, replace, uniqueId } from "../dom.js";
import { callPath, exampleBody, exampleParameters } from "./samples.js";
import { resolved } from "./schema.js";

const POSTS = new Set(["/api/v1/attributions", "/api/v1/attributions/batch", "/overlap"]);
const SHOWN = 20000; // characters of an answer

export const canTry = ({ method, path }) => method === "get" || POSTS.has(path);

export function tryPanel(operation, document, ctx) {
  const values = exampleParameters(operation, document);
  const fields = operation.parameters.map((given) => field(resolved(given, document), values)).filter(Boolean);
  const example = exampleBody(operation, document);
  const id = uniqueId("body");
  const body =
    example &&
    h("textarea.input.mono", {
      id,
      rows: "7",
      spellcheck: "false",
      autocapitalize: "none",
      value: JSON.stringify(example, null, 2),
    });
  const output = h("div.v-api-output", { "aria-live": "polite" });
  const send = button("Send", { icon: "play", kind: "primary", small: true, type: "submit" });

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    const began = performance.now();
    const shown = (line, text, tone) =>
      replace(
        output,
        h("p.small", { class: tone }, `${line}, ${Math.round(performance.now() - began)} ms`),
        h("pre.v-api-code", { tabindex: "0", "aria-label": "Answer" }, h("code", null, text)),
      );
    try {
      const parsed = body ? JSON.parse(body.value) : undefined;
      const response = await ctx.api.open(callPath(operation, values), {
        method: operation.method.toUpperCase(),
        body: parsed,
        signal: ctx.signal,
      });
      shown(`${response.status} ${response.statusText}`.trim(), pretty(await response.text()), "good");
    } catch (error) {
      if (ctx.signal.aborted) return;
      if (error instanceof SyntaxError) shown("The body is no JSON", error.message, "bad");
      else
        shown(
          error.status ? `${error.status} ${error.title}` : error.title,
          pretty(
            JSON.stringify({
              type: error.type,
              title: error.title,
              status: error.status,
              detail: error.detail,
              instance: error.instance,
            }),
          ),
          "bad",
        );
    } finally {
      send.disabled = false;
    }
  }

  return h(
    "section.v-api-try",
    { "aria-label": `Try ${operation.method.toUpperCase()} ${operation.path}` },
    h("h3", null, "Try it"),
    h(
      "form.stack.tight",
      { on: { submit } },
      fields,
      body && h("div.field", null, h("label", { for: id }, "Body"), body),
      h("div.row", null, send),
    ),
    output,
  );
}

function field(parameter, values) {
  const group = values[parameter.in];
  if (!group) return null; // headers and cookies are the browser's
  const id = uniqueId("parameter");
  return h(
    "div.field",
    null,
    h("label", { for: id }, h("code", null, parameter.name), parameter.required ? " (required)" : ""),
    h("input.input.mono", {
      id,
      value: group[parameter.name] ?? "",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      required: Boolean(parameter.required),
      on: { input: ({ target }) => (group[parameter.name] = target.value) },
    }),
  );
}

function pretty(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    shown = text; // no JSON: as it came
  }
  return shown.length > SHOWN
    ? `${shown.slice(0, SHOWN)}\n… ${(shown.length - SHOWN).toLocaleString("en")} more characters`
    : shown;
}
