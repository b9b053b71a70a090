// Sampling parameters, as the OpenAI API names them; kept in this browser.
import { button } from "../components/button.js";
import { popoverButton } from "../components/popover.js";
import { h, uniqueId } from "../dom.js";
import { keep, kept } from "../storage.js";

/** @typedef {{ temperature: number | null, top_p: number | null, top_k: number | null, max_tokens: number | null, seed: number | null, stop: string[] }} Values */
/** @typedef {Exclude<keyof Values, "stop">} NumberName */

const KEPT = "parameters";
const MOST_STOPS = 16;
/** @type {Values} */
const DEFAULTS = { temperature: 0.2, top_p: 0.95, top_k: null, max_tokens: 256, stop: [], seed: null };

/** Name, label, range and hint. @type {[NumberName, string, Record<string, number>, string][]} */
const FIELDS = [
  ["temperature", "Temperature", { min: 0, max: 2, step: 0.05 }, "0 is greedy: always the likeliest token"],
  ["top_p", "Top p", { min: 0.05, max: 1, step: 0.05 }, "Only the likeliest tokens up to this probability"],
  ["top_k", "Top k", { min: 1, max: 1000, step: 1 }, "Only this many tokens; empty: all"],
  ["max_tokens", "Max model tokens", { min: 1, max: 8192, step: 1 }, "The most tokens of the model to generate"],
  ["seed", "Seed", { step: 1 }, "The same seed gives the same text; empty: random"],
];

export class Parameters {
  constructor() {
    this.values = { ...DEFAULTS, ...stored() };
    this.button = popoverButton("Parameters", { icon: "sliders" }, () => this.#form());
  }

  /** The fields of a request, without those that are not set. */
  body() {
    const set = Object.entries(this.values).filter(([, value]) =>
      Array.isArray(value) ? value.length : value !== null,
    );
    return Object.fromEntries(set);
  }

  #form() {
    const fields = FIELDS.map(([name, label, range, hint]) => {
      const id = uniqueId(name);
      const input = h("input.input", { id, type: "number", ...range, "aria-describedby": `${id}-hint` });
      input.addEventListener("input", () => this.#take(name, input));
      const node = h("div.field", h("label", { for: id }, label), input, h("span.hint", { id: `${id}-hint` }, hint));
      return { name, input, node };
    });
    const id = uniqueId("stop");
    const stop = h("textarea.input.mono", { id, rows: 2, spellcheck: "false" });
    stop.addEventListener("input", () => this.#set("stop", stopsOf(stop.value)));
    const fill = () => {
      for (const { name, input } of fields) input.value = String(this.values[name] ?? "");
      stop.value = this.values.stop.map(escaped).join("\n");
    };
    fill();
    const reset = button("Reset", {
      kind: "quiet",
      small: true,
      icon: "refresh",
      on: () => {
        this.values = { ...DEFAULTS };
        keep(KEPT, JSON.stringify(this.values));
        fill();
      },
    });
    return h(
      "div.parameters",
      fields.map(({ node }) => node),
      h(
        "div.field.wide",
        h("label", { for: id }, "Stop texts"),
        stop,
        h("span.hint", "One per line; \\n means a line end. The text ends before any of them."),
      ),
      reset,
    );
  }

  /** @param {NumberName} name @param {HTMLInputElement} input */
  #take(name, input) {
    const value = input.value === "" ? null : Number(input.value);
    const valid = input.validity.valid && (value !== null || DEFAULTS[name] === null);
    input.setAttribute("aria-invalid", String(!valid));
    if (valid) this.#set(name, value);
  }

  /** @template {keyof Values} Name @param {Name} name @param {Values[Name]} value */
  #set(name, value) {
    this.values[name] = value;
    keep(KEPT, JSON.stringify(this.values));
  }
}

/** @param {string} stop */
const escaped = (stop) => stop.replaceAll("\n", "\\n").replaceAll("\t", "\\t");

/** @param {string} text */
const stopsOf = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replaceAll("\\n", "\n").replaceAll("\\t", "\t"))
    .slice(0, MOST_STOPS);

/** @returns {Partial<Values>} */
function stored() {
  try {
    const values = JSON.parse(kept(KEPT) ?? "{}");
    return Object.fromEntries(Object.entries(values).filter(([name]) => name in DEFAULTS));
  } catch {
    return {};
  }
}
