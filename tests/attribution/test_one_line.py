"""Code without its line ends: minified and bundled code is found like the same code in lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.attributor import Attributor
from attribution.index import create_index
from attribution.lexing.lexer import lex
from attribution.types import Label, NewFile, Occurrence, Snippet

NAMES = st.sampled_from(["node", "parts", "quote", "text", "i", "$el"])
REGEXES = st.sampled_from(
    ["/'/g", '/"/', "/[\"'`]/i", "/\\/'/", "/[/'\"]+/", "/^don't$/m", "/a\\\\/", "/`/u"]
)
STRINGS = st.sampled_from(
    ["'it\\'s'", '"a/b"', '"don\'t"', "'\"'", "`${a / b}'`", '`a${b ? `it\'s` : "`"}c`', "'//'"]
)
OPERANDS = st.one_of(NAMES, REGEXES, STRINGS, st.sampled_from(["2", "(a / b)", "x[1] / 2"]))
STATEMENTS = st.one_of(
    st.builds("{} = {}.replace({}, {});".format, NAMES, NAMES, REGEXES, STRINGS),
    st.builds("if ({}.test({})) {{\n  return {};\n}}".format, REGEXES, NAMES, OPERANDS),
    st.builds("return {} && {} || {};".format, OPERANDS, OPERANDS, REGEXES),
    st.builds("{} /= {} / {} / 2;".format, NAMES, NAMES, NAMES),
    st.builds("case {}:\n  return {};".format, STRINGS, REGEXES),
    st.builds("const {} = [\n  {},\n  {},\n];".format, NAMES, REGEXES, REGEXES),
    st.builds("f({} => {}, {});".format, NAMES, REGEXES, OPERANDS),
)
FUNCTIONS = st.builds(
    lambda name, body: f"function {name}(a, b) {{\n" + "\n".join(body) + "\n}\n",
    NAMES,
    st.lists(STATEMENTS, min_size=1, max_size=8),
)


def lexed(code: str) -> Sequence[tuple[int, int]]:
    """Hash and kind of each token."""
    tokens = lex(code.encode(), "javascript")
    return list(zip(tokens.hashes.tolist(), tokens.kinds.tolist(), strict=True))


@given(FUNCTIONS)
@settings(max_examples=400, deadline=None)
def test_a_function_without_line_ends_has_the_same_tokens(code: str) -> None:
    assert lexed(code.replace("\n", " ")) == lexed(code)
    assert lexed(";".join([code.replace("\n", "")] * 3)) == [
        *lexed(f"{code};"), *lexed(f"{code};"), *lexed(code)
    ]  # fmt: skip


FUNCTION = """\
function parseAttributes(source, entities) {
  const found = new Map();
  for (const part of source.split(/\\s+(?=[^"']*(?:["'][^"']*["'])*$)/)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).replace(/['"]/g, '').toLowerCase();
    const raw = part.slice(equals + 1).replace(/^['"]|['"]$/g, "");
    const value = raw.replace(/&(\\w+);/g, (whole, key) => entities[key] ?? whole);
    if (!name || /[<>]/.test(name)) {
      throw new SyntaxError(`It's no attribute: ${part ? `'${part}'` : '"'}`);
    }
    found.set(name, value.length / 2 > limit ? value.slice(0, limit / 2) : value);
  }
  return found;
}
"""


def other(number: int) -> str:
    """A function of the rest of a bundle, with a quote in a regular expression."""
    return (
        f"function helper{number}(a{number}, b) {{\n"
        f"  return a{number}.replace(/'/g, b).match(/[{number}\"]/) ? b * {number} : 'x{number}';\n"
        "}\n"
    )


@pytest.mark.parametrize("indexed_in_one_line", [False, True])
def test_a_function_of_a_bundle_in_one_line_is_found(
    tmp_path: Path, indexed_in_one_line: bool
) -> None:
    bundle = "".join([*map(other, range(40)), FUNCTION, *map(other, range(40, 80))])
    one_line = bundle.replace("\n", " ")
    index = create_index(str(tmp_path / "index"), "bundles")
    with index.writer() as writer:
        text = one_line if indexed_in_one_line else bundle
        writer.add([NewFile(text.encode(), "javascript", Occurrence("o/r", "bundle.js"))])
        writer.commit(())
    index.refresh()
    code = FUNCTION if indexed_in_one_line else FUNCTION.replace("\n", " ")
    answer = Attributor(index).attribute(Snippet(code.encode(), "javascript"))
    assert answer.label is Label.VERBATIM
    assert answer.sources[0].containment == 1.0
