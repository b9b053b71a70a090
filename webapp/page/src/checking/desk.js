// The files under check and their answers; one of them is in the editor.
import { clearRuns, coverRun, mark } from "../code/marks.js";
import { spansOf } from "../attribution/spans.js";
import { normalized } from "../attribution/offsets.js";

let last = 0;

const fresh = (name, text, language, note) => ({
  name,
  language,
  note,
  text: normalized(text),
  model: { phase: "empty", attribution: null, key: null },
});

export class Desk {
  /** changed(): something to show is new. */
  constructor({ api, editor, signal, changed }) {
    Object.assign(this, { api, editor, signal, changed });
    this.files = [fresh(null, "", null, null)];
    this.at = 0;
    this.loading = false; // a text is being put into the editor: that is no edit
  }

  get file() {
    return this.files[this.at];
  }

  /** files: [{name, text, language, note}]. */
  open(files) {
    this.files = files.map(({ name, text, language, note }) => fresh(name, text, language, note));
    this.#load(0);
  }

  select(at) {
    if (at === this.at || !this.files[at]) return;
    this.#load(at);
  }

  #load(at) {
    this.at = at;
    const { view } = this.editor;
    this.loading = true;
    clearRuns(view);
    this.editor.setText(this.file.text, { select: "start" });
    this.editor.setLanguage(this.file.language);
    this.loading = false;
    this.#show(this.file);
    this.changed();
  }

  /** Marks the editor's text with the file's answer. */
  #show(file) {
    const { view } = this.editor;
    const { model } = file;
    if (file !== this.file) return;
    clearRuns(view);
    if (!model.attribution || model.text !== file.text) return;
    coverRun(view, model.key, 0, view.state.doc.length);
    mark(view, model.key, spansOf(model.attribution, model.text));
  }

  /** The text in the editor was edited by hand. */
  edited() {
    const { file } = this;
    if (this.loading) return;
    file.text = this.editor.text();
    if (file.model.attribution && file.model.text !== file.text) file.model.stale = true;
    if (!file.text.trim()) file.model = { phase: "empty", attribution: null, key: null };
    this.changed();
  }

  async check(file = this.file) {
    const model = this.#begin(file);
    this.changed();
    try {
      model.attribution = await this.api.post(
        "/api/v1/attributions",
        { code: model.text, language: model.language, name: model.name },
        { signal: this.signal },
      );
      model.phase = "done";
    } catch (problem) {
      if (problem.name === "AbortError") return;
      Object.assign(model, { problem, phase: "failed" });
    }
    this.#end(file, model);
  }

  /** All files in one request. */
  async checkAll() {
    if (this.files.length === 1) return this.check();
    const asked = this.files.map((file) => [file, this.#begin(file)]);
    this.changed();
    try {
      const { answers } = await this.api.post(
        "/api/v1/attributions/batch",
        { snippets: asked.map(([, { text, language, name }], id) => ({ id, code: text, language, name })) },
        { signal: this.signal },
      );
      for (const answer of answers) {
        const model = asked[answer.id]?.[1];
        if (model) Object.assign(model, { attribution: answer, phase: "done" });
      }
    } catch (problem) {
      if (problem.name === "AbortError") return undefined;
      for (const [, model] of asked) Object.assign(model, { problem, phase: "failed" });
    }
    for (const [file, model] of asked) this.#end(file, model);
    return undefined;
  }

  #begin(file) {
    last += 1;
    const model = {
      key: last,
      phase: "checking",
      attribution: null,
      final: true,
      stale: false,
      problem: null,
      text: file.text,
      language: file.language,
      name: file.name,
      firstLine: 1,
    };
    file.model = model;
    return model;
  }

  #end(file, model) {
    if (file.model !== model) return; // asked again meanwhile
    model.stale = file.text !== model.text;
    if (!model.stale) this.#show(file);
    this.changed();
  }
}
