// The runs of the playground's editor: what was written where, and its attribution. One run writes at
// a time; the panel shows the last one, or the one whose mark was chosen.
import { spansOf } from "../attribution/spans.js";
import { isUnfinished, keptCheck, textCheck } from "../attribution/text_check.js";
import { asProblem } from "../client.js";
import { clearRuns, closeRun, coverRun, keptRuns, mark, openRun, restoreRun, runOf, write } from "../code/marks.js";
import { generate } from "../generate/generation.js";

/** @typedef {import("../attribution/text_check.js").TextCheck} TextCheck */
/** @typedef {import("../code/marks.js").RunId} RunId */

const REFRESH = 300; // milliseconds between figures while nothing new matches

let lastId = 0;

export class Session {
  /** By the id of the run. @type {Map<RunId, TextCheck>} */
  #checks = new Map();
  /** The run that is shown. @type {RunId | null} */
  current = null;
  /** Of the generation in progress. @type {AbortController | null} */
  #controller = null;
  /** @type {string[]} */
  notes = [];
  /** Tokens and seconds of the last generation. */
  figures = { tokens: 0, seconds: 0 };

  /**
   * @param {object} options
   * @param {import("../client.js").Client} options.api
   * @param {import("../code/editor.js").Editor} options.editor
   * @param {() => void} options.changed is called when there is something new to show
   * @param {() => string} options.language canonical name
   */
  constructor({ api, editor, changed, language }) {
    this.api = api;
    this.editor = editor;
    this.changed = changed;
    this.language = language;
  }

  get busy() {
    return this.#controller !== null;
  }

  /** The check that is shown. */
  get check() {
    return (this.current !== null && this.#checks.get(this.current)) || textCheck({});
  }

  /** Whether a run that is not shown has sources. */
  get others() {
    return [...this.#checks].some(([id, { attribution }]) => id !== this.current && attribution?.sources.length);
  }

  /** A new run at a position, which becomes the current one. @param {number} pos @param {Partial<TextCheck>} fields */
  #begin(pos, fields) {
    lastId += 1;
    const firstLine = this.editor.view.state.doc.lineAt(pos).number;
    const check = textCheck({ key: lastId, language: this.language(), firstLine, ...fields });
    this.#checks.set(lastId, check);
    this.current = lastId;
    return { id: lastId, check };
  }

  /**
   * Writes what the model generates at `pos`.
   * @param {object} options
   * @param {string} options.path
   * @param {object} options.body with the prompt and the parameters
   * @param {number} options.pos
   * @param {boolean} options.follow whether the editor scrolls along
   */
  async run({ path, body, pos, follow }) {
    const { view } = this.editor;
    const controller = new AbortController();
    const { id, check } = this.#begin(pos, { phase: "writing" });
    this.#controller = controller;
    this.notes = [];
    this.figures = { tokens: 0, seconds: 0 };
    openRun(view, id, pos);
    this.changed();
    let held = ""; // text that is not shown yet: it is shown once a frame
    let frame = 0;
    let shown = 0;
    let firstPiece = 0; // when it came
    const flush = () => {
      frame = 0;
      // a line end may still get its second half
      const ready = held.endsWith("\r") && !controller.signal.aborted ? held.slice(0, -1) : held;
      held = held.slice(ready.length);
      write(view, id, ready, { follow });
      if (performance.now() - shown > REFRESH) {
        shown = performance.now();
        this.changed();
      }
    };
    const flushNow = () => {
      cancelAnimationFrame(frame);
      flush();
    };
    let finalKnown = false;
    try {
      const outcome = await generate(this.api, {
        path,
        body,
        signal: controller.signal,
        on: {
          text: (piece) => {
            firstPiece ||= performance.now();
            check.text += piece;
            held += piece;
            frame ||= requestAnimationFrame(flush);
          },
          attribution: (attribution, final) => {
            flushNow();
            Object.assign(check, { attribution, final });
            this.#mark(id, check);
            this.changed();
          },
          notes: (sentences) => {
            this.notes.push(...sentences);
            this.changed();
          },
        },
      });
      check.problem = outcome.problem;
      check.finish = outcome.finish;
      finalKnown = outcome.final;
      const seconds = firstPiece ? (performance.now() - firstPiece) / 1000 : 0;
      this.figures = { tokens: outcome.usage?.completion_tokens ?? 0, seconds };
    } catch (error) {
      check.finish = "cancelled";
      if (!controller.signal.aborted) check.problem = asProblem(error);
    }
    flushNow();
    const stopped = controller.signal.aborted;
    check.phase = stopped ? "stopped" : check.problem && !check.text ? "failed" : "done";
    // a stopped generation sends no final attribution, so it is requested
    if (check.text && !finalKnown) await this.#judge(id, check);
    check.final = true;
    closeRun(view, id);
    if (!check.text) this.#forget(id, check);
    if (this.#controller === controller) this.#controller = null;
    this.changed();
    return check;
  }

  stop() {
    this.#controller?.abort();
  }

  /** Requests the attribution of a run that was stopped. @param {RunId} id @param {TextCheck} check */
  async #judge(id, check) {
    const { phase, text, language } = check;
    check.phase = check.attribution ? "writing" : "checking";
    this.changed();
    try {
      check.attribution = await this.api.post("/api/v1/attributions", { code: text, language });
      this.#mark(id, check);
    } catch (error) {
      check.problem = asProblem(error);
      check.attribution = null;
      mark(this.editor.view, id, []);
    }
    check.phase = phase;
  }

  /** @param {RunId} id @param {TextCheck} check */
  #mark(id, { attribution, text }) {
    mark(this.editor.view, id, spansOf(attribution, text));
  }

  /** Marks a run again whose answer lists all of its sources now. @param {TextCheck} check */
  listed(check) {
    if (check.key !== null && !runOf(this.editor.view.state, check.key)?.stale) this.#mark(check.key, check);
  }

  /** Drops a run that wrote nothing; its problem stays. @param {RunId} id @param {TextCheck} check */
  #forget(id, check) {
    clearRuns(this.editor.view, [id]);
    if (check.problem) return;
    this.#checks.delete(id);
    this.current = this.#last();
  }

  #last() {
    return [...this.#checks.keys()].pop() ?? null;
  }

  /** Checks the text of the current run as it is now, or the whole text when there is none. */
  async again() {
    const { view } = this.editor;
    const run = this.current === null ? null : runOf(view.state, this.current);
    const { from, to, generated } = run ?? { from: 0, to: view.state.doc.length, generated: false };
    const text = view.state.sliceDoc(from, to);
    const covered = this.editor
      .runs()
      .filter((other) => other.from < to && other.to > from)
      .map((other) => other.id);
    clearRuns(view, covered);
    for (const old of covered) this.#checks.delete(old);
    const { id, check } = this.#begin(from, { phase: "checking", final: true, text });
    coverRun(view, id, from, to, generated);
    this.changed();
    try {
      check.attribution = await this.api.post("/api/v1/attributions", { code: text, language: check.language });
      check.phase = "done";
      // where the text was edited meanwhile, marks have no position; the summary says so
      if (!runOf(view.state, id)?.stale) this.#mark(id, check);
    } catch (error) {
      check.problem = asProblem(error);
      check.phase = "failed";
    }
    this.changed();
  }

  /** After an edit: drops runs without text, and finds stale ones; whether there is something new to show. */
  edited() {
    let changed = false;
    const runs = new Map(this.editor.runs().map((run) => [run.id, run]));
    for (const [id, check] of this.#checks) {
      const run = runs.get(id);
      if (!run && check.text && check.phase !== "failed" && !(id === this.current && this.busy)) {
        this.#checks.delete(id);
        if (this.current === id) this.current = this.#last();
        changed = true;
      } else if (run?.stale && !check.stale) {
        check.stale = true;
        changed = true;
      }
    }
    return changed;
  }

  /** The text, its runs and their answers, for restore(). @param {boolean} withResults */
  kept(withResults) {
    const checks = [...this.#checks].map(([id, check]) => /** @type {const} */ ([id, keptCheck(check, withResults)]));
    return { text: this.editor.text(), runs: keptRuns(this.editor.view.state), checks, current: this.current };
  }

  /** Shows a kept text again; the answer that is shown is completed if it was cut short. @param {ReturnType<Session["kept"]>} kept */
  async restore({ text, runs, checks, current }) {
    lastId = Math.max(lastId, ...runs.map(({ id }) => Number(id)));
    this.editor.setText(text);
    for (const run of runs) restoreRun(this.editor.view, run);
    this.#checks = new Map(checks.filter(([id]) => runs.some((run) => run.id === id)));
    this.current = current !== null && this.#checks.has(current) ? current : this.#last();
    this.changed();
    if (this.current !== null && isUnfinished(this.check)) await this.again();
  }

  /** Shows another run. @param {RunId} id */
  select(id) {
    if (!this.#checks.has(id) || this.current === id || this.busy) return;
    this.current = id;
    this.changed();
  }

  clear() {
    this.stop();
    clearRuns(this.editor.view);
    this.#checks.clear();
    this.current = null;
    this.notes = [];
    this.changed();
  }
}
