// Source cards: where code is from, under which licence, how much of it, and how sure that is.
import { h, set } from "../dom.js";
import { badge, kindBadge, licenseBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { icon } from "../icons.js";
import { count, percent, plural, shortRevision, sure } from "../format.js";
import { citationComment } from "./citation.js";
import { citedLines, citedPlace, linesInWords } from "./text_of_lines.js";

/** on: {enter(), leave(), open(), jump()}; language is that of the citation's comment. */
export function sourceCard(source, { language, firstLine = 1, growing = false, on }) {
  const place = citedPlace(source);
  const where = citedLines(source);
  const best = source.matches[0];
  const title = place?.repository ?? source.document;
  const cite = copyButton(() => citationComment(source, language()), {
    label: "Cite",
    icon: "quote",
    said: "Citation comment copied",
    hint: "Copy a comment that credits this source",
  });
  return h(
    "article.source",
    {
      class: `kind-${source.kind}`,
      tabindex: "-1",
      "aria-label": `${source.kind} match with ${title}`,
      on: {
        pointerenter: on.enter,
        pointerleave: on.leave,
        focusin: on.enter,
        focusout: on.leave,
        keydown: (event) => {
          if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === "Enter") on.open();
          else if (event.key === "c") cite.click();
          else return;
          event.preventDefault();
        },
      },
    },
    h(
      "header",
      null,
      kindBadge(source.kind),
      place && licenseBadge(place.license),
      place?.vendored && badge("vendored", { title: "Known to be a copy of a third party's file" }),
      h(
        "span.sure",
        { title: "Calibrated probability that the text derives from this source" },
        `${sure(source.confidence)} sure`,
      ),
    ),
    h(
      "h4",
      null,
      place?.url ? h("a", { href: place.url, target: "_blank", rel: "noreferrer noopener" }, title) : title,
    ),
    place &&
      h(
        "p.path",
        null,
        h(
          "a",
          { href: documentLink(source, where) },
          `${place.path}${where ? `:${where.start_line}–${where.end_line}` : ""}`,
        ),
      ),
    best && amount(source, best, { firstLine, growing, jump: on.jump }),
    h("p.origin", null, originLine(source, place)),
    place?.license.conflict && h("p.note.warn", null, icon("warning"), place.license.conflict),
    h(
      "footer",
      null,
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
      place &&
        copyButton(place.url ?? place.swhid, {
          label: place.url ? "Link" : "SWHID",
          icon: "link",
          said: place.url ? "Permanent link copied" : "SWHID copied",
          hint: "Copy the permanent link",
        }),
    ),
  );
}

/** How much: tokens, share, and the lines on both sides; a click shows them in the editor. */
function amount(source, best, { firstLine, growing, jump }) {
  const tokens = source.matches.reduce((sum, match) => sum + match.tokens, 0);
  const mine = { start_line: best.snippet.start_line + firstLine - 1, end_line: best.snippet.end_line + firstLine - 1 };
  const more = source.matches.length > 1 ? ` and ${plural(source.matches.length - 1, "more part")}` : "";
  return h(
    "p.amount",
    null,
    h("strong", null, plural(tokens, "token")),
    // the share falls while the text grows: it is told at the end
    growing ? " so far · " : `, ${percent(source.containment)} of all · `,
    h("button.linkish", { type: "button", on: { click: jump }, title: "Show in the editor" }, linesInWords(mine)),
    more,
  );
}

function originLine(source, place) {
  const parts = [];
  if (source.occurrences_total > 1) parts.push(`${count(source.occurrences_total)} places`);
  if (source.origin && source.occurrences_total > 1) parts.push(`origin: ${source.origin.reason}`);
  if (place?.revision) parts.push(shortRevision(place.revision));
  if (place?.date) parts.push(place.date.slice(0, 10));
  if (place?.stars) parts.push(plural(place.stars, "star"));
  return parts.join(" · ");
}

/** The Document view with the lines of the best match. */
export function documentLink(source, where) {
  const lines = source.matches[0]?.source ?? where;
  return `/documents/${source.document}${lines ? `?lines=${lines.start_line}-${lines.end_line}` : ""}`;
}

/** One card of a list takes the focus by Tab, the arrow keys move it. */
export function roving(list) {
  const cards = () => [...list.querySelectorAll(".source")];
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    const all = cards();
    const at = all.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : step === undefined ? null : at + step;
    if (to === null || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
  list.addEventListener("focusin", ({ target }) => {
    if (!target.classList.contains("source")) return;
    for (const card of cards()) set(card, { tabindex: card === target ? "0" : "-1" });
  });
  return () => {
    const all = cards();
    if (all.length && !all.some((card) => card.tabIndex === 0)) set(all[0], { tabindex: "0" });
  };
}
