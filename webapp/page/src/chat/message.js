// One turn of the conversation. An answer's parts grow as it streams in, and are marked.
import { h, replace } from "../dom.js";
import { labelBadge } from "../components/badge.js";
import { spansOf } from "../attribution/spans.js";
import { normalized } from "../attribution/offsets.js";
import { CodeBlock } from "./block.js";
import { prose } from "./prose.js";
import { segmentsOf } from "./segments.js";

export function userMessage(text) {
  return h("article.message.user", { "aria-label": "You" }, h("div.who", null, "You"), h("div.prose", null, text));
}

export class Answer {
  /** model: what the panel shows of it; on: {point, pick, edit, select}. */
  constructor({ model, name, fallback, nonce, on }) {
    Object.assign(this, { model, fallback, nonce, on });
    this.parts = []; // [{type, segment, node, block}]
    this.verdict = h("button.verdict", { type: "button", hidden: true, on: { click: () => on.select() } });
    this.body = h("div.parts");
    this.node = h("article.message.answer", { "aria-label": name }, h("div.who", null, name, this.verdict), this.body);
  }

  render() {
    const text = normalized(this.model.text);
    const done = this.model.phase !== "writing";
    const segments = segmentsOf(text, { done });
    const spans = spansOf(this.model.attribution, this.model.text);
    segments.forEach((segment, index) => this.#part(index, segment, text, spans));
    for (const { node, block } of this.parts.splice(segments.length)) {
      block?.destroy();
      node.remove();
    }
    const { attribution, final } = this.model;
    this.verdict.hidden = !(attribution && final);
    if (attribution && final) {
      const found = attribution.sources.length;
      replace(this.verdict, labelBadge(attribution.label), found ? `${found} source${found === 1 ? "" : "s"}` : "");
      this.verdict.setAttribute("aria-label", "Show the provenance of this answer");
    }
  }

  #part(index, segment, text, spans) {
    let part = this.parts[index];
    if (!part || part.type !== segment.type || part.segment.from !== segment.from) {
      // a text that proves to be code, or the other way round
      const fresh = this.#create(segment, text);
      if (part) {
        part.block?.destroy();
        part.node.replaceWith(fresh.node);
      } else this.body.append(fresh.node);
      part = this.parts[index] = fresh;
    }
    part.segment = segment;
    const content = text.slice(segment.from, segment.to);
    if (part.block) {
      part.block.grow(content);
      part.block.mark(spans, segment.from);
    } else {
      const mine = spans
        .filter(({ from, to }) => from < segment.to && to > segment.from)
        .map((span) => ({
          ...span,
          from: Math.max(span.from, segment.from) - segment.from,
          to: Math.min(span.to, segment.to) - segment.from,
        }));
      const node = prose(
        content.replace(/^\n+|\n+$/g, (run, at) => (at === 0 ? run.replace(/\n/g, "") : "")),
        shifted(mine, content),
        { active: this.active, on: this.on },
      );
      part.node.replaceWith(node);
      part.node = node;
    }
  }

  #create(segment, text) {
    if (segment.type === "text") return { type: "text", segment, node: h("div.prose"), block: null };
    const block = new CodeBlock({
      key: this.model.key,
      info: segment.info,
      fallback: this.fallback(),
      nonce: this.nonce,
      firstLine: text.slice(0, segment.from).split("\n").length,
      on: this.on,
    });
    return { type: "code", segment, node: block.node, block };
  }

  activate(source) {
    if (this.active === source) return;
    this.active = source;
    for (const { block } of this.parts) block?.activate(source);
    if (this.parts.some(({ block }) => !block)) this.render();
  }

  reveal(source) {
    this.parts.some(({ block }) => block?.reveal(source));
  }

  destroy() {
    for (const { block } of this.parts) block?.destroy();
  }
}

/** The spans after the empty lines at the start are gone. */
function shifted(spans, content) {
  const cut = /^\n*/.exec(content)[0].length;
  return spans
    .map((span) => ({ ...span, from: Math.max(0, span.from - cut), to: span.to - cut }))
    .filter(({ from, to }) => to > from);
}
