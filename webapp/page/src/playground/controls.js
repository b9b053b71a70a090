// The playground's bar: mode, model, language, parameters, and the button that starts and stops.
import { h, replace, uniqueId } from "../dom.js";
import { button } from "../components/button.js";
import { icon } from "../icons.js";
import { toast } from "../components/toast.js";
import { LANGUAGES } from "../code/languages.js";
import { acceptLicense, listModels, showLicense } from "./models.js";
import { Parameters } from "./parameters.js";

const MODES = [
  ["completion", "Complete", "Goes on at the end of the text"],
  ["infill", "Infill", "Fills the gap at the cursor, or replaces the selection"],
  ["chat", "Chat", "Answers; code in the answer is marked"],
];
const POLL = 1500; // milliseconds, while a model is being loaded

const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

export class Controls {
  constructor({ api, signal, on }) {
    Object.assign(this, { api, signal, on });
    this.models = null; // not known yet
    this.problem = null;
    this.model = null;
    this.isBusy = false;
    this.mode = MODES.map(([mode]) => mode).find((mode) => mode === kept("mode", "")) ?? "completion";
    this.language = LANGUAGES.map(({ id }) => id).find((id) => id === kept("language", "")) ?? "python";
    this.parameters = new Parameters();
    this.#build();
  }

  #build() {
    const name = uniqueId("mode");
    this.modes = MODES.map(([value, label, title]) => {
      const input = h("input", {
        type: "radio",
        name,
        value,
        checked: value === this.mode,
        on: { change: () => this.setMode(value) },
      });
      return { value, input, node: h("label", { title }, input, h("span", null, label)) };
    });
    this.picker = h("select.select", {
      "aria-label": "Model",
      title: "Model",
      on: { change: () => this.#pick(this.picker.value) },
    });
    this.license = h("button.licensed", { type: "button", hidden: true, on: { click: () => showLicense(this.model) } });
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
    this.go = h("div.go", null, this.start, this.end);
    this.node = h(
      "div.controls",
      { role: "group", "aria-label": "Generation" },
      h(
        "div.segmented",
        { role: "radiogroup", "aria-label": "Mode" },
        this.modes.map(({ node }) => node),
      ),
      h("div.pick.model", null, this.picker),
      h("div.pick.language", null, this.languages),
      this.parameters.button,
      this.license,
      this.go,
    );
  }

  async load() {
    try {
      this.models = await listModels(this.api, this.signal);
      this.problem = null;
    } catch (problem) {
      if (this.signal.aborted) return;
      this.models = [];
      this.problem = problem;
    }
    const told = JSON.stringify(this.models.map((model) => ({ ...model, modes: [...model.modes] })));
    if (told !== this.told) this.#offer();
    this.told = told;
    const states = new Set(this.models.map(({ state }) => state));
    if (states.has("loading")) this.#poll(POLL);
    else if (states.has("waiting")) this.#poll(8 * POLL);
  }

  /** Shows the models; an open list stays open as long as they are the same. */
  #offer() {
    const wanted = kept("model", "");
    replace(
      this.picker,
      this.models.map(({ id }) => h("option", { value: id }, id)),
      !this.models.length && h("option", { value: "" }, "No model"),
    );
    this.#pick(this.models.some(({ id }) => id === wanted) ? wanted : (this.models[0]?.id ?? ""));
  }

  #poll(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.signal.aborted || this.load(), pause);
  }

  #pick(id) {
    this.model = this.models.find((model) => model.id === id) ?? null;
    if (this.model) {
      this.picker.value = id;
      keep("model", id);
    }
    const license = this.model?.license;
    this.license.hidden = !license?.name;
    replace(
      this.license,
      license?.name && icon("scales"),
      license?.name &&
        h("span.truncate", null, `${license.name}${license.restrictions.length ? ", with use restrictions" : ""}`),
    );
    this.license.title = "Show the model's licence";
    for (const { value, input, node } of this.modes) {
      input.disabled = Boolean(this.model) && this.model.modes.size > 0 && !this.model.modes.has(value);
      node.title = input.disabled ? `${id} knows no ${value}` : MODES.find(([mode]) => mode === value)[2];
    }
    const allowed =
      this.modes.find(({ value, input }) => value === this.mode && !input.disabled) ??
      this.modes.find(({ input }) => !input.disabled);
    if (allowed && allowed.value !== this.mode) this.choose(allowed.value);
    this.#usable();
    this.on.model(this.model);
  }

  #usable() {
    const off = this.models !== null && !this.models.length;
    this.start.disabled = off;
    this.start.title = off ? "Generation is off: the service runs without a model" : `Generate (${MOD}+Enter)`;
    this.picker.disabled = off;
  }

  /** Chooses a mode, as a click on it does. */
  choose(mode) {
    for (const { value, input } of this.modes) input.checked = value === mode;
    this.setMode(mode);
  }

  setMode(mode) {
    this.mode = mode;
    keep("mode", mode);
    replace(
      this.start,
      this.start.firstElementChild,
      h("span", null, { chat: "Send", infill: "Fill" }[mode] ?? "Generate"),
    );
    this.on.mode(mode);
  }

  setLanguage(id) {
    this.language = id;
    this.languages.value = id;
    keep("language", id);
    this.on.language(id);
  }

  /** The model, once its licence is accepted and it can be asked; null when it cannot. */
  async ready() {
    if (!this.model) return null;
    try {
      return (await acceptLicense(this.api, this.model)) ? this.model : null;
    } catch (problem) {
      toast(problem.detail || problem.message, { tone: "bad" });
      return null;
    }
  }

  busy(is) {
    this.isBusy = is;
    const held = document.activeElement === this.start || document.activeElement === this.end;
    this.start.hidden = is;
    this.end.hidden = !is;
    if (held) (is ? this.end : this.start).focus();
  }
}

function kept(name, usual) {
  try {
    return localStorage.getItem(`whence-${name}`) ?? usual;
  } catch {
    return usual;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`whence-${name}`, value);
  } catch {
    // storage is refused: the choice lasts as long as the page
  }
}
