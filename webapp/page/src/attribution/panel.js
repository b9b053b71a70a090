// The panel beside the code: the verdict, what it was checked against, and the source cards.
import { at } from "../address.js";
import { asProblem } from "../client.js";
import { button } from "../components/button.js";
import { copyAndSay } from "../components/copy.js";
import { menuButton } from "../components/popover.js";
import { sentence } from "../components/sentence.js";
import { emptyState, errorState, skeleton } from "../components/states.js";
import { toast } from "../components/toast.js";
import { fileName } from "../code/languages.js";
import { h, replace, set } from "../dom.js";
import { plural } from "../format.js";
import { icon } from "../icons.js";
import { roving, sourceCard } from "./cards.js";
import { noticeOf } from "./citation.js";
import { openSource } from "./compare.js";
import { toFragment } from "./fragment.js";
import { asJson, asMarkdown, download } from "./report.js";
import { allSources, byProject, sourcesInWords } from "./sources.js";
import { strip } from "./strip.js";
import { textCheck } from "./text_check.js";
import { againstOf, verdictOf } from "./verdict.js";

/** @typedef {import("./text_check.js").TextCheck} TextCheck */
/** @typedef {import("./verdict.js").Verdict} Verdict */
/**
 * @typedef {object} PanelOptions
 * @property {import("../client.js").Client} api
 * @property {(sentence: string) => void} announce has a screen reader say a sentence
 * @property {HTMLElement} idle what is shown before there is a check
 * @property {() => string | null} language of the citation comments
 * @property {string} mine heading of the text beside a source
 * @property {string} subject the word for the text: "code", "answer"
 * @property {object} on
 * @property {(source: number | null) => void} on.active a card was pointed at
 * @property {(source: number) => void} on.jump the lines of a source are to be shown
 * @property {(check: TextCheck) => void} on.listed a check lists all of its sources now
 * @property {() => void} on.again the text is to be checked again
 * @property {() => void} on.retry what failed is to be tried again
 */

/** How many sources an answer has. @param {Api.Attribution | null} attribution */
const totalOf = (attribution) => attribution?.sources_total ?? attribution?.sources.length ?? 0;

const FIRST = 12; // cards shown before "Show more"
const SPEAK = 1500; // milliseconds between sentences to a screen reader while text is written

export class ProvenancePanel {
  /** @type {{ fingerprint: string, node: HTMLElement }[]} */
  #cards = [];
  #all = false; // whether all cards are shown
  #said = { text: "", at: 0 };

  /** @param {PanelOptions} options */
  constructor(options) {
    this.options = options;
    this.idle = options.idle;
    this.check = textCheck({});
    this.summary = h("div.prov-summary");
    this.list = h("div.prov-list");
    this.cardsChanged = roving(this.list);
    this.handle = h("button.sheet-handle", {
      type: "button",
      "aria-expanded": "false",
      "aria-label": "Sources",
      on: { click: () => this.toggle() },
    });
    this.node = h("aside.prov", { "aria-label": "Provenance" }, this.handle, this.summary, this.list);
    this.render();
  }

  /** Opens or closes the panel on a phone, where it is a sheet at the foot of the page. */
  toggle(open = !this.node.classList.contains("open")) {
    this.node.classList.toggle("open", open);
    this.handle.setAttribute("aria-expanded", String(open));
  }

  /** Opens the sheet on a phone, because what is in it is the way to start. */
  invite() {
    if (matchMedia("(max-width: 860px)").matches) this.toggle(true);
  }

  /** @param {TextCheck} check */
  show(check) {
    if (check.key !== this.check.key) this.#all = false;
    this.check = check;
    this.render();
  }

  render() {
    const verdict = verdictOf(this.check, this.options.subject);
    this.node.classList.toggle("idle", this.check.phase === "empty");
    this.#showSummary(verdict);
    this.#showCards(verdict);
    this.#speak(verdict);
  }

  /** @param {Verdict} verdict */
  #showSummary({ title, tone, icon: name, busy, reason, failed, notes }) {
    const { attribution, text } = this.check;
    const again = () => button("Check again", { small: true, icon: "refresh", on: this.options.on.again });
    replace(
      this.summary,
      h(
        "div.prov-verdict",
        h(
          "h2",
          { class: `tone-${tone}` },
          busy ? h("span.spinner", { "aria-hidden": "true" }) : name && icon(name),
          title,
        ),
        attribution && !busy && this.#tools(attribution),
      ),
      reason && !(failed && !attribution) && h("p.prov-reason", sentence(reason)),
      attribution && text ? strip(attribution, text) : null,
      totalOf(attribution) > 1 && attribution && h("p.prov-reason", `${sourcesInWords(attribution)}.`),
      notes.map(({ text: words, tone: noteTone, action }) =>
        h(
          "div.note",
          { class: noteTone },
          icon(noteTone === "neutral" ? "info" : "warning"),
          h("span.grow", sentence(words)),
          action && again(),
        ),
      ),
      attribution && h("p.prov-against", againstOf(attribution)),
    );
    const found = totalOf(attribution);
    replace(
      this.handle,
      h("span.grip", { "aria-hidden": "true" }),
      h("span.truncate", title),
      found > 0 && h("span.badge", plural(found, "source")),
      icon("chevron"),
    );
  }

  /** @param {Api.Attribution} attribution */
  #tools(attribution) {
    const look = { iconOnly: true, small: true, kind: "quiet" };
    const { text, language, name, stale } = this.check;
    const result = { attribution, text, language, name, stale };
    return h(
      "div.tools",
      button("Copy a link to this result", { icon: "link", ...look, on: () => this.#copyLink() }),
      menuButton("Export", { icon: "download", ...look }, () => [
        {
          label: "Markdown report",
          icon: "file",
          on: () => download("provenance.md", asMarkdown(result), "text/markdown"),
        },
        {
          label: "JSON",
          icon: "download",
          on: () => download("provenance.json", asJson(result), "application/json"),
        },
        { label: "The code", icon: "download", on: () => download(fileName("code", language), text, "text/plain") },
        ...(attribution.sources.length
          ? [
              {
                label: "Copy NOTICE of all sources",
                icon: "copy",
                on: () => copyAndSay(noticeOf(attribution.sources), "NOTICE copied"),
              },
            ]
          : []),
      ]),
    );
  }

  async #copyLink() {
    const { text, language, name } = this.check;
    const fragment = await toFragment({ code: text, language, name });
    if (fragment === null) return toast("Too long for a link: export it instead", { tone: "bad" });
    const link = new URL(at(`/check${fragment}`), location.href).href;
    return copyAndSay(link, "Link copied. The code is in the link, nothing is stored.");
  }

  /** @param {Verdict} verdict */
  #showCards(verdict) {
    const sources = this.check.attribution?.sources ?? [];
    if (!sources.length) {
      this.#cards = [];
      replace(this.list, this.#nothing(verdict));
      return;
    }
    const focused = this.#cards.findIndex(({ node }) => node === document.activeElement);
    const shown = this.#all ? sources : sources.slice(0, FIRST);
    const before = this.#cards;
    this.#cards = shown.map((source, at) => {
      const fingerprint = JSON.stringify([source, this.check.phase === "writing"]);
      const same = before[at]?.fingerprint === fingerprint;
      return same ? before[at] : { fingerprint, node: this.#card(source, at) };
    });
    // cards that did not change stay in place, so that nothing flickers while text is written
    const groups = byProject(shown);
    /** @type {Element[]} */
    const wanted = groups.flatMap(({ project, at }) => [
      ...(groups.length < shown.length && at.length > 1 ? [this.#heading(project, at.length)] : []),
      ...at.map((position) => this.#cards[position].node),
    ]);
    const total = Math.max(totalOf(this.check.attribution), sources.length);
    if (total > shown.length && this.check.phase !== "writing") {
      const text = `${shown.length} of ${plural(total, "source")}: show all`;
      wanted.push(button(text, { class: "more", on: () => this.#showAll() }));
    }
    if (wanted.length !== this.list.children.length || wanted.some((node, at) => this.list.children[at] !== node)) {
      this.list.replaceChildren(...wanted);
      if (focused >= 0) this.#cards[focused]?.node.focus();
    }
    this.cardsChanged();
  }

  async #showAll() {
    const { check } = this;
    const { attribution, text: code, language, name, index } = check;
    if (attribution && attribution.sources.length < totalOf(attribution)) {
      try {
        check.attribution = await allSources(this.options.api, { code, language, name, index });
      } catch (error) {
        return toast(asProblem(error).message, { tone: "bad" });
      }
      this.options.on.listed(check);
    }
    this.#all = true;
    if (check === this.check) this.render();
  }

  /** The heading of a project's cards; one that stays the same stays in place. @param {string} project @param {number} number */
  #heading(project, number) {
    const text = `${project}: ${plural(number, "source")}`;
    const known = [...this.list.children].find((node) => node.tagName === "H3" && node.textContent === text);
    return known ?? h("h3.project", text);
  }

  /** @param {Api.Source} source @param {number} at */
  #card(source, at) {
    const { on, language } = this.options;
    return sourceCard(source, {
      language,
      firstLine: this.check.firstLine,
      growing: this.check.phase === "writing",
      on: {
        enter: () => on.active(at),
        leave: () => on.active(null),
        jump: () => on.jump(at),
        open: () => this.#open(source),
      },
    });
  }

  /** What is shown instead of cards. @param {Verdict} verdict */
  #nothing({ failed }) {
    const { phase, problem, attribution } = this.check;
    const { retry, again } = this.options.on;
    if (phase === "checking" || phase === "writing") return h("div.quiet-wait", skeleton(3));
    if (problem && !attribution) return errorState(problem, { retry, level: 3 });
    if (!attribution) return this.idle;
    if (failed) {
      return emptyState({
        title: "Nothing is known about this text",
        text: "It was not checked, which does not mean that it has no source.",
        icon: "error",
        tone: "bad",
        level: 3,
        actions: [button("Check again", { icon: "refresh", on: again })],
      });
    }
    if (attribution.status === "not_checked") {
      const text = "So few tokens appear in many files. Longer code can be traced.";
      return emptyState({ title: "Not judged", text, icon: "info", level: 3 });
    }
    if (attribution.label === "common") {
      const text =
        "Boilerplate or an idiom that many files share. No single source can be named, and the editor dims it.";
      return emptyState({ title: "Common code", text, icon: "info", level: 3 });
    }
    const text = "This does not prove that the code is original: only what the index holds, at its date, can be found.";
    return emptyState({ title: "No source in this index", text, icon: "check", tone: "good", level: 3 });
  }

  /**
   * Marks the card of a source (null: none), and brings it into sight when asked.
   * @param {number | null} source
   * @param {{ reveal?: boolean, focus?: boolean }} [options]
   */
  highlight(source, { reveal = false, focus = false } = {}) {
    this.#cards.forEach(({ node }, at) => {
      node.classList.toggle("active", at === source);
    });
    const node = source === null ? null : this.#cards[source]?.node;
    if (!node) return;
    if (focus) {
      this.toggle(true);
      set(node, { tabindex: "0" });
      node.focus({ preventScroll: true });
    }
    if (reveal) node.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** @param {Api.Source} source */
  #open(source) {
    const { api, language, mine } = this.options;
    const { text, firstLine } = this.check;
    openSource({ api, source, text, firstLine, language: language(), mine });
  }

  /** @param {Verdict} verdict */
  #speak({ title, reason, busy }) {
    if (this.check.phase === "empty") return;
    const found = totalOf(this.check.attribution);
    const progress = found ? `${plural(found, "source")} so far.` : "";
    const text = `${title}. ${busy ? progress : reason}`;
    const now = Date.now();
    if (text === this.#said.text || (busy && now - this.#said.at < SPEAK)) return;
    this.#said = { text, at: now };
    this.options.announce(text);
  }
}
