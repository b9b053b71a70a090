// Chat: the conversation on the left, the provenance of one answer on the right.
import { h, replace, set } from "../dom.js";
import { button } from "../components/button.js";
import { isUnfinished, keptCheck, textCheck } from "../attribution/text_check.js";
import { asProblem } from "../client.js";
import { errorState } from "../components/states.js";
import { toast } from "../components/toast.js";
import { generate } from "../generate/generation.js";
import { ProvenancePanel } from "../attribution/panel.js";
import { remembered } from "../shell/remembered.js";
import { splitPane } from "../playground/split_pane.js";
import { Answer, userMessage } from "./message.js";

/** @typedef {import("../attribution/text_check.js").TextCheck} TextCheck */
/** @typedef {{ role: "user" | "assistant", content: string, answer?: Answer }} Turn */
/** @typedef {Omit<Turn, "answer"> & { name?: string, check?: TextCheck }} KeptTurn */

const NEAR = 80; // pixels from the end within which the log follows what is written

let lastId = 0;

export class Chat {
  /** @type {Turn[]} */
  turns = [];
  /** The answer that the panel is about. @type {Answer | null} */
  shown = null;
  /** Of the generation in progress. @type {AbortController | null} */
  controller = null;
  /** The answer in progress. @type {Answer | null} */
  #growing = null;
  #following = false; // whether the log scrolls along with what is written
  #top = 0; // scrollTop at the last scroll event
  #grown = new ResizeObserver(() => {
    if (this.#following) this.log.scrollTop = this.log.scrollHeight;
  });

  /**
   * @param {object} options
   * @param {import("../shell/router.js").ViewContext} options.ctx
   * @param {import("../playground/controls.js").Controls} options.controls
   * @param {(busy: boolean) => void} options.onBusy
   * @param {(text: string, language: string) => void} options.onEdit is called to edit code in the playground
   */
  constructor({ ctx, controls, onBusy, onEdit }) {
    this.ctx = ctx;
    this.controls = controls;
    this.onBusy = onBusy;
    this.onEdit = onEdit;
    this.log = h("div.log", {
      role: "log",
      "aria-label": "Conversation",
      tabindex: "0",
      on: { scroll: () => this.#scrolled() },
    });
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
      this.input,
      h(
        "div.row.between",
        h("div.row", h("span.tiny.faint", "Enter sends, Shift+Enter starts a line"), this.reset),
        this.slot,
      ),
    );
    this.panel = new ProvenancePanel({
      api: ctx.api,
      announce: ctx.announce,
      mine: "Answer",
      subject: "answer",
      idle: h("div"),
      language: () => this.shown?.parts.find(({ block }) => block)?.block?.language ?? controls.language,
      on: {
        active: (source) => this.shown?.activate(source),
        jump: (source) => this.#jump(source),
        listed: () => this.shown?.render(),
        again: () => this.shown && this.#judge(this.shown),
        retry: () => this.#retry(),
      },
    });
    this.node = splitPane(h("section.chat-pane", { "aria-label": "Chat" }, this.log, composer), this.panel.node);
    this.#hint();
    const last = remembered("chat", ctx.signal, (withResults) => this.#kept(withResults));
    if (last) this.#restore(last);
    if (!this.turns.length) this.panel.invite();
  }

  /** The conversation, for #restore(). @param {boolean} withResults */
  #kept(withResults) {
    /** @type {Turn[]} */
    const turns = [...this.turns];
    const growing = this.#growing;
    if (growing?.check.text) turns.push({ role: "assistant", content: growing.check.text, answer: growing });
    const shown = turns.findIndex(({ answer }) => answer && answer === this.shown);
    const kept = turns.map(({ role, content, answer }) => {
      if (!answer) return { role, content };
      const check = {
        ...keptCheck(answer.check, withResults),
        phase: answer === growing ? "stopped" : answer.check.phase,
      };
      return { role, content, name: answer.name, check };
    });
    return { turns: /** @type {KeptTurn[]} */ (kept), shown, draft: this.input.value };
  }

  /** @param {{ turns: KeptTurn[], shown: number, draft: string }} kept */
  #restore({ turns, shown, draft }) {
    this.input.value = draft;
    if (!turns.length) return;
    replace(this.log);
    set(this.reset, { hidden: false });
    for (const { role, content, name, check } of turns) {
      const answer = check && this.#newAnswer(name ?? "", check);
      this.turns.push({ role, content, answer });
      this.log.append(answer?.node ?? userMessage(content));
      answer?.render();
    }
    const answer = this.turns[shown]?.answer ?? this.turns.at(-1)?.answer;
    if (!answer) return;
    this.#show(answer);
    if (isUnfinished(answer.check)) this.#judge(answer);
    this.#follow();
  }

  /** What the panel shows before there is an answer. @param {HTMLElement} node */
  idle(node) {
    this.panel.idle = node;
    if (!this.shown) this.panel.render();
  }

  /** @param {string} text */
  draft(text) {
    this.input.value = text;
    this.#fit();
  }

  /** @param {import("../playground/models.js").Model} model */
  async run(model) {
    const content = this.input.value.trim();
    if (!content) {
      this.input.focus();
      return toast("Write a message first");
    }
    this.draft("");
    this.panel.toggle(false);
    if (!this.turns.length) replace(this.log);
    this.turns.push({ role: "user", content });
    this.log.append(userMessage(content));
    await this.#answer(model);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    if (scrollTop < this.#top) this.#following = false;
    else if (scrollHeight - scrollTop - clientHeight < NEAR) this.#following = true;
    this.#top = scrollTop;
  }

  /** Scrolls to the end, and along with what is written until the reader scrolls up. */
  #follow() {
    this.#following = true;
    this.log.scrollTop = this.log.scrollHeight;
    // blocks of code get their height some frames after their text
    for (const node of this.log.children) this.#grown.observe(node);
  }

  /** @param {import("../playground/models.js").Model} model */
  async #answer(model) {
    const check = textCheck({ phase: "writing", language: this.controls.language });
    const answer = this.#newAnswer(model.id, check);
    const controller = new AbortController();
    const { signal } = controller;
    this.controller = controller;
    this.#growing = answer;
    this.onBusy(true);
    set(this.reset, { hidden: false });
    this.log.append(answer.node);
    this.#follow();
    this.#show(answer);
    let frame = 0;
    const draw = () => {
      frame = 0;
      answer.render();
    };
    let finalKnown = false;
    try {
      const outcome = await generate(this.ctx.api, {
        path: "/v1/chat/completions",
        body: {
          model: model.id,
          language: this.controls.language,
          messages: this.#messages(),
          ...this.controls.parameters.body(),
        },
        signal,
        on: {
          text: (piece) => {
            check.text += piece;
            frame ||= requestAnimationFrame(draw);
          },
          attribution: (attribution, final) => {
            Object.assign(check, { attribution, final });
            draw();
            if (this.shown === answer) this.panel.show(check);
          },
          notes: (sentences) => answer.node.append(h("p.note", sentences.join(" "))),
        },
      });
      check.problem = outcome.problem;
      finalKnown = outcome.final;
    } catch (error) {
      if (!signal.aborted) check.problem = asProblem(error);
    }
    cancelAnimationFrame(frame);
    this.#growing = null;
    check.phase = signal.aborted ? "stopped" : check.problem && !check.text ? "failed" : "done";
    if (check.text) this.turns.push({ role: "assistant", content: check.text, answer });
    else this.#removeEmpty(answer);
    if (check.text && !finalKnown) await this.#judge(answer);
    check.final = true;
    draw();
    this.panel.show(check);
    if (check.phase === "stopped") answer.node.append(h("p.tiny.faint", "Stopped."));
    this.controller = null;
    this.onBusy(false);
    this.input.focus();
  }

  /** @param {string} name of the model @param {TextCheck} check */
  #newAnswer(name, check) {
    lastId += 1;
    check.key = `chat-${lastId}`;
    const answer = new Answer({
      check,
      name,
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
    return answer;
  }

  #messages() {
    return this.turns.map(({ role, content }) => ({ role, content }));
  }

  /** Takes back an answer without text, and the message to it. @param {Answer} answer */
  #removeEmpty(answer) {
    answer.node.remove();
    this.draft(this.turns.pop()?.content ?? "");
    this.log.lastElementChild?.remove();
    const { problem } = answer.check;
    if (problem) this.log.append(errorState(problem, { level: 3, retry: () => this.#retry() }));
    else if (!this.turns.length) this.#hint();
  }

  async #retry() {
    this.log.querySelector(":scope > .state")?.remove();
    const model = await this.controls.ready();
    if (model && !this.controller) await this.run(model);
  }

  /** Checks the text of an answer. @param {Answer} answer */
  async #judge(answer) {
    const { check } = answer;
    const { phase, text, language } = check;
    check.phase = "checking";
    this.panel.show(check);
    try {
      check.attribution = await this.ctx.api.post("/api/v1/attributions", { code: text, language });
    } catch (error) {
      Object.assign(check, { problem: asProblem(error), attribution: null });
    }
    check.phase = phase === "checking" ? "done" : phase;
    check.final = true;
    answer.render();
    this.panel.show(check);
  }

  /** @param {Answer} answer */
  #show(answer) {
    if (this.shown !== answer) this.shown?.activate(null);
    this.shown = answer;
    for (const node of this.log.querySelectorAll(".answer")) node.classList.toggle("shown", node === answer.node);
    this.panel.show(answer.check);
  }

  /** @param {number} source */
  #jump(source) {
    this.panel.toggle(false);
    this.shown?.reveal(source);
  }

  /** @param {KeyboardEvent} event */
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
      h("div.state", h("p", "Ask for code. The code in an answer is marked where it matches indexed code.")),
    );
  }

  #clear() {
    this.stop();
    for (const { answer } of this.turns) answer?.destroy();
    this.turns = [];
    this.shown = null;
    set(this.reset, { hidden: true });
    this.#hint();
    this.panel.show(textCheck({}));
    this.input.focus();
  }

  stop() {
    this.controller?.abort();
  }

  destroy() {
    this.stop();
    this.#grown.disconnect();
    for (const { answer } of this.turns) answer?.destroy();
  }
}
