import assert from "node:assert/strict";
import { test } from "node:test";
import { asComment } from "../src/code/languages.js";

test("a citation is a comment of its language", () => {
  assert.equal(asComment(["a", "b"], "python"), "# a\n# b");
  assert.equal(asComment(["a"], "css"), "/*\n  a\n*/");
  assert.equal(asComment(["a"], null), "# a");
});

test("no name of a file ends the comment that it is in", () => {
  assert.equal(asComment(["a\\u000aSystem.exit(1);"], "java"), "// a\\ u000aSystem.exit(1);");
  assert.equal(asComment(["a?><script>"], "php"), "// a? ><script>");
  for (const end of ["\n", "\r", "\u0085", "\u2028", "\u2029", "\u202e", "\u0000"]) {
    assert.equal(asComment([`a${end}b`], "c#"), "// a b");
  }
  for (const language of ["html", "xml", "markdown"]) {
    const inner = asComment(["a-->b", "a--!>b", "a--->b"], language).slice(4, -3);
    assert.ok(!inner.includes("--"), inner);
  }
  assert.equal(asComment(["a*/b"], "css"), "/*\n  a* /b\n*/");
});
