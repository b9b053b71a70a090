// One turn of the conversation. An answer's parts grow as it streams in, and are marked.
import { h, replace } from "../dom.js";
import { plural } from "../format.js";
import { labelBadge } from "../components/badge.js";
import { spansOf } from "../attribution/spans.js";
import { normalized } from "../attribution/offsets.js";
import { CodeBlock } from "./block.js";
import { prose } from "./prose.js";
import { segmentsOf } from "./segments.js";

/** @param {string} text */
export function userMessage(text) {
  return h("article.message.user", { "aria-label": "You" }, h("div.who", "You"), h("div.prose", text));
}

/** @typedef {import("../attribution/spans.js").TextSpan} TextSpan */
/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {{ type: Segment["type"], segment: Segment, node: HTMLElement, block: CodeBlock | null }} Part */
/** @typedef {import("./block.js").BlockListeners & { select: () => void }} AnswerListeners */

export class Answer {
  /** @type {Part[]} */
  parts = [];
  /** The source whose marks stand out. @type {number | null} */
  active = null;

  /**
   * @param {object} options
   * @param {import("../attribution/text_check.js").TextCheck} options.check
   * @param {string} options.name of the model
   * @param {() => string} options.fallback the language of a block that names none
   * @param {string} [options.nonce]
   * @param {AnswerListeners} options.on
   */
  constructor({ check, name, fallback, nonce, on }) {
    this.check = check;
    this.name = name;
    this.fallback = fallback;
    this.nonce = nonce;
    this.on = on;
    this.verdict = h("button.verdict", { type: "button", hidden: true, on: { click: () => on.select() } });
    this.body = h("div.parts");
    this.node = h("article.message.answer", { "aria-label": name }, h("div.who", name, this.verdict), this.body);
  }

  render() {
    const text = normalized(this.check.text);
    const done = this.check.phase !== "writing";
    const segments = segmentsOf(text, { done });
    const spans = spansOf(this.check.attribution, this.check.text);
    segments.forEach((segment, at) => {
      this.#update(at, segment, text, spans);
    });
    for (const { node, block } of this.parts.splice(segments.length)) {
      block?.destroy();
      node.remove();
    }
    const { attribution, final } = this.check;
    this.verdict.hidden = !(attribution && final);
    if (attribution && final) {
      const found = attribution.sources_total ?? attribution.sources.length;
      replace(this.verdict, labelBadge(attribution.label), found ? plural(found, "source") : "");
      this.verdict.title = "Show the provenance of this answer";
    }
  }

  /** Makes or updates a part of the answer. @param {number} at @param {Segment} segment @param {string} text @param {TextSpan[]} spans */
  #update(at, segment, text, spans) {
    let part = this.parts[at];
    if (!part || part.type !== segment.type || part.segment.from !== segment.from) {
      // a text that proves to be code, or the other way round
      const fresh = this.#create(segment, text);
      if (part) {
        part.block?.destroy();
        part.node.replaceWith(fresh.node);
      } else this.body.append(fresh.node);
      part = fresh;
      this.parts[at] = fresh;
    }
    part.segment = segment;
    const content = text.slice(segment.from, segment.to);
    if (part.block) {
      part.block.grow(content);
      part.block.mark(spans, segment.from);
    } else {
      const inside = spans
        .filter(({ from, to }) => from < segment.to && to > segment.from)
        .map((span) => ({
          ...span,
          from: Math.max(span.from, segment.from) - segment.from,
          to: Math.min(span.to, segment.to) - segment.from,
        }));
      const { active, on } = this;
      const node = prose(content.replace(/^\n+|\n+$/g, ""), shifted(inside, content), { active, on });
      part.node.replaceWith(node);
      part.node = node;
    }
  }

  /** @param {Segment} segment @param {string} text @returns {Part} */
  #create(segment, text) {
    if (segment.type === "text") return { type: "text", segment, node: h("div.prose"), block: null };
    const block = new CodeBlock({
      key: this.check.key ?? "",
      info: segment.info ?? "",
      fallback: this.fallback(),
      nonce: this.nonce,
      firstLine: text.slice(0, segment.from).split("\n").length,
      on: this.on,
    });
    return { type: "code", segment, node: block.node, block };
  }

  /** @param {number | null} source */
  activate(source) {
    if (this.active === source) return;
    this.active = source;
    for (const { block } of this.parts) block?.activate(source);
    if (this.parts.some(({ block }) => !block)) this.render();
  }

  /** Brings the first mark of a source into sight. @param {number} source */
  reveal(source) {
    this.parts.some(({ block }) => block?.reveal(source));
  }

  destroy() {
    for (const { block } of this.parts) block?.destroy();
  }
}

/** The spans when the empty lines at the start are removed. @param {TextSpan[]} spans @param {string} content */
function shifted(spans, content) {
  const cut = content.search(/[^\n]|$/);
  return spans
    .map((span) => ({ ...span, from: Math.max(0, span.from - cut), to: span.to - cut }))
    .filter(({ from, to }) => to > from);
}
