// Chat: the conversation left, the provenance of one answer right.
import { h, replace, set } from "../dom.js";
import { button } from "../components/button.js";
import { errorState } from "../components/states.js";
import { toast } from "../components/toast.js";
import { generate } from "../generate/generation.js";
import { ProvenancePanel } from "../attribution/panel.js";
import { splitPane } from "../playground/split_pane.js";
import { Answer, userMessage } from "./message.js";

let last = 0;

export class Chat {
  constructor({ ctx, controls, onBusy, onEdit }) {
    Object.assign(this, { ctx, controls, onBusy, onEdit });
    this.turns = []; // {role, content, answer?}
    this.shown = null; // the Answer that the panel is about
    this.controller = null;
    this.log = h("div.log", { role: "log", "aria-label": "Conversation", tabindex: "0" });
    this.input = h("textarea.input", {
      rows: 2,
      placeholder: "Ask for code",
      "aria-label": "Message",
      spellcheck: "false",
      on: { keydown: (event) => this.#key(event), input: () => this.#fit() },
    });
    this.slot = h("div.row"); // where the button that starts and stops goes
    this.reset = button("New conversation", {
      icon: "trash",
      small: true,
      kind: "quiet",
      hidden: true,
      on: () => this.#clear(),
    });
    const composer = h(
      "div.composer",
      null,
      this.input,
      h(
        "div.row.between",
        null,
        h("div.row", null, h("span.tiny.faint", null, "Enter sends, Shift+Enter starts a line"), this.reset),
        this.slot,
      ),
    );
    this.panel = new ProvenancePanel({
      api: ctx.api,
      announce: ctx.announce,
      mine: "Answer",
      subject: "answer",
      idle: h("div"),
      language: () => this.shown?.parts.find(({ block }) => block)?.block.language ?? controls.language,
      on: {
        active: (source) => this.shown?.activate(source),
        jump: (source) => this.#jump(source),
        again: () => this.shown && this.#judge(this.shown),
        retry: () => this.#retry(),
      },
    });
    this.node = splitPane(h("section.chat-pane", { "aria-label": "Chat" }, this.log, composer), this.panel.node);
    this.#hint();
    this.panel.invite();
  }

  idle(node) {
    this.panel.idle = node;
    if (!this.shown) this.panel.render();
  }

  draft(text) {
    this.input.value = text;
    this.#fit();
  }

  async run(model) {
    const content = this.input.value.trim();
    if (!content) {
      this.input.focus();
      return void toast("Write a message first");
    }
    this.draft("");
    this.panel.toggle(false);
    if (!this.turns.length) replace(this.log);
    this.turns.push({ role: "user", content });
    this.log.append(userMessage(content));
    await this.#answer(model);
  }

  async #answer(model) {
    last += 1;
    const state = {
      key: `chat-${last}`,
      phase: "writing",
      attribution: null,
      final: false,
      stale: false,
      problem: null,
      text: "",
      language: this.controls.language,
      name: null,
    };
    const answer = new Answer({
      model: state,
      name: model.id,
      fallback: () => this.controls.language,
      nonce: this.ctx.nonce,
      on: {
        point: (source) => {
          if (this.shown === answer) this.panel.highlight(source, { reveal: true });
          answer.activate(source);
        },
        pick: (source, focus = false) => {
          this.#show(answer);
          this.panel.highlight(source, { reveal: true, focus });
        },
        edit: (text, language) => this.onEdit(text, language),
        select: () => {
          this.#show(answer);
          this.panel.toggle(true);
        },
      },
    });
    this.controller = new AbortController();
    this.onBusy(true);
    set(this.reset, { hidden: false });
    this.log.append(answer.node);
    this.#show(answer);
    let frame = 0;
    const draw = () => {
      frame = 0;
      const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
      answer.render();
      if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    };
    let outcome = { final: false };
    try {
      outcome = await generate(this.ctx.api, {
        path: "/v1/chat/completions",
        body: {
          model: model.id,
          language: this.controls.language,
          messages: this.#messages(),
          ...this.controls.parameters.body(),
        },
        signal: this.controller.signal,
        tell: {
          text: (piece) => {
            state.text += piece;
            frame ||= requestAnimationFrame(draw);
          },
          attribution: (attribution, { final }) => {
            Object.assign(state, { attribution, final });
            draw();
            if (this.shown === answer) this.panel.show(state);
          },
          notes: (sentences) => answer.node.append(h("p.note", null, sentences.join(" "))),
        },
      });
      state.problem = outcome.failed;
    } catch (problem) {
      if (!this.controller.signal.aborted) state.problem = problem;
    }
    cancelAnimationFrame(frame);
    state.phase = this.controller.signal.aborted ? "stopped" : state.problem && !state.text ? "failed" : "done";
    if (state.text) this.turns.push({ role: "assistant", content: state.text, answer });
    else this.#empty(answer, state);
    if (state.text && !outcome.final) await this.#judge(answer);
    state.final = true;
    draw();
    this.panel.show(state);
    if (state.phase === "stopped") answer.node.append(h("p.tiny.faint", null, "Stopped."));
    this.controller = null;
    this.onBusy(false);
    this.input.focus();
  }

  #messages() {
    return this.turns.map(({ role, content }) => ({ role, content }));
  }

  #empty(answer, state) {
    answer.node.remove();
    const asked = this.turns.pop();
    this.draft(asked.content);
    this.log.lastElementChild?.remove();
    if (state.problem) this.log.append(errorState(state.problem, { level: 3, retry: () => this.#retry() }));
    else if (!this.turns.length) this.#hint();
  }

  async #retry() {
    this.log.querySelector(":scope > .state")?.remove();
    const model = await this.controls.ready();
    if (model && !this.controller) await this.run(model);
  }

  async #judge(answer) {
    const { model } = answer;
    const { phase } = model;
    model.phase = "checking";
    this.panel.show(model);
    try {
      model.attribution = await this.ctx.api.post("/api/v1/attributions", {
        code: model.text,
        language: model.language,
      });
    } catch (problem) {
      Object.assign(model, { problem, attribution: null });
    }
    model.phase = phase === "checking" ? "done" : phase;
    answer.render();
    this.panel.show(model);
  }

  #show(answer) {
    if (this.shown !== answer) this.shown?.activate(null);
    this.shown = answer;
    for (const node of this.log.querySelectorAll(".answer")) node.classList.toggle("shown", node === answer.node);
    this.panel.show(answer.model);
  }

  #jump(source) {
    this.panel.toggle(false);
    this.shown?.reveal(source);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.controls.on.run();
  }

  #fit() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight + 2, 220)}px`);
  }

  #hint() {
    replace(
      this.log,
      h(
        "div.state",
        null,
        h("p", null, "Ask for code. Each block of code in an answer is marked with where it stands already."),
      ),
    );
  }

  #clear() {
    this.stop();
    for (const { answer } of this.turns) answer?.destroy();
    this.turns = [];
    this.shown = null;
    set(this.reset, { hidden: true });
    this.#hint();
    this.panel.show({ phase: "empty", attribution: null, key: null });
    this.input.focus();
  }

  stop() {
    this.controller?.abort();
  }

  destroy() {
    this.stop();
    for (const { answer } of this.turns) answer?.destroy();
  }
}
