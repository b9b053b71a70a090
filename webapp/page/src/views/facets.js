// The filters of a search. Each value is a link, so that every filtered search has an address.

import { h } from "../dom.js";
import { count, plural } from "../format.js";
import { icon } from "../icons.js";
import { languageName, licenseName } from "./names.js";
import { FILTERS, searchHref } from "./query.js";

/** @typedef {import("./query.js").Filter} Filter */
/** @typedef {import("./query.js").Search} Search */
/** @typedef {{ value: string, count: number | null }} Value with the number of files, if it was counted */
/** @typedef {(href: string) => unknown} Navigate */

const SHOWN = 8; // values of a group before "more"
const TITLES = { language: "Language", license: "Licence", repository: "Repository", index: "Index" };
/** @type {Record<Filter, (value: string) => string>} */
const NAMES = { language: languageName, license: licenseName, repository: String, index: String };

/** All groups; folded on a small screen. @param {Api.SearchAnswer} answer @param {Search} search @param {Navigate} navigate */
export function facetPanel({ facets, index }, search, navigate) {
  /** @type {Record<Filter, Value[]>} */
  const values = { ...facets, index: (index.indexes ?? []).map(({ name }) => ({ value: name, count: null })) };
  const wide = window.matchMedia("(min-width: 861px)").matches;
  const counted = facets.complete === false && facets.of;
  return h(
    "details.v-search-facets",
    { open: wide },
    h("summary", "Filters"),
    h(
      "nav",
      { "aria-label": "Filters" },
      FILTERS.map((name) => group(name, values[name], search)),
      repositoryForm(search, navigate),
      counted && h("p.tiny.muted", `Counted over the first ${plural(counted, "file")}.`),
    ),
  );
}

/** @param {Filter} name @param {Value[]} values @param {Search} search */
function group(name, values, search) {
  const chosen = search[name];
  const known = values.some(({ value }) => same(value, chosen));
  const all = chosen && !known ? [{ value: chosen, count: null }, ...values] : values;
  if (!all.length) return null;
  const rows = all.map((row) => h("li", option(name, row, search, same(row.value, chosen))));
  const rest = rows.slice(SHOWN);
  const id = `facet-${name}`;
  return h(
    "section.v-search-facet",
    { "aria-labelledby": id },
    h("h2", { id }, TITLES[name]),
    h("ul", rows.slice(0, SHOWN)),
    rest.length > 0 && h("details", h("summary", `${count(rest.length)} more`), h("ul", rest)),
  );
}

/** @param {Filter} name @param {Value} row @param {Search} search @param {boolean} chosen */
function option(name, row, search, chosen) {
  const next = { ...search, [name]: chosen ? null : row.value };
  return h(
    "a.v-search-option",
    { href: searchHref(next), "aria-current": chosen ? "true" : null },
    chosen && h("span.v-search-tick", { "aria-hidden": "true" }, icon("check")),
    h("span.truncate", { title: row.value }, NAMES[name](row.value)),
    chosen && h("span.vh", "(active; choose again to remove)"),
    row.count !== null && h("span.v-search-count.numeric", count(row.count)),
  );
}

/** For a repository that is not listed, or all repositories of an owner. @param {Search} search @param {Navigate} navigate */
function repositoryForm(search, navigate) {
  const input = h("input.input", {
    id: "facet-owner",
    placeholder: "owner or owner/name",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "200",
  });
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) navigate(searchHref({ ...search, repository: input.value.trim() }));
  };
  return h("form.field.v-search-owner", { on: { submit } }, h("label", { for: "facet-owner" }, "Only from"), input);
}

/** The active filters, each a link that removes it. @param {Search} search */
export function activeFilters(search) {
  const active = FILTERS.filter((name) => search[name]);
  if (!active.length) return null;
  return h(
    "ul.chips",
    { "aria-label": "Active filters" },
    active.map((name) =>
      h(
        "li",
        h(
          "a.chip",
          { href: searchHref({ ...search, [name]: null }) },
          h("span.vh", "Remove filter: "),
          h("span.muted", TITLES[name]),
          " ",
          NAMES[name](search[name] ?? ""),
          icon("close"),
        ),
      ),
    ),
  );
}

/** @param {string} a @param {string | null} [b] */
const same = (a, b) => a.toLowerCase() === b?.toLowerCase();
