// Search: words, phrases and regular expressions in the corpus, filtered by language, licence and
// repository. The search is in the address, so that it can be linked to and Back returns to it.

import { emptyState, errorState, skeleton } from "../components/states.js";
import { pager } from "../components/pager.js";
import { h, replace } from "../dom.js";
import { plural } from "../format.js";
import { icon } from "../icons.js";
import { activeFilters, facetPanel } from "./facets.js";
import { hitArticle } from "./hit.js";
import { FILTERS, searchHref, searchOf } from "./query.js";

/** @typedef {import("./query.js").Search} Search */

const PAGE = 20; // hits per request
const LINES = 6; // per hit
const EXAMPLES = [
  '"import numpy as np" linalg',
  "retry backoff jitter",
  '"def main(" argparse',
  "binary insort path:lib",
  "/def \\w*heap\\w*\\(/ lang:python",
];

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const input = h("input.input.v-search-input", {
    id: "search-words",
    type: "search",
    name: "q",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: 'words, "exact phrases", /expressions/, lang:go',
    "aria-describedby": "search-hint",
    maxlength: "1000",
    on: { keydown: stopEscape },
  });
  const results = h("div.v-search-results", { id: "search-results" });
  const side = h("div.v-search-side", { hidden: true });
  root.append(
    h(
      "div.view-page.v-search",
      h(
        "header.v-search-head",
        h("h1", "Search the corpus"),
        h(
          "form.v-search-form",
          { role: "search", action: "/search", on: { submit } },
          h("label.vh", { for: "search-words" }, "Words and exact phrases"),
          h("span.v-search-glass", icon("search")),
          input,
          h("button.button.primary", { type: "submit" }, "Search"),
        ),
        h(
          "p.hint.muted.small",
          { id: "search-hint" },
          "Finds files with every word, whole or as a part of an identifier; ",
          h("q", "text in double quotes"),
          " must match exactly. ",
          h("code", "/text/"),
          " is a regular expression. Filters: ",
          h("code", "lang: repo: path: license:"),
          "; a minus before one excludes.",
        ),
      ),
      h("div.v-search-body", side, results),
    ),
  );

  let search = searchOf(ctx.url);
  let latest = 0; // only the answer to the latest request is shown

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    ctx.navigate(searchHref({ ...search, q: input.value.trim() }));
  }

  /** @param {string | null} cursor */
  const request = (cursor) =>
    ctx.api.get("/api/v1/search", {
      query: { ...search, limit: PAGE, lines: LINES, cursor },
      signal: ctx.signal,
    });

  async function run() {
    latest += 1;
    const mine = latest;
    input.value = search.q;
    ctx.title(search.q ? `${search.q} · Search` : "Search");
    if (!search.q) {
      side.hidden = true;
      replace(results, nothingTyped());
      input.focus({ preventScroll: true });
      return;
    }
    results.setAttribute("aria-busy", "true");
    if (!results.querySelector("article")) replace(results, skeleton(12));
    try {
      const answer = await request(null);
      if (mine === latest) draw(answer);
    } catch (error) {
      if (mine !== latest || ctx.signal.aborted) return;
      side.hidden = true;
      replace(results, errorState(error, { retry: run }));
    } finally {
      if (mine === latest) results.removeAttribute("aria-busy");
    }
  }

  /** @param {Api.SearchAnswer} answer */
  function draw(answer) {
    const list = h(
      "ol.v-search-hits",
      answer.hits.map((hit) => h("li", hitArticle(hit, search.q))),
    );
    const heading = h("h2", { tabindex: "-1" }, headline(answer));
    const filtered = FILTERS.some((name) => search[name]);
    side.hidden = !answer.hits.length && !filtered;
    replace(side, facetPanel(answer, search, ctx.navigate));
    ctx.announce(headline(answer));
    let cursor = answer.next_cursor;
    const more = async () => {
      const next = await request(cursor);
      cursor = next.next_cursor;
      const items = next.hits.map((hit) => h("li", hitArticle(hit, search.q)));
      list.append(...items);
      items[0]?.querySelector("a")?.focus();
      return Boolean(cursor);
    };
    replace(
      results,
      h("div.row.between", heading, activeFilters(search)),
      answer.notes.map((note) => h("p.note", `${note}.`)),
      answer.hits.length > 0 && [list, cursor && pager(more)],
      answer.cut ? h("p.note", answer.cut) : answer.hits.length === 0 && nothingFound(search, filtered),
    );
  }

  await run();
  return {
    update(url) {
      search = searchOf(url);
      return run();
    },
  };
}

// Some browsers clear a search field on Escape, and it would no longer show what the address has.
/** @param {KeyboardEvent} event */
function stopEscape(event) {
  const field = event.target;
  if (event.key === "Escape" && field instanceof HTMLInputElement && field.value) event.preventDefault();
}

/** "63 files match" @param {Api.SearchAnswer} answer */
function headline({ hits, facets, status, next_cursor: more }) {
  if (!hits.length) return status === "partial" ? "No file was found in time" : "No file matches";
  const total = more ? Math.max(facets.of, hits.length) : hits.length;
  const words = `${plural(total, "file")} ${total === 1 ? "matches" : "match"}`;
  return more && !facets.complete ? `More than ${words}` : words;
}

function nothingTyped() {
  return emptyState({
    icon: "search",
    title: "What are you looking for?",
    text: "Enter the name of a function, an error message, a line of code, or any other text of a file.",
    actions: EXAMPLES.map((q) => h("a.chip.mono", { href: searchHref({ q }) }, q)),
  });
}

/** @param {Search} search @param {boolean} filtered */
function nothingFound(search, filtered) {
  const bare = search.q.replaceAll('"', " ").replace(/\s+/g, " ").trim();
  const links = [
    filtered && h("a.button", { href: searchHref({ q: search.q }) }, "Search without filters"),
    bare !== search.q.trim() &&
      h("a.button", { href: searchHref({ ...search, q: bare }) }, "Search for the words separately"),
    h("a.button", { href: "/check" }, "Check code"),
  ];
  return emptyState({
    text: "A file must contain every word, and every phrase exactly. Fewer words find more files. To trace code that was changed, check it instead.",
    actions: links,
  });
}
