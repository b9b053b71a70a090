import assert from "node:assert/strict";
import test from "node:test";
import { marked, patternOf, searchHref, searchOf } from "../src/views/query.js";

const marks = (text, q) =>
  marked(text, patternOf(q))
    .filter(([, hit]) => hit)
    .map(([part]) => part);

test("words are marked, also in identifiers, whatever their case", () => {
  assert.deepEqual(marks("Retry the retry_count; RETRY", "retry"), ["Retry", "retry", "RETRY"]);
});

test("short words are marked only as a whole", () => {
  assert.deepEqual(marks("x = export_x(xx)", "x"), ["x"]);
});

test("filters are not marked, expressions are", () => {
  assert.deepEqual(marks("lang go def a_b(x)", "-lang:go path:'x /def \\w+/ x"), ["def a_b", "x"]);
  assert.equal(patternOf('lang:"c++" -repo:a/b'), null);
  assert.deepEqual(marks("a b", "/\\pN(/ b"), ["b"]);
});

test("a phrase is marked as it is written, its signs included", () => {
  assert.deepEqual(marks("x = f(a[0]) + f(a[0]) * 2", '"f(a[0]) *"'), ["f(a[0]) *"]);
});

test("quotes inside code open no phrase", () => {
  assert.deepEqual(marks('print("hello world")', 'print("hello'), ["print", "hello"]);
});

test("the parts of a line are the line", () => {
  const line = 'if a.b("c|d") and $e: return `f` \\ {g}';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code with a dollar sign
  const parts = marked(line, patternOf('a.b "c|d" ${e} return'));
  assert.equal(parts.map(([part]) => part).join(""), line);
});

test("words of other scripts are words", () => {
  assert.deepEqual(marks("straße und strasse, Größe_2", "straße größe_2"), ["straße", "Größe_2"]);
});

test("an empty query marks nothing", () => {
  assert.equal(patternOf("  "), null);
  assert.deepEqual(marked("a b", null), [["a b", false]]);
});

test("a search and its address are the same", () => {
  const search = { q: '"a & b" c=#d', language: "c++", license: null, repository: "o/n", index: "ours" };
  const url = new URL(searchHref(search), "http://localhost");
  assert.deepEqual(searchOf(url), search);
  assert.equal(searchHref({ q: "" }), "/search");
});
