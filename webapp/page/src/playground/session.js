// Runs of the playground's editor: what was written where, what came of its attribution. One run
// writes at a time; the panel shows the last one, or the one whose mark was picked.
import { clearRuns, closeRun, coverRun, mark, openRun, runOf, write } from "../code/marks.js";
import { spansOf } from "../attribution/spans.js";
import { generate } from "../generate/generation.js";

const REFRESH = 300; // milliseconds between figures while nothing new is found

let last = 0;

export class Session {
  /** editor: createEditor's; changed(): something to show is new; language(): canonical name. */
  constructor({ api, editor, changed, language }) {
    Object.assign(this, { api, editor, changed, language });
    this.models = new Map(); // run id -> what panel.show takes
    this.current = null; // id of the run that is shown
    this.controller = null; // of the generation under way
    this.usage = null;
    this.notes = [];
  }

  get busy() {
    return this.controller !== null;
  }

  get model() {
    return this.models.get(this.current) ?? { phase: "empty", attribution: null, key: null };
  }

  /** Writes what the model gives at `pos`; `body` has the prompt and parameters. */
  async run({ path, body, pos, follow }) {
    const { view } = this.editor;
    last += 1;
    const id = last;
    const model = {
      key: id,
      phase: "writing",
      attribution: null,
      final: false,
      stale: false,
      problem: null,
      text: "",
      language: this.language(),
      firstLine: view.state.doc.lineAt(pos).number,
      name: null,
    };
    const controller = new AbortController();
    Object.assign(this, { controller, current: id, usage: null, notes: [], started: performance.now(), first: null });
    this.models.set(id, model);
    openRun(view, id, pos);
    this.changed();
    let held = ""; // text not shown yet: it is shown once a frame
    let frame = 0;
    let shown = 0;
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
    const settle = () => {
      cancelAnimationFrame(frame);
      flush();
    };
    let outcome = { finish: "cancelled", final: false, usage: null };
    try {
      outcome = await generate(this.api, {
        path,
        body,
        signal: controller.signal,
        tell: {
          text: (piece) => {
            this.first ??= performance.now();
            model.text += piece;
            held += piece;
            frame ||= requestAnimationFrame(flush);
          },
          attribution: (attribution, { final }) => {
            settle();
            Object.assign(model, { attribution, final });
            this.#mark(id, model);
            this.changed();
          },
          notes: (sentences) => {
            this.notes.push(...sentences);
            this.changed();
          },
        },
      });
      model.problem = outcome.failed;
    } catch (problem) {
      if (!controller.signal.aborted) model.problem = problem;
    }
    settle();
    this.usage = outcome.usage;
    this.finished = performance.now();
    const stopped = controller.signal.aborted;
    model.phase = stopped ? "stopped" : model.problem && !model.text ? "failed" : "done";
    model.finish = outcome.finish;
    // whoever stops does not get the final state any more: ask for it
    if (model.text && !outcome.final) await this.#judge(id, model);
    model.final = true;
    closeRun(view, id);
    if (!model.text) this.#forget(id, model);
    if (this.controller === controller) this.controller = null;
    this.changed();
    return model;
  }

  stop() {
    this.controller?.abort();
  }

  async #judge(id, model) {
    const phase = model.phase;
    model.phase = model.attribution ? "writing" : "checking";
    this.changed();
    try {
      model.attribution = await this.api.post("/api/v1/attributions", { code: model.text, language: model.language });
      this.#mark(id, model);
    } catch (problem) {
      model.problem = problem;
      model.attribution = null;
      mark(this.editor.view, id, []);
    }
    model.phase = phase;
  }

  #mark(id, model) {
    mark(this.editor.view, id, spansOf(model.attribution, model.text));
  }

  /** A run that wrote nothing leaves only its problem. */
  #forget(id, model) {
    clearRuns(this.editor.view, [id]);
    if (!model.problem) {
      this.models.delete(id);
      this.current = [...this.models.keys()].pop() ?? null;
    }
  }

  /** Judges a run's text as it is now, or the whole text when there is none. */
  async again(id = this.current) {
    const { view } = this.editor;
    const run = runOf(view.state, id) ?? { from: 0, to: view.state.doc.length };
    await this.check(run.from, run.to, { generated: run.generated ?? false });
  }

  /** Judges a part of the text. */
  async check(from, to, { generated = false, name = null } = {}) {
    const { view } = this.editor;
    const text = view.state.sliceDoc(from, to);
    last += 1;
    const id = last;
    const covered = this.editor
      .runs()
      .filter((run) => run.from < to && run.to > from)
      .map((run) => run.id);
    const model = {
      key: id,
      phase: "checking",
      attribution: null,
      final: true,
      stale: false,
      problem: null,
      text,
      language: this.language(),
      firstLine: view.state.doc.lineAt(from).number,
      name,
    };
    clearRuns(view, covered);
    for (const old of covered) this.models.delete(old);
    coverRun(view, id, from, to, generated);
    this.models.set(id, model);
    this.current = id;
    this.changed();
    try {
      const attribution = await this.api.post("/api/v1/attributions", {
        code: text,
        language: model.language,
        ...(name ? { name } : {}),
      });
      model.attribution = attribution;
      model.phase = "done";
      // edited meanwhile: the marks cannot be placed, the summary says so
      if (!runOf(view.state, id)?.stale) this.#mark(id, model);
    } catch (problem) {
      model.problem = problem;
      model.phase = "failed";
    }
    this.changed();
    return model;
  }

  /** After an edit: which runs are gone, and which are about an older text. True: show anew. */
  edited() {
    let news = false;
    const runs = new Map(this.editor.runs().map((run) => [run.id, run]));
    for (const [id, model] of this.models) {
      const run = runs.get(id);
      if (!run && model.text && model.phase !== "failed" && !(id === this.current && this.busy)) {
        this.models.delete(id);
        if (this.current === id) this.current = [...this.models.keys()].pop() ?? null;
        news = true;
      } else if (run?.stale && !model.stale) {
        model.stale = true;
        news = true;
      }
    }
    return news;
  }

  /** Shows another run. */
  select(id) {
    if (!this.models.has(id) || this.current === id || this.busy) return;
    this.current = id;
    this.changed();
  }

  clear() {
    this.stop();
    clearRuns(this.editor.view);
    this.models.clear();
    this.current = null;
    this.notes = [];
    this.changed();
  }

  /** Tokens, speed and why it ended, of the last generation. */
  figures() {
    const { usage, started, first, finished } = this;
    return {
      tokens: usage?.completion_tokens ?? null,
      seconds: finished && started ? (finished - (first ?? started)) / 1000 : null,
    };
  }
}
