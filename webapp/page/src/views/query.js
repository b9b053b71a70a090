// A search as its address holds it: words, "exact phrases", /expressions/ and filters. An item is read as
// the service reads it: it opens after white space and closes before it, so the quotes of code, as in
// print("hello"), are ordinary characters.

const ITEM =
  /(?<!\S)(?:-?(?:lang|language|licen[cs]e|repo|repository|path|file):(?:"[^"]*"|\S*)|"(.+?)"|\/((?![*/])(?:\\.|[^/\\])+)\/)(?!\S)/gis;
const WORD = /[\p{L}\p{N}_]+/gu;

/** @typedef {"language" | "license" | "repository" | "index"} Filter */
/** @typedef {{ q: string } & Partial<Record<Filter, string | null>>} Search */

/** @type {Filter[]} */
export const FILTERS = ["language", "license", "repository", "index"];

/** The search that a URL names. @param {URL} url */
export function searchOf(url) {
  /** @type {Search} */
  const values = { q: url.searchParams.get("q") ?? "" };
  for (const name of FILTERS) values[name] = url.searchParams.get(name) || null;
  return values;
}

/** The address of a search. @param {Search} search */
export function searchHref(search) {
  const parameters = new URLSearchParams();
  if (search.q) parameters.set("q", search.q);
  for (const name of FILTERS) if (search[name]) parameters.set(name, search[name]);
  const text = parameters.toString();
  return text ? `/search?${text}` : "/search";
}

/** What finds the words, phrases and expressions of a query in a line; null for none. @param {string} q */
export function patternOf(q) {
  /** @type {string[]} */
  const parts = [];
  for (const [, phrase, expression] of q.matchAll(ITEM)) {
    if (phrase) parts.push(escaped(phrase));
    if (expression && compiles(expression)) parts.push(expression);
  }
  for (const [word] of q.replace(ITEM, " ").matchAll(WORD)) {
    parts.push(word.length < 3 ? `(?<![\\p{L}\\p{N}_])${escaped(word)}(?![\\p{L}\\p{N}_])` : escaped(word));
  }
  return parts.length ? new RegExp(parts.join("|"), "giu") : null;
}

/**
 * A line in parts, those that match as [text, true].
 * @param {string} text
 * @param {RegExp | null} pattern
 * @returns {[string, boolean][]}
 */
export function marked(text, pattern) {
  if (!pattern) return [[text, false]];
  /** @type {[string, boolean][]} */
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (!found[0]) continue;
    if (found.index > at) parts.push([text.slice(at, found.index), false]);
    parts.push([found[0], true]);
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push([text.slice(at), false]);
  return parts;
}

// RE2 knows some signs that a browser does not.
/** @param {string} expression */
function compiles(expression) {
  try {
    return Boolean(new RegExp(expression, "giu"));
  } catch {
    return false;
  }
}

// With the flag u, a backslash before a character that needs none is an error.
/** @param {string} text */
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
