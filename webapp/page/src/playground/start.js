// The panel before anything was generated: the state of the model, examples, and what the marks mean.
import { h, replace } from "../dom.js";
import { emptyState, errorState, loadingState } from "../components/states.js";
import { KIND_ORDER, KINDS } from "../attribution/vocabulary.js";
import { sentence } from "../components/sentence.js";
import { kindLetter } from "../components/badge.js";

// Examples for models that come without.
const MESSAGES = ["Write a function that wraps text at a width", "Merge several sorted iterables into one"];
const COMPLETIONS = ["def fibonacci(n):\n", "class LRUCache:\n    def __init__(self, capacity):\n"];
const GAPS = [{ prefix: "def fibonacci(n):\n    a, b = 0, 1\n", suffix: "    return a\n" }];

/** @template T @param {T[]} list @param {T[]} usual */
const orUsual = (list, usual) => (list.length ? list : usual);

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
    return h(
      "section.stack.tight",
      h("h3", "Try one"),
      h(
        "ul.examples",
        EXAMPLES[mode](model).map(({ text, begin }) => h("li", exampleButton(text, begin))),
      ),
      mode === "infill" &&
        h(
          "p.small.muted",
          "Or put the cursor where code is missing, or select the code to replace. The gap is marked in the text; the model sees the code on both sides.",
        ),
      model.description && h("p.tiny.faint", `${model.id}: ${model.description}`),
    );
  }

  /** By mode: what is shown for each example, and what a click begins with. @type {Record<string, (model: Model) => { text: string, begin: () => void }[]>} */
  const EXAMPLES = {
    completion: ({ examples: list }) =>
      orUsual(list, COMPLETIONS).map((text) => ({ text, begin: () => bench.begin(text) })),
    infill: ({ infillExamples: list }) =>
      orUsual(list, GAPS).map(({ prefix, suffix }) => ({
        text: `${prefix}    …\n${suffix}`,
        begin: () => bench.begin(prefix, suffix),
      })),
    chat: ({ chatExamples: list }) => orUsual(list, MESSAGES).map((text) => ({ text, begin: () => chat.draft(text) })),
  };

  /** @param {string} text @param {() => void} begin */
  function exampleButton(text, begin) {
    const click = () => {
      begin();
      run();
    };
    return h("button.example", { type: "button", on: { click } }, h("code", text.trimEnd()));
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
