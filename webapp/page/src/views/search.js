// Search: words and exact phrases in the corpus, narrowed by language, licence and repository.
// The address holds the query, so that a search can be linked to and gone back to.

import { emptyState, errorState, skeleton } from "../components/states.js";
import { pager } from "../components/pager.js";
import { h, replace } from "../dom.js";
import { plural } from "../format.js";
import { icon } from "../icons.js";
import { activeFilters, facetPanel } from "./facets.js";
import { hitArticle } from "./hit.js";
import { FILTERS, patternOf, searchHref, searchOf } from "./query.js";

const PAGE = 20; // hits a request
const EXAMPLES = [
  '"import numpy as np" linalg',
  "retry backoff jitter",
  '"def main(" argparse',
  "binary search insort",
];

export async function mount(root, ctx) {
  const input = h("input.input.v-search-input", {
    id: "search-words",
    type: "search",
    name: "q",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: 'words and "exact phrases"',
    "aria-describedby": "search-hint",
    maxlength: "1000",
    on: { keydown: stopEscape },
  });
  const results = h("div.v-search-results", { id: "search-results" });
  const side = h("div.v-search-side", { hidden: true });
  root.append(
    h(
      "div.view-page.v-search",
      null,
      h(
        "header.v-search-head",
        null,
        h("h1", null, "Search the corpus"),
        h(
          "form.v-search-form",
          { role: "search", action: "/search", on: { submit } },
          h("label.vh", { for: "search-words" }, "Words and exact phrases"),
          h("span.v-search-glass", null, icon("search")),
          input,
          h("button.button.primary", { type: "submit" }, "Search"),
        ),
        h(
          "p.hint.muted.small",
          { id: "search-hint" },
          "Finds the files that hold every word; ",
          h("q", null, "text in double quotes"),
          " has to stand in them exactly so.",
        ),
      ),
      h("div.v-search-body", null, side, results),
    ),
  );

  let search = searchOf(ctx.url);
  let turn = 0; // only the newest request may draw

  function submit(event) {
    event.preventDefault();
    ctx.navigate(searchHref({ ...search, q: input.value.trim() }));
  }

  const ask = (cursor) =>
    ctx.api.get("/api/v1/search", {
      query: { ...search, limit: PAGE, cursor },
      signal: ctx.signal,
    });

  async function run() {
    turn += 1;
    const mine = turn;
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
      const answer = await ask(null);
      if (mine === turn) draw(answer);
    } catch (error) {
      if (mine !== turn || ctx.signal.aborted) return;
      side.hidden = true;
      replace(results, errorState(error, { retry: run }));
    } finally {
      if (mine === turn) results.removeAttribute("aria-busy");
    }
  }

  function draw(answer) {
    const pattern = patternOf(search.q);
    const list = h(
      "ol.v-search-hits",
      null,
      answer.hits.map((hit) => h("li", null, hitArticle(hit, pattern))),
    );
    const heading = h("h2", { tabindex: "-1" }, headline(answer));
    const filtered = FILTERS.some((name) => search[name]);
    side.hidden = !answer.hits.length && !filtered;
    replace(side, facetPanel(answer.facets, search, ctx.navigate));
    ctx.announce(headline(answer));
    let cursor = answer.next_cursor;
    const more = async () => {
      const next = await ask(cursor);
      cursor = next.next_cursor;
      const items = next.hits.map((hit) => h("li", null, hitArticle(hit, pattern)));
      list.append(...items);
      items[0]?.querySelector("a")?.focus();
      return Boolean(cursor);
    };
    replace(
      results,
      h("div.row.between", null, heading, activeFilters(search)),
      answer.hits.length
        ? [list, cursor && pager(more), answer.cut && h("p.note", null, answer.cut)]
        : nothingFound(search, filtered),
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

// The search field clears itself on Escape in some browsers; the address would then be wrong.
function stopEscape(event) {
  if (event.key === "Escape" && event.target.value) event.preventDefault();
}

function headline({ hits, facets, next_cursor: more }) {
  if (!hits.length) return "No file holds all of that";
  if (!more) return hits.length === 1 ? "1 file holds this" : `${plural(hits.length, "file")} hold this`;
  const of = Math.max(facets?.of ?? 0, hits.length);
  return facets?.complete ? `${plural(of, "file")} hold this` : `More than ${plural(of, "file")} hold this`;
}

function nothingTyped() {
  return emptyState({
    icon: "search",
    title: "What do you look for?",
    text: "A function's name, an error message, a line of code: anything that stands in a file.",
    actions: EXAMPLES.map((q) => h("a.chip.mono", { href: searchHref({ q }) }, q)),
  });
}

function nothingFound(search, filtered) {
  const actions = [];
  if (filtered) actions.push(h("a.button", { href: searchHref({ q: search.q }) }, "Search without filters"));
  const bare = search.q.replaceAll('"', " ").replace(/\s+/g, " ").trim();
  if (bare !== search.q.trim()) {
    actions.push(h("a.button", { href: searchHref({ ...search, q: bare }) }, "Search the words apart"));
  }
  return emptyState({
    text: "Every word has to be in the same file, and a phrase as it is written. Fewer words find more. To trace code that was changed, check it instead.",
    actions: [...actions, h("a.button", { href: "/check" }, "Check code")],
  });
}
