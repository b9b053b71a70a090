// The panel beside the code: the verdict, what it was checked against, and the source cards.
import { h, replace, set } from "../dom.js";
import { icon } from "../icons.js";
import { button } from "../components/button.js";
import { menuButton } from "../components/popover.js";
import { emptyState, errorState, skeleton } from "../components/states.js";
import { sentence } from "../components/sentence.js";
import { copyText } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { fileName } from "../code/languages.js";
import { openSource } from "./compare.js";
import { roving, sourceCard } from "./cards.js";
import { againstOf, verdictOf } from "./verdict.js";
import { asJson, asMarkdown, download } from "./report.js";
import { noticeOf } from "./citation.js";
import { toFragment } from "./fragment.js";
import { strip } from "./strip.js";

const FIRST = 12; // cards shown before "more" is asked for
const SPEAK = 1500; // milliseconds between sentences to a screen reader while text is written

/**
 * idle: Node for when there is nothing yet. on: {active(source|null), jump(source), again(),
 * retry()}. language(): of citations. mine: heading of the text in the side-by-side view.
 */
export class ProvenancePanel {
  constructor({ api, announce, idle, on, language, mine, subject }) {
    Object.assign(this, { api, announce, idle, on, language, mine, subject });
    this.model = { phase: "empty", attribution: null };
    this.cards = [];
    this.all = false;
    this.said = { text: "", at: 0 };
    this.summary = h("div.prov-summary");
    this.list = h("div.prov-list");
    this.rove = roving(this.list);
    this.handle = h("button.sheet-handle", {
      type: "button",
      "aria-expanded": "false",
      "aria-label": "Sources",
      on: { click: () => this.toggle() },
    });
    this.node = h("aside.prov", { "aria-label": "Provenance" }, this.handle, this.summary, this.list);
    this.render();
  }

  /** On a phone the panel is a sheet at the foot of the page. */
  toggle(open = !this.node.classList.contains("open")) {
    this.node.classList.toggle("open", open);
    this.handle.setAttribute("aria-expanded", String(open));
  }

  /** Opens the sheet on a phone, where what is in it is the way to begin. */
  invite() {
    if (matchMedia("(max-width: 860px)").matches) this.toggle(true);
  }

  /** model: see verdict.js; also {text, language, name, firstLine, key: the run}. */
  show(model) {
    if (model.key !== this.model.key) this.all = false;
    this.model = model;
    this.render();
  }

  render() {
    const verdict = verdictOf({ ...this.model, subject: this.subject });
    this.node.classList.toggle("idle", this.model.phase === "empty");
    this.#summary(verdict);
    this.#cards(verdict);
    this.#speak(verdict);
  }

  #summary(verdict) {
    const { attribution, phase, text } = this.model;
    const done = attribution && phase !== "writing" && phase !== "checking";
    replace(
      this.summary,
      h(
        "div.prov-verdict",
        null,
        h(
          "h2",
          { class: `tone-${verdict.tone}` },
          verdict.busy ? h("span.spinner", { "aria-hidden": "true" }) : verdict.icon && icon(verdict.icon),
          verdict.title,
        ),
        done && this.#tools(),
      ),
      verdict.reason && !(verdict.failed && !attribution) && h("p.prov-reason", null, sentence(verdict.reason)),
      attribution && text ? strip(attribution, text) : null,
      verdict.notes.map(({ text: words, tone, action }) =>
        h(
          "div.note",
          { class: tone },
          icon(tone === "neutral" ? "info" : "warning"),
          h("span.grow", null, sentence(words)),
          action && button("Check again", { small: true, icon: "refresh", on: this.on.again }),
        ),
      ),
      attribution && h("p.prov-against", null, againstOf(attribution)),
    );
    const { sources = [] } = attribution ?? {};
    replace(
      this.handle,
      h("span.grip", { "aria-hidden": "true" }),
      h("span.truncate", null, verdict.title),
      sources.length ? h("span.badge", null, `${sources.length} source${sources.length === 1 ? "" : "s"}`) : null,
      icon("chevron"),
    );
  }

  #tools() {
    return h(
      "div.tools",
      null,
      button("Copy a link to this result", {
        icon: "link",
        iconOnly: true,
        small: true,
        kind: "quiet",
        on: () => this.#link(),
      }),
      menuButton("Export", {
        icon: "download",
        iconOnly: true,
        small: true,
        kind: "quiet",
        items: () => this.#exports(),
      }),
    );
  }

  #exports() {
    const { attribution, text, language } = this.model;
    const stem = "provenance";
    return [
      {
        label: "Markdown report",
        icon: "file",
        on: () => download(`${stem}.md`, asMarkdown(this.model), "text/markdown"),
      },
      { label: "JSON", icon: "download", on: () => download(`${stem}.json`, asJson(this.model), "application/json") },
      { label: "The code", icon: "download", on: () => download(fileName("code", language), text, "text/plain") },
      attribution.sources.length > 0 && {
        label: "Copy NOTICE of all sources",
        icon: "copy",
        on: async () =>
          toast((await copyText(noticeOf(attribution.sources))) ? "NOTICE copied" : "The browser refused to copy"),
      },
    ];
  }

  async #link() {
    const { text, language, name } = this.model;
    const fragment = await toFragment({ code: text, language, name });
    if (fragment === null) return toast("Too long for a link: export it instead", { tone: "bad" });
    if (await copyText(new URL(`/check${fragment}`, location.href).href))
      toast("Link copied. The code is in the link, nothing is stored.");
    else toast("The browser refused to copy", { tone: "bad" });
  }

  #cards(verdict) {
    const { attribution, phase, problem } = this.model;
    const sources = attribution?.sources ?? [];
    if (!sources.length) {
      this.cards = [];
      replace(this.list, this.#nothing(verdict, phase, problem, attribution));
      return;
    }
    const focused = this.cards.findIndex(({ node }) => node === document.activeElement);
    const shown = this.all ? sources : sources.slice(0, FIRST);
    const before = this.cards;
    this.cards = shown.map((source, index) => {
      const same = before[index];
      const fingerprint = JSON.stringify([source, this.model.phase === "writing"]);
      return same?.fingerprint === fingerprint ? same : { fingerprint, node: this.#card(source, index) };
    });
    const more = sources.length - shown.length;
    // cards that did not change stay in place, so that nothing flickers while text is written
    const wanted = this.cards.map(({ node }) => node);
    if (more > 0)
      wanted.push(
        button(`Show ${more} more`, {
          class: "more",
          on: () => {
            this.all = true;
            this.render();
          },
        }),
      );
    if (wanted.length !== this.list.children.length || wanted.some((node, at) => this.list.children[at] !== node)) {
      this.list.replaceChildren(...wanted);
      if (focused >= 0) this.cards[focused]?.node.focus();
    }
    this.rove();
  }

  #card(source, index) {
    return sourceCard(source, {
      language: this.language,
      firstLine: this.model.firstLine ?? 1,
      growing: this.model.phase === "writing",
      on: {
        enter: () => this.on.active(index),
        leave: () => this.on.active(null),
        jump: () => this.on.jump(index),
        open: () => this.open(index),
      },
    });
  }

  #nothing(verdict, phase, problem, attribution) {
    if (phase === "checking" || phase === "writing") return h("div.quiet-wait", null, skeleton(3));
    if (problem && !attribution) return errorState(problem, { retry: this.on.retry, level: 3 });
    if (!attribution) return this.idle;
    if (verdict.failed) {
      return emptyState({
        title: "Nothing is known of this text",
        text: "It was not checked: that is no sign of absence.",
        icon: "error",
        tone: "bad",
        level: 3,
        actions: [button("Check again", { icon: "refresh", on: this.on.again })],
      });
    }
    if (attribution.status === "not_checked") {
      return emptyState({
        title: "Not judged",
        text: "A few tokens stand everywhere. Longer code can be traced.",
        icon: "info",
        level: 3,
      });
    }
    if (attribution.label === "common") {
      return emptyState({
        title: "Common code",
        text: "Boilerplate or an idiom that stands in many places. No one source can be named, and it is dimmed in the editor.",
        icon: "info",
        level: 3,
      });
    }
    return emptyState({
      title: "No source in this index",
      text: "That is no proof of origin: only what the index holds, at its date, can be found.",
      icon: "check",
      tone: "good",
      level: 3,
    });
  }

  /** Marks the cards of a source (null: none), and brings it into sight when asked. */
  highlight(index, { reveal = false, focus = false } = {}) {
    this.cards.forEach(({ node }, at) => node.classList.toggle("active", at === index));
    const node = this.cards[index]?.node;
    if (!node) return;
    if (focus) {
      this.toggle(true);
      set(node, { tabindex: "0" });
      node.focus({ preventScroll: true });
    }
    if (reveal) node.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  open(index) {
    const { attribution, text, firstLine } = this.model;
    const source = attribution.sources[index];
    openSource({ api: this.api, source, text, firstLine, language: this.language(), mine: this.mine });
  }

  #speak({ title, reason, busy }) {
    const { attribution, phase } = this.model;
    if (phase === "empty") return;
    const found = attribution?.sources.length ?? 0;
    const sentence = busy ? `${title}. ${found ? `${found} sources so far.` : ""}` : `${title}. ${reason}`;
    const now = Date.now();
    if (sentence === this.said.text || (busy && now - this.said.at < SPEAK)) return;
    this.said = { text: sentence, at: now };
    this.announce(sentence);
  }
}
