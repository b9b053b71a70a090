// The files that are checked, and their answers; one of them is in the editor.
import { citedOccurrence } from "../attribution/cited.js";
import { normalized } from "../attribution/offsets.js";
import { spansOf } from "../attribution/spans.js";
import { isUnfinished, keptCheck, textCheck } from "../attribution/text_check.js";
import { asProblem, isAbort } from "../client.js";
import { languageOfName } from "../code/languages.js";
import { clearRuns, coverRun, mark } from "../code/marks.js";

/** @typedef {import("../attribution/text_check.js").TextCheck} TextCheck */
/** @typedef {{ name: string | null, text: string, language: string | null, note: string | null }} NewFile */
/** @typedef {NewFile & { check: TextCheck }} CheckedFile */

let lastId = 0;

/** @param {NewFile} file @returns {CheckedFile} */
const unchecked = (file) => ({ ...file, text: normalized(file.text), check: textCheck({}) });

export class CheckedFiles {
  files = [unchecked({ name: null, text: "", language: null, note: null })];
  at = 0; // which of them is in the editor
  /** @type {string | null} */
  index = null; // the one of several indexes that is asked; null: all of them
  #loading = false; // whether a text is being put into the editor, which is not an edit

  /**
   * @param {object} options
   * @param {import("../client.js").Client} options.api
   * @param {import("../code/editor.js").Editor} options.editor
   * @param {AbortSignal} options.signal
   * @param {() => void} options.changed is called when there is something new to show
   */
  constructor({ api, editor, signal, changed }) {
    this.api = api;
    this.editor = editor;
    this.signal = signal;
    this.changed = changed;
  }

  get file() {
    return this.files[this.at];
  }

  /** The language of the file in the editor: as chosen, else that of its best source, which is a guess. */
  get language() {
    const { language, check } = this.file;
    const [source] = check.attribution?.sources ?? [];
    const guess = source && languageOfName(citedOccurrence(source)?.path ?? "");
    return { id: language ?? guess ?? null, guessed: !language && Boolean(guess) };
  }

  /** @param {NewFile[]} files */
  open(files) {
    this.files = files.map(unchecked);
    this.#load(0);
  }

  /** The files and their answers, for restore(). @param {boolean} withResults */
  kept(withResults) {
    const files = this.files.map((file) => ({ ...file, check: keptCheck(file.check, withResults) }));
    return { files, at: this.at };
  }

  /** Shows kept files again; those without an answer are checked again. @param {ReturnType<CheckedFiles["kept"]>} kept */
  async restore({ files, at }) {
    lastId = Math.max(lastId, ...files.map(({ check }) => Number(check.key)));
    this.files = files;
    this.#load(at);
    if (files.some(({ check }) => isUnfinished(check))) await this.checkAll();
  }

  /** @param {number} at */
  select(at) {
    if (at !== this.at && this.files[at]) this.#load(at);
  }

  /** @param {number} at */
  #load(at) {
    this.at = at;
    this.#loading = true;
    clearRuns(this.editor.view);
    this.editor.setText(this.file.text, { select: "start" });
    this.editor.setLanguage(this.file.language);
    this.#loading = false;
    this.#mark(this.file);
    this.changed();
  }

  /** Marks the editor's text with the answer, if the file is the one in the editor. @param {CheckedFile} file */
  #mark(file) {
    const { view } = this.editor;
    const { attribution, text, key } = file.check;
    if (file !== this.file) return;
    clearRuns(view);
    if (!attribution || key === null || text !== file.text) return;
    coverRun(view, key, 0, view.state.doc.length);
    mark(view, key, spansOf(attribution, text));
  }

  /** Marks a text again whose answer lists all of its sources now. @param {TextCheck} check */
  listed(check) {
    if (this.file.check === check) this.#mark(this.file);
  }

  /** Takes the text of the editor, which the user edited. */
  edited() {
    const { file } = this;
    if (this.#loading) return;
    file.text = this.editor.text();
    if (file.check.attribution && file.check.text !== file.text) file.check.stale = true;
    if (!file.text.trim()) file.check = textCheck({});
    this.changed();
  }

  /** Checks the file in the editor. */
  async check() {
    const { file } = this;
    const { text: code, language, name } = file;
    const { index } = this;
    await this.#checkFiles([file], async () => [
      await this.api.post("/api/v1/attributions", { code, language, name, index }, { signal: this.signal }),
    ]);
  }

  /** Checks all files in one request. */
  async checkAll() {
    if (this.files.length === 1) return this.check();
    const { index } = this;
    const snippets = this.files.map(({ text: code, language, name }, id) => ({ id, code, language, name }));
    return this.#checkFiles(this.files, async () => {
      const { answers } = await this.api.post(
        "/api/v1/attributions/batch",
        { snippets, index },
        { signal: this.signal },
      );
      return [...answers].sort((a, b) => Number(a.id) - Number(b.id));
    });
  }

  /** @param {CheckedFile[]} files @param {() => Promise<Api.Attribution[]>} request the answers, in the order of the files */
  async #checkFiles(files, request) {
    const checks = files.map((file) => this.#begin(file));
    this.changed();
    try {
      const answers = await request();
      checks.forEach((check, at) => {
        Object.assign(check, { attribution: answers[at] ?? null, phase: "done" });
      });
    } catch (error) {
      if (isAbort(error)) return;
      for (const check of checks) Object.assign(check, { problem: asProblem(error), phase: "failed" });
    }
    files.forEach((file, at) => {
      this.#end(file, checks[at]);
    });
  }

  /** @param {CheckedFile} file */
  #begin(file) {
    lastId += 1;
    const { text, language, name } = file;
    file.check = textCheck({ key: lastId, phase: "checking", final: true, text, language, name, index: this.index });
    return file.check;
  }

  /** @param {CheckedFile} file @param {TextCheck} check */
  #end(file, check) {
    if (file.check !== check) return; // a later check is in progress
    check.stale = file.text !== check.text;
    if (!check.stale) this.#mark(file);
    this.changed();
  }
}
