// Editor and provenance panel side by side: complete and infill.
import { h, replace, set } from "../dom.js";
import { createEditor } from "../code/editor.js";
import { activate, runOf, spansOfSource } from "../code/marks.js";
import { EditorView } from "@codemirror/view";
import { ProvenancePanel } from "../attribution/panel.js";
import { button } from "../components/button.js";
import { icon } from "../icons.js";
import { toast } from "../components/toast.js";
import { count, plural } from "../format.js";
import { splitPane } from "./split_pane.js";
import { gap, showGap } from "./gap.js";
import { Session } from "./session.js";

const DRAFT = "whence-draft";
const FINISHED = { stop: "ended by itself", length: "cut at the token limit", cancelled: "stopped" };

export class Workbench {
  constructor({ ctx, controls, onBusy, onRun }) {
    Object.assign(this, { ctx, controls, onBusy });
    this.footing = h("div.footing", { role: "status" });
    this.clear = button("Clear", { icon: "trash", small: true, kind: "quiet", on: () => this.#clear() });
    const pane = h("section.editor-pane", { "aria-label": "Code" });
    this.editor = createEditor({
      parent: pane,
      text: recall(),
      language: controls.language,
      nonce: ctx.nonce,
      label: "Code; Escape then Tab leaves the editor",
      hint: "Write or paste code, then generate.",
      keys: [{ key: "Mod-Enter", run: () => (onRun(), true) }],
      extensions: [gap],
      on: {
        change: (update) => this.#changed(update),
        point: (found) => this.#point(found),
        pick: (found, focus) => this.#pick(found, focus),
      },
    });
    pane.append(h("div.footing-bar", null, this.footing, this.clear));
    this.session = new Session({
      api: ctx.api,
      editor: this.editor,
      changed: () => this.#render(),
      language: () => controls.language,
    });
    this.panel = new ProvenancePanel({
      api: ctx.api,
      announce: ctx.announce,
      mine: "Generated",
      subject: "text",
      idle: h("div"),
      language: () => controls.language,
      on: {
        active: (source) => activate(this.view, this.session.current, source),
        jump: (source) => this.#jump(source),
        again: () => this.session.again(),
        retry: () => onRun(),
      },
    });
    this.node = splitPane(pane, this.panel.node);
    this.#render();
    if (!this.editor.text()) this.panel.invite();
  }

  get view() {
    return this.editor.view;
  }

  /** What the panel shows before there is an answer. */
  idle(node) {
    this.panel.idle = node;
    this.panel.render();
  }

  setLanguage(id) {
    this.editor.setLanguage(id);
  }

  showGap(shown) {
    showGap(this.view, shown);
  }

  /** Starts anew with an example. */
  begin(text) {
    this.session.clear();
    this.editor.setText(text);
    this.view.focus();
  }

  async run(model) {
    const { controls, view, session } = this;
    const infill = controls.mode === "infill";
    const { state } = view;
    const body = { model: model.id, language: controls.language, ...controls.parameters.body() };
    let pos = state.doc.length;
    if (infill) {
      const { from, to } = state.selection.main;
      if (!state.doc.length) return void toast("Infill needs text around the gap");
      body.prompt = state.sliceDoc(0, from);
      body.suffix = state.sliceDoc(to);
      if (to > from) view.dispatch({ changes: { from, to }, userEvent: "delete.gap" });
      pos = from;
    } else {
      body.prompt = state.doc.toString();
      if (!body.prompt.trim()) {
        view.focus();
        return void toast("Write the beginning of some code, or take an example");
      }
    }
    const atEnd = state.selection.main.head >= state.doc.length;
    this.panel.toggle(false);
    this.onBusy(true);
    try {
      const done = await session.run({ path: "/v1/completions", body, pos, follow: infill || atEnd });
      if (done.problem && done.text) toast(done.problem.detail || done.problem.message, { tone: "bad" });
    } finally {
      this.onBusy(false);
      remember(this.editor.text());
    }
  }

  stop() {
    this.session.stop();
  }

  #clear() {
    this.session.clear();
    this.editor.setText("");
    this.view.focus();
  }

  #changed(update) {
    if (!update.docChanged || !this.session) return;
    if (this.session.edited()) this.#render();
    else this.#figures();
    if (!this.session.busy) remember(this.editor.text());
  }

  #render() {
    this.panel?.show(this.session.model);
    this.#figures();
  }

  #figures() {
    const { session } = this;
    const { doc } = this.view.state;
    const parts = [`${plural(doc.lines, "line")}`];
    const { model } = session;
    if (session.busy) parts.push("writing");
    else if (model.finish) parts.push(FINISHED[model.finish] ?? model.finish);
    else if (model.phase === "stopped") parts.push("stopped");
    const { tokens, seconds } = session.figures();
    if (!session.busy && tokens)
      parts.push(`${count(tokens)} tokens${seconds > 0.05 ? `, ${count(Math.round(tokens / seconds))} a second` : ""}`);
    replace(
      this.footing,
      h("span", null, parts.join(" · ")),
      session.notes.map((note) => h("span.footing-note", { title: note }, icon("info"), note)),
    );
    set(this.clear, { hidden: doc.length === 0 });
  }

  #point(found) {
    if (!this.panel) return;
    const mine = found && found.run === this.session.current;
    this.panel.highlight(mine ? found.source : null, { reveal: mine });
    activate(this.view, found?.run ?? null, found?.source ?? null);
  }

  #pick({ run, source }, focus) {
    this.session.select(run);
    this.panel.highlight(source, { reveal: true, focus });
  }

  #jump(source) {
    const { view, session } = this;
    const [span] = spansOfSource(view.state, session.current, source);
    if (!span || !runOf(view.state, session.current)) return;
    this.panel.toggle(false);
    view.dispatch({
      selection: { anchor: span.from, head: span.to },
      effects: EditorView.scrollIntoView(span.from, { y: "center" }),
    });
    view.focus();
  }

  destroy() {
    this.session.stop();
    this.editor.destroy();
  }
}

// The draft outlives a reload, in this tab only.
function recall() {
  try {
    return sessionStorage.getItem(DRAFT) ?? "";
  } catch {
    return "";
  }
}

let waiting = 0;
function remember(text) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    try {
      if (text.length < 200_000) sessionStorage.setItem(DRAFT, text);
    } catch {
      // storage is refused or full: the draft ends with the page
    }
  }, 400);
}
