import assert from "node:assert/strict";
import { test } from "node:test";
import { citationComment } from "../src/attribution/citation.js";
import { asMarkdown } from "../src/attribution/report.js";
import { verdictOf } from "../src/attribution/verdict.js";

const place = {
  repository: "quay/harbour",
  path: "harbour/log.py",
  revision: "a".repeat(40),
  date: null,
  stars: null,
  lines: { start_line: 5, end_line: 9 },
  url: "https://example.org/log.py#L5-L9",
  swhid: `swh:1:cnt:${"b".repeat(40)}`,
  purl: null,
  license: { expression: "GPL-3.0-only", evidence: "file header", conflict: null },
  holders: [
    { years: "2001", name: "Jane *Doe*", file: null },
    { years: "", name: "Bo", file: "AUTHORS" },
  ],
};
const source = {
  document: `swh:1:cnt:${"b".repeat(40)}`,
  kind: "verbatim",
  confidence: 0.99,
  containment: 0.5,
  similarity: 1,
  longest_run_tokens: 40,
  matches: [
    {
      kind: "verbatim",
      tokens: 40,
      snippet: { start_line: 1, end_line: 5, start: 0, end: 90 },
      source: { start_line: 5, end_line: 9, start: 80, end: 170 },
    },
  ],
  occurrences_total: 1,
  occurrences: [place],
  origin: { occurrence: 0, reason: "the only occurrence" },
  notice: "n",
};
const answer = {
  status: "checked",
  status_reason: null,
  label: "verbatim",
  reason: "40 tokens of lines 1-5 are the same as lines 5-9 of quay/harbour/harbour/log.py.",
  confidence: 0.99,
  snippet: { name: "-", language: "python", lines: 6, tokens: 80 },
  sources: [source],
  common: [],
  warnings: [],
  index: {
    name: "demo",
    date: "2026-11-21T10:55:35+00:00",
    documents: 3,
    occurrences: 4,
    languages: 1,
    opt_outs: 0,
    version: "1.0",
  },
  elapsed_ms: 1.5,
};

test("a citation is a comment of the language, however many lines the corpus put into a name", () => {
  const hostile = { ...source, occurrences: [{ ...place, path: "a\nimport os  # */ -->" }] };
  for (const line of citationComment(hostile, "python").trimEnd().split("\n")) assert.match(line, /^# /);
  const css = citationComment(hostile, "css");
  assert.ok(css.includes(`Source: ${place.swhid}\n`), "the audit recognises it by this");
  assert.ok(css.startsWith("/*\n") && css.indexOf("*/") === css.trimEnd().length - 2);
});

test("a report has the verdict, the licence, and quotes code that holds fences", () => {
  const text = "x = '''\n```\n'''\n";
  const report = asMarkdown({ attribution: answer, text, language: "python", name: "a_b.py", stale: true });
  for (const said of [
    "Copied verbatim",
    "GPL-3.0-only",
    "lines 1-5",
    "file header",
    "edited after this check",
    "a\\_b.py",
    "````python\n",
  ]) {
    assert.ok(report.includes(said), said);
  }
});

test("names of a corpus are no Markdown", () => {
  const hostile = {
    ...answer,
    sources: [{ ...source, occurrences: [{ ...place, repository: "[x](javascript:alert(1))<img>" }] }],
  };
  const report = asMarkdown({ attribution: hostile, text: "", language: null, name: null, stale: false });
  assert.ok(!report.includes("[x](") && !report.includes("<img>"));
});

test("no state looks like a clean one unless it was checked", () => {
  const state = (more) => verdictOf({ phase: "done", attribution: { ...answer, sources: [], ...more }, final: true });
  assert.equal(state({ label: "none" }).tone, "good");
  assert.equal(state({ status: "not_checked", status_reason: "the index does not answer", label: null }).tone, "bad");
  assert.match(
    state({ status: "partial", status_reason: "10 s were over", label: "none" }).notes.at(-1).text,
    /in part: 10 s were over/,
  );
  assert.equal(verdictOf({ phase: "failed", attribution: null, problem: new Error("gone") }).title, "Not checked");
  assert.notEqual(
    verdictOf({ phase: "writing", attribution: { ...answer, sources: [], label: "none" }, final: false }).tone,
    "good",
  );
});

test("a verdict on one of several generations says which lines it is about", () => {
  const check = { phase: "done", attribution: { ...answer, sources: [] }, final: true, firstLine: 3, text: "\na\nb\n" };
  assert.match(verdictOf({ ...check, others: true }).title, / in lines 3–5$/);
  assert.deepEqual(verdictOf(check).notes, []);
});

test("the reason names the lines that the editor shows", () => {
  const { reason } = verdictOf({ phase: "done", attribution: answer, final: true, firstLine: 11 });
  assert.equal(reason, "40 tokens of lines 11-15 are the same as lines 5-9 of quay/harbour/harbour/log.py.");
  const lead = { reason: "40 tokens of line 2 are also in line 7 of quay/harbour/harbour/log.py." };
  const { notes } = verdictOf({ phase: "done", attribution: { ...answer, leads: [lead] }, final: true, firstLine: 11 });
  assert.match(notes[0].text, /tokens of line 12 are also in line 7 of/);
});

test("Markdown names the holders", () => {
  const lines = asMarkdown({ attribution: answer, text: "x" }).split("\n");
  assert.ok(lines.includes("- Copyright: 2001 Jane \\*Doe\\*; Bo (named in AUTHORS)"));
});
