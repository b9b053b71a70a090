// Editor and provenance panel side by side: complete and infill.
import { ProvenancePanel } from "../attribution/panel.js";
import { createEditor, tabHint } from "../code/editor.js";
import { activate, selectSource } from "../code/marks.js";
import { button } from "../components/button.js";
import { toast } from "../components/toast.js";
import { h, replace, set } from "../dom.js";
import { count, plural } from "../format.js";
import { icon } from "../icons.js";
import { remembered } from "../shell/remembered.js";
import { gap, showGap } from "./gap.js";
import { Session } from "./session.js";
import { splitPane } from "./split_pane.js";

/** @type {Record<string, string>} */
const FINISHED = { stop: "finished", length: "cut at the limit of model tokens", cancelled: "stopped" };

export class Workbench {
  /**
   * @param {object} options
   * @param {import("../shell/router.js").ViewContext} options.ctx
   * @param {import("./controls.js").Controls} options.controls
   * @param {(busy: boolean) => void} options.onBusy
   * @param {() => void} options.onRun
   */
  constructor({ ctx, controls, onBusy, onRun }) {
    this.controls = controls;
    this.onBusy = onBusy;
    const generate = () => {
      onRun();
      return true;
    };
    this.footing = h("div.footing", { role: "status" });
    this.clear = button("Clear", { icon: "trash", small: true, kind: "quiet", on: () => this.#clear() });
    const pane = h("section.editor-pane", { "aria-label": "Code" });
    this.editor = createEditor({
      parent: pane,
      language: controls.language,
      nonce: ctx.nonce,
      label: "Code; Escape then Tab leaves the editor",
      hint: "Write or paste code, then generate.",
      keys: [{ key: "Mod-Enter", run: generate }],
      extensions: [gap],
      on: {
        change: (update) => this.#changed(update),
        point: (found) => this.#point(found),
        pick: ({ run, source }, focus) => {
          this.session.select(run);
          this.panel.highlight(source, { reveal: true, focus });
        },
      },
    });
    this.view = this.editor.view;
    pane.append(h("div.footing-bar", this.footing, tabHint(), this.clear));
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
        listed: (check) => this.session.listed(check),
        again: () => this.session.again(),
        retry: () => onRun(),
      },
    });
    this.node = splitPane(pane, this.panel.node);
    const last = remembered("playground", ctx.signal, (withResults) => this.session.kept(withResults));
    if (last?.text) this.session.restore(last);
    this.#render();
    if (!this.editor.text()) this.panel.invite();
  }

  /** What the panel shows before there is an answer. @param {HTMLElement} node */
  idle(node) {
    this.panel.idle = node;
    this.panel.render();
  }

  /** @param {boolean} shown */
  showGap(shown) {
    showGap(this.view, shown);
  }

  /** Replaces everything by a text, with the cursor before `suffix`. @param {string} text @param {string} [suffix] */
  begin(text, suffix = "") {
    this.session.clear();
    this.editor.setText(text + suffix);
    this.view.dispatch({ selection: { anchor: text.length } });
    this.view.focus();
  }

  /** @param {import("./models.js").Model} model */
  async run(model) {
    const { controls, view, session } = this;
    const infill = controls.mode === "infill";
    const { doc, selection } = view.state;
    const { from, to, head } = selection.main;
    if (infill && !doc.length) return toast("Infill needs text around the gap");
    const prompt = view.state.sliceDoc(0, infill ? from : doc.length);
    if (!infill && !prompt.trim()) {
      view.focus();
      return toast("Write the beginning of some code, or choose an example");
    }
    const gapOnly = infill ? { suffix: view.state.sliceDoc(to) } : {};
    if (infill && to > from) view.dispatch({ changes: { from, to }, userEvent: "delete.gap" });
    const body = { model: model.id, language: controls.language, ...controls.parameters.body(), prompt, ...gapOnly };
    const pos = infill ? from : doc.length;
    const follow = infill || head >= doc.length;
    this.panel.toggle(false);
    this.onBusy(true);
    try {
      const { problem, text } = await session.run({ path: "/v1/completions", body, pos, follow });
      if (problem && text) toast(problem.message, { tone: "bad" });
    } finally {
      this.onBusy(false);
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

  /** @param {import("@codemirror/view").ViewUpdate} update */
  #changed(update) {
    if (!update.docChanged || !this.session) return;
    if (this.session.edited()) this.#render();
    else this.#showFigures();
  }

  #render() {
    this.panel?.show(Object.assign(this.session.check, { others: this.session.others }));
    this.#showFigures();
  }

  #showFigures() {
    const { busy, check, figures, notes } = this.session;
    const { doc } = this.view.state;
    const parts = [plural(doc.lines, "line")];
    if (busy) parts.push("writing");
    else if (check.finish) parts.push(FINISHED[check.finish] ?? check.finish);
    const { tokens, seconds } = figures;
    if (!busy && tokens) parts.push(plural(tokens, "model token"));
    if (!busy && tokens && seconds > 0.05) parts.push(`${count(Math.round(tokens / seconds))} model tokens/s`);
    replace(
      this.footing,
      h("span", parts.join(" · ")),
      notes.map((note) => h("span.footing-note", { title: note }, icon("info"), note)),
    );
    set(this.clear, { hidden: doc.length === 0 });
  }

  /** @param {import("../code/marks.js").SourceMark | null} mark */
  #point(mark) {
    if (!this.panel) return;
    const shown = mark !== null && mark.run === this.session.current;
    this.panel.highlight(shown ? mark.source : null, { reveal: shown });
    activate(this.view, mark?.run ?? null, mark?.source ?? null);
  }

  /** @param {number} source */
  #jump(source) {
    this.panel.toggle(false);
    selectSource(this.view, this.session.current, source);
  }

  destroy() {
    this.session.stop();
    this.editor.destroy();
  }
}
