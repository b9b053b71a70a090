// Document: one content of the corpus with lines marked, and its occurrences.

import { codeView } from "../code/view.js";
import { licenseBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { loadingState } from "../components/states.js";
import { toast } from "../components/toast.js";
import { h, replace } from "../dom.js";
import { bytes, plural } from "../format.js";
import { linesOf, parseLines, swhidWithLines, within, written } from "./lines.js";
import { languageName } from "./names.js";
import { occurrencesCard } from "./occurrences.js";
import { patternOf, searchHref } from "./query.js";

/** @typedef {import("../code/view.js").LineSpan} LineSpan */

const LONGEST = 200; // characters of a line that is searched for

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const { swhid } = ctx.params;
  const at = `/api/v1/documents/${encodeURIComponent(swhid)}`;
  ctx.title("Document");
  const page = h("div.view-page.v-document", loadingState("Loading the document"));
  root.append(page);
  const answer = await ctx.api.get("/api/v1/documents/{swhid}", { at, signal: ctx.signal });

  let range = within(linesOf(ctx.url), answer.lines);
  let anchor = range?.start ?? null; // the line that a range begins at while Shift is held
  const texts = answer.content.split("\n");
  const path = answer.occurrences[0]?.path;
  ctx.title(path ?? "Document");

  const code = codeView({
    text: answer.content.replace(/\n$/, ""),
    language: answer.language,
    from: answer.start_line,
    nonce: ctx.nonce,
    lines: range,
    onLine: (line) => pick(line, shift),
    label: `Contents of ${path ?? answer.document}`,
  });
  let shift = false; // held at the last press; a gutter's click does not say
  code.dom.addEventListener(
    "mousedown",
    (event) => {
      shift = event.shiftKey;
    },
    { capture: true },
  );
  const aside = h("aside.v-document-occurrences", { "aria-label": "Occurrences" });
  /** @type {HTMLInputElement} */
  const input = h("input.input.v-document-lines", {
    id: "document-lines",
    placeholder: "12-20",
    inputmode: "text",
    autocomplete: "off",
    "aria-describedby": "document-lines-hint",
    on: { input: () => input.removeAttribute("aria-invalid") },
  });

  /** @param {number} line @param {boolean} extend whether the range is extended to the line */
  function pick(line, extend) {
    if (extend && anchor) return select({ start: Math.min(anchor, line), end: Math.max(anchor, line) });
    anchor = line;
    return select(written(range) === String(line) ? null : { start: line, end: line });
  }

  /** @param {LineSpan | null} next @param {{ scroll?: boolean }} [options] */
  function select(next, { scroll = false } = {}) {
    range = within(next, answer.lines);
    input.value = written(range);
    code.highlight(range);
    if (scroll && range) show(range.start);
    const url = new URL(window.location.href);
    url.hash = "";
    url.search = range ? `?lines=${written(range)}` : "";
    window.history.replaceState(window.history.state, "", url);
    ctx.announce(range ? `Lines ${written(range)} selected` : "No line selected");
    void showOccurrences();
  }

  /** Scrolls to a line if it is out of sight. @param {number} line */
  function show(line) {
    const start = code.view.state.doc.line(Math.min(line - answer.start_line + 1, code.view.state.doc.lines)).from;
    const box = code.view.coordsAtPos(start);
    if (!box || box.top < 60 || box.bottom > window.innerHeight - 40) code.scrollTo(line);
  }

  // Citations name the lines; the service knows how each host writes them.
  async function showOccurrences() {
    const mine = range;
    let shown = answer;
    if (range) {
      try {
        shown = await ctx.api.get("/api/v1/documents/{swhid}", {
          at,
          query: { start_line: range.start, end_line: range.end },
          signal: ctx.signal,
        });
      } catch {
        shown = answer; // only the links change: they lead to the whole file
      }
    }
    if (mine === range && !ctx.signal.aborted) replace(aside, occurrencesCard(shown, range));
  }

  /** Goes to the lines that were typed. @param {SubmitEvent} event */
  function jump(event) {
    event.preventDefault();
    const asked = input.value.trim() ? parseLines(input.value) : null;
    const next = within(asked, answer.lines);
    if (input.value.trim() && !next) {
      input.setAttribute("aria-invalid", "true");
      refuse(input.value);
      return;
    }
    anchor = next?.start ?? null;
    select(next, { scroll: true });
  }

  /** Says what is wrong with lines that were written. @param {string} text */
  function refuse(text) {
    const why = parseLines(text) ? `the file has ${plural(answer.lines, "line")}` : "write lines as 12 or 12-20";
    toast(`Lines ${text.slice(0, 40)}: ${why}`, { tone: "bad" });
  }

  const selectedText = () =>
    range ? texts.slice(range.start - answer.start_line, range.end - answer.start_line + 1).join("\n") : answer.content;

  function searchInCorpus() {
    const selection = String(window.getSelection() ?? "");
    const lines = (selection.trim() ? selection : range ? selectedText() : "").split("\n");
    const line = lines
      .map((text) => text.trim())
      .sort((a, b) => b.length - a.length)[0]
      .slice(0, LONGEST);
    if (!line) return toast("Select lines or text first", { tone: "bad" });
    return ctx.navigate(searchHref({ q: /"(?!\S)/.test(line) ? line : `"${line}"` }));
  }

  const given = ctx.url.searchParams.get("lines");
  if (given !== null && !range) refuse(given);

  replace(
    page,
    heading(answer),
    h(
      "div.v-document-body",
      h(
        "section.card.v-document-code",
        { "aria-label": "Contents" },
        h(
          "header",
          h(
            "form.row",
            { on: { submit: jump } },
            h("label.small.muted", { for: "document-lines" }, "Lines"),
            input,
            h("span.vh", { id: "document-lines-hint" }, "A line or a range, such as 12-20. Empty selects nothing."),
            button("Go", { type: "submit", small: true }),
          ),
          h(
            "div.row",
            copyButton(() => window.location.href, {
              label: "Link",
              icon: "link",
              said: "Link copied",
              hint: "Copy the link to this document and the selected lines",
            }),
            copyButton(() => swhidWithLines(answer.document, range), {
              label: "SWHID",
              said: "SWHID copied",
              hint: "Copy the identifier of this content and the selected lines",
            }),
            copyButton(selectedText, { label: "Code", said: "Code copied", hint: "Copy the selected lines, or all" }),
            button("Search in corpus", {
              icon: "search",
              small: true,
              kind: "quiet",
              hint: "Files that hold the selected text or line",
              on: searchInCorpus,
            }),
          ),
        ),
        answer.end_line - answer.start_line + 1 < answer.lines &&
          h("p.note", `Lines ${answer.start_line} to ${answer.end_line} of ${answer.lines} are shown.`),
        answer.exact === false && h("p.note", "Bytes that are not UTF-8 are shown as \ufffd."),
        h("div.v-document-text", code.dom),
      ),
      aside,
    ),
  );
  input.value = written(range);
  replace(aside, occurrencesCard(answer, null));
  ctx.signal.addEventListener("abort", () => code.destroy());
  const found = patternOf(ctx.url.searchParams.get("find") ?? "");
  if (found) code.find(found);
  if (range) {
    const { start } = range;
    requestAnimationFrame(() => show(start)); // once it is laid out
    void showOccurrences();
  }
  return {
    update(url) {
      const next = within(linesOf(url), answer.lines);
      if (written(next) !== written(range)) select(next, { scroll: true });
    },
  };
}

/** @param {Api.DocumentAnswer} answer */
function heading(answer) {
  const occurrence = answer.occurrences[0];
  const name = occurrence ? occurrence.path : "A document without known occurrences";
  return h(
    "header.v-document-head",
    h("div.stack.tight", occurrence && h("p.v-document-repo", occurrence.repository), h("h1.wrap-anywhere", name)),
    h(
      "div.row",
      h("span.badge", languageName(answer.language)),
      licenses(answer.occurrences).map(licenseBadge),
      h(
        "span.small.muted",
        `${plural(answer.lines, "line")}, ${bytes(answer.size)}, ${plural(answer.occurrences_total, "occurrence")}`,
      ),
    ),
    h("div.row.v-document-id", h("code.wrap-anywhere.muted", answer.document)),
  );
}

/** One per expression, with a conflict where there is one. @param {Api.Occurrence[]} occurrences */
function licenses(occurrences) {
  /** @type {Map<string, Api.License>} */
  const known = new Map();
  for (const { license } of occurrences) {
    const before = known.get(license.expression);
    if (!before || (license.conflict && !before.conflict)) known.set(license.expression, license);
  }
  return [...known.values()].slice(0, 4);
}
