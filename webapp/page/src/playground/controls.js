// The playground's bar: mode, model, language, parameters, and the button that starts and stops.
import { h, replace, uniqueId } from "../dom.js";
import { button } from "../components/button.js";
import { icon } from "../icons.js";
import { toast } from "../components/toast.js";
import { asProblem } from "../client.js";
import { keep, kept } from "../storage.js";
import { LANGUAGES } from "../code/languages.js";
import { acceptLicense, listModels, showLicense } from "./models.js";
import { Parameters } from "./parameters.js";

const MODES = [
  ["completion", "Complete", "Continues at the end of the text"],
  ["infill", "Infill", "Fills the gap at the cursor, or replaces the selection"],
  ["chat", "Chat", "Answers a message; code in the answer is marked"],
];
const POLL = 1500; // milliseconds, while a model is being loaded

const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** @typedef {import("./models.js").Model} Model */
/**
 * @typedef {object} Listeners
 * @property {(mode: string) => void} mode the mode changed
 * @property {() => void} run
 * @property {() => void} stop
 * @property {(id: string) => void} language the language changed
 * @property {() => void} model the model changed
 */

export class Controls {
  /** null until they are loaded @type {Model[] | null} */
  models = null;
  /** @type {import("../client.js").Problem | null} */
  problem = null;
  /** @type {Model | null} */
  model = null;
  isBusy = false;
  #shown = ""; // the models that the list shows, as JSON
  /** @type {number | undefined} */
  #timer;

  /** @param {{ api: import("../client.js").Client, signal: AbortSignal, on: Listeners }} options */
  constructor({ api, signal, on }) {
    this.api = api;
    this.signal = signal;
    this.on = on;
    this.mode = MODES.map(([mode]) => mode).find((mode) => mode === kept("mode")) ?? "completion";
    this.language = LANGUAGES.map(({ id }) => id).find((id) => id === kept("language")) ?? "python";
    this.parameters = new Parameters();
    const name = uniqueId("mode");
    this.modes = MODES.map(([value, label, title]) => {
      const input = h("input", {
        type: "radio",
        name,
        value,
        checked: value === this.mode,
        on: { change: () => this.setMode(value) },
      });
      return { value, input, node: h("label", { title }, input, h("span", label)) };
    });
    /** @type {HTMLSelectElement} */
    this.picker = h("select.select", {
      "aria-label": "Model",
      title: "Model",
      on: { change: () => this.#pick(this.picker.value) },
    });
    this.license = h("button.licensed", {
      type: "button",
      hidden: true,
      on: { click: () => this.model && showLicense(this.model) },
    });
    /** @type {HTMLSelectElement} */
    this.languages = h(
      "select.select",
      { "aria-label": "Language", on: { change: () => this.setLanguage(this.languages.value) } },
      LANGUAGES.map(({ id, label }) => h("option", { value: id, selected: id === this.language }, label)),
    );
    this.start = button("Generate", {
      kind: "primary",
      icon: "play",
      hint: `Generate (${MOD}+Enter)`,
      on: () => this.on.run(),
    });
    this.end = button("Stop", {
      kind: "danger",
      icon: "stop",
      hint: "Stop (Esc)",
      on: () => this.on.stop(),
      hidden: true,
    });
    this.go = h("div.go", this.start, this.end);
    this.node = h(
      "div.controls",
      { role: "group", "aria-label": "Generation" },
      h(
        "div.segmented",
        { role: "radiogroup", "aria-label": "Mode" },
        this.modes.map(({ node }) => node),
      ),
      h("div.pick.model", this.picker),
      h("div.pick.language", this.languages),
      this.parameters.button,
      this.license,
      this.go,
    );
  }

  async load() {
    try {
      this.models = await listModels(this.api, this.signal);
      this.problem = null;
    } catch (error) {
      if (this.signal.aborted) return;
      this.models = [];
      this.problem = asProblem(error);
    }
    const { models } = this;
    const shown = JSON.stringify(models.map((model) => ({ ...model, modes: [...model.modes] })));
    if (shown !== this.#shown) this.#list(models);
    this.#shown = shown;
    const states = new Set(models.map(({ state }) => state));
    if (states.has("loading")) this.#poll(POLL);
    else if (states.has("waiting")) this.#poll(8 * POLL);
  }

  /** Fills the list, which is left alone while the models are the same: it may be open. @param {Model[]} models */
  #list(models) {
    const wanted = kept("model");
    replace(
      this.picker,
      models.map(({ id }) => h("option", { value: id }, id)),
      !models.length && h("option", { value: "" }, "No model"),
    );
    this.#pick((models.find(({ id }) => id === wanted) ?? models[0])?.id ?? "");
  }

  /** Loads the models again. @param {number} pause milliseconds */
  #poll(pause) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.signal.aborted || this.load(), pause);
  }

  /** @param {string} id */
  #pick(id) {
    const model = this.models?.find((one) => one.id === id) ?? null;
    this.model = model;
    if (model) {
      this.picker.value = id;
      keep("model", id);
    }
    const license = model?.license;
    this.license.hidden = !license?.name;
    replace(
      this.license,
      license?.name && icon("scales"),
      license?.name &&
        h("span.truncate", `${license.name}${license.restrictions.length ? ", with use restrictions" : ""}`),
    );
    this.license.title = "Show the model's licence";
    for (const { value, input, node } of this.modes) {
      input.disabled = model !== null && model.modes.size > 0 && !model.modes.has(value);
      node.title = input.disabled ? `${id} has no mode ${value}` : (MODES.find(([mode]) => mode === value)?.[2] ?? "");
    }
    const allowed =
      this.modes.find(({ value, input }) => value === this.mode && !input.disabled) ??
      this.modes.find(({ input }) => !input.disabled);
    if (allowed && allowed.value !== this.mode) this.choose(allowed.value);
    this.#usable();
    this.on.model();
  }

  #usable() {
    const off = this.models !== null && !this.models.length;
    this.start.disabled = off;
    this.start.title = off ? "Generation is off: the service runs without a model" : `Generate (${MOD}+Enter)`;
    this.picker.disabled = off;
  }

  /** Chooses a mode, as a click on it does. @param {string} mode */
  choose(mode) {
    for (const { value, input } of this.modes) input.checked = value === mode;
    this.setMode(mode);
  }

  /** @param {string} mode */
  setMode(mode) {
    this.mode = mode;
    keep("mode", mode);
    replace(
      this.start,
      this.start.firstElementChild,
      h("span", mode === "chat" ? "Send" : mode === "infill" ? "Fill" : "Generate"),
    );
    this.on.mode(mode);
  }

  /** @param {string} id */
  setLanguage(id) {
    this.language = id;
    this.languages.value = id;
    keep("language", id);
    this.on.language(id);
  }

  /** The model, once its licence is accepted; null when it cannot be used. */
  async ready() {
    if (!this.model) return null;
    try {
      return (await acceptLicense(this.api, this.model)) ? this.model : null;
    } catch (error) {
      toast(asProblem(error).message, { tone: "bad" });
      return null;
    }
  }

  /** @param {boolean} is whether text is being generated */
  busy(is) {
    this.isBusy = is;
    const held = document.activeElement === this.start || document.activeElement === this.end;
    this.start.hidden = is;
    this.end.hidden = !is;
    if (held) (is ? this.end : this.start).focus();
  }
}
