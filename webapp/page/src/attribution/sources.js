// The sources of an answer together: how many, their licences, and those of one project.
import { count, plural } from "../format.js";
import { citedOccurrence } from "./cited.js";

const LICENSES = 8; // named; the others are counted

/** "7 sources; licences BSD-3-Clause (4), MIT (3)" @param {Api.Attribution} attribution */
export function sourcesInWords({ sources, sources_total: total = sources.length, licenses = [] }) {
  const names = licenses.map(({ expression }) => (expression === "NOASSERTION" ? "not known" : expression));
  if (!total) return "No source";
  if (names.length === 1) return `${plural(total, "source")}; licence ${names[0]}`;
  const counted = names.slice(0, LICENSES).map((name, at) => `${name} (${count(licenses[at].sources)})`);
  const more = names.length > LICENSES ? ` and ${count(names.length - LICENSES)} more` : "";
  return `${plural(total, "source")}; licences ${counted.join(", ")}${more}`;
}

/**
 * The sources by project, in the order of their best ones.
 * @param {Api.Source[]} sources
 * @returns {{ project: string, at: number[] }[]} positions in `sources`
 */
export function byProject(sources) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  sources.forEach((source, at) => {
    const project = citedOccurrence(source)?.repository ?? source.document;
    groups.set(project, [...(groups.get(project) ?? []), at]);
  });
  return [...groups].map(([project, at]) => ({ project, at }));
}

/**
 * All sources of a text, a page at a time.
 * @param {import("../client.js").Client} api
 * @param {{ code: string, language: string | null, name: string | null, index: string | null }} snippet
 * @returns {Promise<Api.Attribution>} the answer with every source
 */
export async function allSources(api, snippet) {
  /** @type {Api.Source[]} */
  const sources = [];
  /** @type {string | null} */
  let cursor = null;
  for (;;) {
    /** @type {Api.Attribution} */
    const page = await api.post("/api/v1/attributions", { ...snippet, max_sources: 100, cursor });
    sources.push(...page.sources);
    cursor = page.next_cursor ?? null;
    if (!cursor) return { ...page, sources };
  }
}
