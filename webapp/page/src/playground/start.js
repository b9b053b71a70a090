// The panel before anything was generated: the state of the model, examples, and what the marks mean.
import { h, replace } from "../dom.js";
import { emptyState, errorState, loadingState } from "../components/states.js";
import { KIND_ORDER, KINDS } from "../attribution/vocabulary.js";
import { sentence } from "../components/sentence.js";
import { kindLetter } from "../components/badge.js";

const CHAT_EXAMPLES = ["Write a function that wraps text at a width", "Merge several sorted iterables into one"];
const EXAMPLES = ["def fibonacci(n):\n", "class LRUCache:\n    def __init__(self, capacity):\n"];

/** @typedef {import("./models.js").Model} Model */

/**
 * @param {object} options
 * @param {import("./controls.js").Controls} options.controls
 * @param {import("./workbench.js").Workbench} options.bench
 * @param {import("../chat/pane.js").Chat} options.chat
 * @param {() => void} options.run
 */
export function showStart({ controls, bench, chat, run }) {
  const node = h("div.start");

  /** @returns {unknown} */
  function render() {
    const { models, problem, model, mode } = controls;
    if (models === null) return replace(node, loadingState("Loading the list of models"));
    if (problem) return replace(node, errorState(problem, { retry: () => controls.load().then(render), level: 3 }));
    if (!model) {
      return replace(
        node,
        emptyState({
          title: "Generation is off",
          icon: "off",
          level: 3,
          text: [
            h(
              "p",
              "This service runs without a model. Start it with ",
              h("code", "whence serve --model demo"),
              ", or another model.",
            ),
            "You can still check code from elsewhere.",
          ],
          actions: [h("a.button.primary", { href: "/check" }, "Check code")],
        }),
      );
    }
    return replace(
      node,
      stateOf(model),
      (model.state === "ready" || model.state === "waiting") && examples(model, mode),
      legend(),
    );
  }

  /** @param {Model} model */
  function stateOf(model) {
    if (model.state === "loading" || model.state === "waiting")
      return h(
        "div.note",
        { role: "status" },
        h("span.spinner", { "aria-hidden": "true" }),
        h(
          "span",
          model.state === "loading" ? `${model.id} is being loaded.` : `${model.id} is loaded at the first request.`,
          model.detail && " ",
          model.detail && sentence(model.detail),
        ),
      );
    if (model.state === "failed")
      return h("div.note.bad", { role: "alert" }, h("span", `${model.id} cannot be used. `, sentence(model.detail)));
    return null;
  }

  /** @param {Model} model @param {string} mode */
  function examples(model, mode) {
    const list = mode === "chat" ? CHAT_EXAMPLES : model.examples.length ? model.examples : EXAMPLES;
    const infill = mode === "infill";
    return h(
      "section.stack.tight",
      h("h3", infill ? "Put the cursor where code is missing" : "Try one"),
      infill
        ? h(
            "p.small.muted",
            "Or select the code to replace. The gap is marked in the text; the model sees the code on both sides.",
          )
        : h(
            "ul.examples",
            list.map((text) => h("li", exampleButton(text, mode))),
          ),
      model.description && h("p.tiny.faint", `${model.id}: ${model.description}`),
    );
  }

  /** @param {string} text @param {string} mode */
  function exampleButton(text, mode) {
    return h(
      "button.example",
      {
        type: "button",
        on: {
          click: () => {
            if (mode === "chat") chat.draft(text);
            else bench.begin(text);
            run();
          },
        },
      },
      h(mode === "chat" ? "span" : "code", null, text.trimEnd()),
    );
  }

  return { node, render };
}

function legend() {
  return h(
    "section.stack.tight",
    h("h3", "What the marks mean"),
    h(
      "ul.marks-legend",
      h(
        "li",
        h("span.swatch.generated", { "aria-hidden": "true" }),
        h("span", h("strong", "Generated"), " by the model"),
      ),
      KIND_ORDER.map((kind) =>
        h(
          "li",
          kindLetter(kind),
          h(
            "span",
            h("strong.cm-mark", { class: `kind-${kind}` }, KINDS[kind].name),
            ` ${KINDS[kind].meaning.toLowerCase()}`,
          ),
        ),
      ),
      h(
        "li",
        h("span.letter.kind-common", { "aria-hidden": "true" }, h("span", "c")),
        h("span", h("strong.cm-common", "Common"), " code is dimmed: many files share it"),
      ),
    ),
  );
}
