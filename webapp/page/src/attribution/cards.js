// Source cards: where code is from, under which licence, how much of it, and how sure that is.
import { badge, kindBadge, licenseBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { externalLink } from "../components/link.js";
import { h, set } from "../dom.js";
import { count, plural, shortRevision, sure } from "../format.js";
import { icon } from "../icons.js";
import { citationComment } from "./citation.js";
import { amountInWords, citedLines, citedOccurrence, linesInWords, owedInWords } from "./cited.js";

/**
 * @param {Api.Source} source
 * @param {object} options
 * @param {() => string | null} options.language of the citation comment
 * @param {number} options.firstLine number of the text's first line in the editor
 * @param {boolean} options.growing whether the text is still being written
 * @param {{ enter: () => void, leave: () => void, open: () => void, jump: () => void }} options.on
 */
export function sourceCard(source, { language, firstLine, growing, on }) {
  const cited = citedOccurrence(source);
  const where = citedLines(source);
  const title = cited?.repository ?? source.document;
  const cite = copyButton(() => citationComment(source, language()), {
    label: "Cite",
    icon: "quote",
    said: "Citation comment copied",
    hint: "Copy a comment that credits this source",
  });
  /** @param {KeyboardEvent} event */
  const keydown = (event) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") on.open();
    else if (event.key === "c") cite.click();
    else return;
    event.preventDefault();
  };
  return h(
    "article.source",
    {
      class: `kind-${source.kind}`,
      tabindex: "-1",
      "aria-label": `${source.kind} match with ${title}`,
      on: { pointerenter: on.enter, pointerleave: on.leave, focusin: on.enter, focusout: on.leave, keydown },
    },
    h(
      "header",
      kindBadge(source.kind),
      cited && licenseBadge(cited.license),
      cited?.indexes && badge(cited.indexes.join(", "), { title: "Index that has it" }),
      cited?.vendored && badge("vendored", { title: "Known to be a copy of a third party's file" }),
      h(
        "span.sure",
        { title: "Calibrated probability that the text derives from this source" },
        `${sure(source.confidence ?? 0)} sure`,
      ),
    ),
    h("h4", cited?.url ? externalLink(cited.url, title) : title),
    cited &&
      h(
        "p.path",
        h("a", { href: documentLink(source) }, cited.path, where && `:${where.start_line}–${where.end_line}`),
      ),
    h("p.amount", amount(source, { firstLine, growing, jump: on.jump })),
    h("p.origin", originLine(source)),
    cited?.license.conflict && h("p.note.warn", icon("warning"), cited.license.conflict),
    h("p.origin", { title: "What the licence asks for" }, owedInWords(source)),
    h(
      "footer",
      button("Compare", {
        icon: "diff",
        small: true,
        kind: "quiet",
        on: on.open,
        hint: "Side by side with the source",
      }),
      cite,
      copyButton(source.notice, {
        label: "NOTICE",
        icon: "file",
        said: "NOTICE text copied",
        hint: "Copy a text for a NOTICE file",
      }),
      cited &&
        copyButton(cited.url ?? cited.swhid, {
          label: cited.url ? "Link" : "SWHID",
          icon: "link",
          said: cited.url ? "Permanent link copied" : "SWHID copied",
          hint: "Copy the permanent link",
        }),
    ),
  );
}

/**
 * How much: tokens, share, and the lines on this side; a click shows them in the editor.
 * @param {Api.Source} source
 * @param {{ firstLine: number, growing: boolean, jump: () => void }} options
 */
function amount(source, { firstLine, growing, jump }) {
  const [best, ...others] = source.matches;
  if (!best) return [];
  const { start_line: start, end_line: end } = best.snippet;
  const lines = linesInWords({ start_line: start + firstLine - 1, end_line: end + firstLine - 1 });
  return [
    // the share falls while the text grows, so only the last one is shown
    h("strong", growing ? `${plural(source.tokens ?? 0, "token")} so far` : amountInWords(source)),
    " · ",
    h("button.linkish", { type: "button", on: { click: jump }, title: "Show in the editor" }, lines),
    others.length > 0 && ` and ${plural(others.length, "more part")}`,
  ];
}

/** @param {Api.Source} source */
function originLine(source) {
  const { origin, occurrences_total: total } = source;
  const { revision, date, stars } = citedOccurrence(source) ?? {};
  return [
    total > 1 && `${count(total)} occurrences`,
    total > 1 && origin && `origin: ${origin.reason}`,
    shortRevision(revision),
    date?.slice(0, 10),
    stars && plural(stars, "star"),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The Document view with the lines of the best match. @param {Api.Source} source */
export function documentLink(source) {
  const lines = source.matches[0]?.source ?? citedLines(source);
  return `/documents/${source.document}${lines ? `?lines=${lines.start_line}-${lines.end_line}` : ""}`;
}

/**
 * Lets the arrow keys move between the cards of a list, of which Tab reaches one.
 * @param {HTMLElement} list
 * @returns {() => void} to be called when the cards changed
 */
export function roving(list) {
  const cards = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".source")]);
  list.addEventListener("keydown", (event) => {
    const all = cards();
    const at = all.findIndex((card) => card === event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, number>} */
    const targets = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: all.length - 1 };
    const card = all[targets[event.key]];
    if (!card) return;
    event.preventDefault();
    card.focus();
  });
  list.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof Element) || !target.classList.contains("source")) return;
    for (const card of cards()) set(card, { tabindex: card === target ? "0" : "-1" });
  });
  return () => {
    const all = cards();
    if (all.length && !all.some((card) => card.tabIndex === 0)) set(all[0], { tabindex: "0" });
  };
}
