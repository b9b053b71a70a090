// Sampling parameters, as the OpenAI API names them; kept in this browser.
import { h, uniqueId } from "../dom.js";
import { button } from "../components/button.js";
import { popoverButton } from "../components/popover.js";

const KEPT = "whence-parameters";
const DEFAULTS = { temperature: 0.2, top_p: 0.95, top_k: null, max_tokens: 256, stop: [], seed: null };

const FIELDS = [
  ["temperature", "Temperature", { min: 0, max: 2, step: 0.05 }, "0 is greedy: the likeliest token each time"],
  ["top_p", "Top p", { min: 0.05, max: 1, step: 0.05 }, "Only the likeliest tokens up to this mass"],
  ["top_k", "Top k", { min: 1, max: 1000, step: 1 }, "Only this many; empty: all"],
  ["max_tokens", "Max tokens", { min: 1, max: 8192, step: 1 }, "New tokens at most"],
  ["seed", "Seed", { step: 1 }, "The same seed writes the same; empty: chance"],
];

export class Parameters {
  constructor() {
    this.values = { ...DEFAULTS, ...kept() };
    this.button = popoverButton("Parameters", { icon: "sliders", content: () => this.#form() });
  }

  /** The fields of a request; what is not set is left out. */
  body() {
    return Object.fromEntries(
      Object.entries(this.values).filter(
        ([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length),
      ),
    );
  }

  #form() {
    const inputs = [];
    const rows = FIELDS.map(([name, label, range, hint]) => {
      const id = uniqueId(name);
      const input = h("input.input", {
        id,
        type: "number",
        ...range,
        value: this.values[name] ?? "",
        "aria-describedby": `${id}-hint`,
        on: { input: () => this.#take(name, input) },
      });
      inputs.push([name, input]);
      return h("div.field", null, h("label", { for: id }, label), input, h("span.hint", { id: `${id}-hint` }, hint));
    });
    const id = uniqueId("stop");
    const stop = h("textarea.input.mono", {
      id,
      rows: 2,
      spellcheck: "false",
      value: this.values.stop.join("\n").replaceAll("\t", "\\t"),
      on: { input: () => this.#set("stop", stopsOf(stop.value)) },
    });
    const reset = button("Reset", {
      kind: "quiet",
      small: true,
      icon: "refresh",
      on: () => {
        this.values = { ...DEFAULTS };
        keep(this.values);
        for (const [name, input] of inputs) input.value = this.values[name] ?? "";
        stop.value = "";
      },
    });
    return h(
      "div.parameters",
      null,
      rows,
      h(
        "div.field.wide",
        null,
        h("label", { for: id }, "Stop texts"),
        stop,
        h("span.hint", null, "One a line; \\n stands for a line end. The text ends before them."),
      ),
      reset,
    );
  }

  #take(name, input) {
    const value = input.value === "" ? null : Number(input.value);
    const valid = input.validity.valid && (value !== null || DEFAULTS[name] === null);
    input.setAttribute("aria-invalid", String(!valid));
    if (valid) this.#set(name, value);
  }

  #set(name, value) {
    this.values[name] = value;
    keep(this.values);
  }
}

const stopsOf = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replaceAll("\\n", "\n").replaceAll("\\t", "\t"))
    .slice(0, 16);

function kept() {
  try {
    const values = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return Object.fromEntries(Object.entries(values).filter(([name]) => name in DEFAULTS));
  } catch {
    return {};
  }
}

function keep(values) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(values));
  } catch {
    // storage is refused: they last as long as the page
  }
}
