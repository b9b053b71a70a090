// A search as its address holds it: words, "exact phrases", filters and the place in the list.
// The same reading of quotes as the service: one opens after white space and closes before it, so
// that the quotes of code, as in print("hello"), are characters like others.

const PHRASE = /(?<!\S)"(.+?)"(?!\S)/gs;
const WORD = /[\p{L}\p{N}_]+/gu;

export const FILTERS = ["language", "license", "repository"];

/** The search that a URL asks for. */
export function searchOf(url) {
  const values = { q: url.searchParams.get("q") ?? "" };
  for (const name of FILTERS) values[name] = url.searchParams.get(name) || null;
  return values;
}

/** The address of a search. */
export function searchHref(search) {
  const parameters = new URLSearchParams();
  for (const name of ["q", ...FILTERS]) if (search[name]) parameters.set(name, search[name]);
  const text = parameters.toString();
  return text ? `/search?${text}` : "/search";
}

/** An expression that finds the words and phrases of a query in a line; null for an empty one. */
export function patternOf(q) {
  const parts = [...q.matchAll(PHRASE)].map(([, phrase]) => escaped(phrase));
  for (const [word] of q.replace(PHRASE, " ").matchAll(WORD)) {
    parts.push(`(?<![\\p{L}\\p{N}_])${escaped(word)}(?![\\p{L}\\p{N}_])`);
  }
  return parts.length ? new RegExp(parts.join("|"), "giu") : null;
}

/** A line in parts, those that were asked for as [text, true]. */
export function marked(text, pattern) {
  if (!pattern) return [[text, false]];
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) parts.push([text.slice(at, found.index), false]);
    parts.push([found[0], true]);
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push([text.slice(at), false]);
  return parts;
}

// With the flag u, a backslash before a character that needs none is an error.
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
