"""Placeholders of redacted personal data match what they stand for, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.attributor import Attributor
from attribution.index import create_index
from attribution.matching.redaction import restored
from attribution.reports.line_rows import aligned_rows
from attribution.types import Attribution, MatchKind, NewFile, Occurrence, Snippet, Span

SOURCE = b'''\
import smtplib

API = "https://api.example.org"


def announce(relay, harvest):
    """Send the harvest to its owner, dora.lind@example.org.

    Written by Theo Brandt-Kessel
    """
    with smtplib.SMTP(relay or "192.0.2.17") as post:
        post.login("orchard", password="pe4r-tr33!")
        post.putheader("X-Token", "9f8e7d6c5b4a39281706f5e4d3c2b1a0")
        for crate in harvest.crates():
            post.sendmail("orchard@example.org", crate.owner, crate.label())
    return harvest.total()
'''
REDACTIONS = {
    b"dora.lind@example.org": b"<EMAIL>",
    b"orchard@example.org": b"<EMAIL>",
    b"Theo Brandt-Kessel": b"<NAME>",
    b"192.0.2.17": b"<IP_ADDRESS>",
    b"pe4r-tr33!": b"<PASSWORD>",
    b"9f8e7d6c5b4a39281706f5e4d3c2b1a0": b"<KEY>",
}
REDACTED = SOURCE
for _original, _placeholder in REDACTIONS.items():
    REDACTED = REDACTED.replace(_original, _placeholder)
FIRST_LINE = 6  # of the function
ORIGINALS = st.text("abcz019._-", min_size=1, max_size=12).filter(lambda text: text.strip())


def function_of(text: bytes) -> bytes:
    """The function of the source."""
    return text[text.index(b"def ") :]


def attribute(folder: Path, indexed: bytes, code: bytes) -> Attribution:
    """Look code up in an index of one file."""
    with create_index(folder / "index", "orchard") as index:
        with index.writer() as writer:
            writer.add([NewFile(indexed, "python", Occurrence("orchard/post", "announce.py"))])
            writer.commit()
        index.refresh()
        return Attributor(index).attribute(Snippet(code, "python"))


@pytest.mark.parametrize(
    ("indexed", "code"),
    [
        pytest.param(SOURCE, function_of(REDACTED), id="a model writes placeholders"),
        pytest.param(REDACTED, function_of(SOURCE), id="the index has them"),
        pytest.param(SOURCE, function_of(REDACTED).replace(b"    ", b"\t"), id="re-indented"),
        pytest.param(SOURCE, function_of(REDACTED).replace(b"\n", b"\r\n"), id="line ends"),
    ],
)
def test_a_redacted_copy_is_one_verbatim_match(tmp_path: Path, indexed: bytes, code: bytes) -> None:
    answer = attribute(tmp_path, indexed, code)
    [match] = answer.sources[0].matches
    assert match.kind is MatchKind.VERBATIM
    assert code[match.snippet.start : match.snippet.end].strip() == code.strip()
    assert indexed[match.source.start : match.source.end] == function_of(indexed).strip()
    assert (match.source.start_line, match.source.end_line) == (FIRST_LINE, 16)
    assert sum(part.tokens for part in answer.coverage) == match.tokens == answer.tokens


def test_what_was_redacted_is_no_evidence(tmp_path: Path) -> None:
    exact = attribute(tmp_path / "exact", SOURCE, function_of(SOURCE))
    redacted = attribute(tmp_path / "redacted", SOURCE, function_of(REDACTED))
    assert 0 < redacted.sources[0].evidence < exact.sources[0].evidence


def test_the_comparison_shows_the_redacted_lines_as_different(tmp_path: Path) -> None:
    code = function_of(REDACTED)
    [match] = attribute(tmp_path, SOURCE, code).sources[0].matches
    rows = {row.left[1]: row.sign for row in aligned_rows(code, SOURCE, match) if row.left}
    assert rows['    with smtplib.SMTP(relay or "<IP_ADDRESS>") as post:'] == "~"
    assert rows["        for crate in harvest.crates():"] == "="


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (b'mail = "<EMAIL>"', b'mail = "no address"'),
        (b'host = "<IP_ADDRESS>"', b'host = "example"'),
        (b'key = "<KEY>"', b'key = "two words"'),
        (b'key = "<KEY>"', b'other = "9f8e7d6c5b4a3928"'),
        (b'name = "<NAME>"', b'name = f("x")'),
        (b'use("<EMAIL>", a)', b'use("a@example.org", b)'),
        (b'"<EMAIL>",', b'"a@example.org",'),  # too little to find the place by
        (b"List<NAMES>", b"List<Ada>"),
        (b"cout <EMAIL", b"cout a@example.org"),
    ],
)
def test_other_lines_do_not_match(line: bytes, other: bytes) -> None:
    assert restored(line, other) is None


def test_lines_around_it_find_the_place() -> None:
    other = b'a = [\n  "x@example.org",\n]\nb = [\n  "y@example.org",\n]\n'
    text = b'b = [\n  "<EMAIL>",\n]\n'
    found = restored(text, other)
    assert found is not None
    assert found.text == b'b = [\n  "y@example.org",\n]\n'
    assert [other[start:end] for start, end in found.other_originals] == [b"y@example.org"]


@given(st.lists(st.tuples(ORIGINALS, ORIGINALS), min_size=1, max_size=6))
def test_offsets_lead_back(pairs: list[tuple[str, str]]) -> None:
    lines = [(f'send{n}(key="', key, f'", to="{to}")') for n, (key, to) in enumerate(pairs)]
    other = "\n".join(map("".join, lines)).encode()
    text = "\n".join(f"{before}<KEY>{after}" for before, _, after in lines).encode()
    found = restored(text, other)
    assert found is not None
    assert found.text == other
    for start, end in found.originals:
        before = found.span_before(Span(start, end, 1, 1))
        assert text[before.start : before.end] == b"<KEY>"
        rest = found.span_before(Span(end, end + 1, 1, 1))
        assert text[rest.start : rest.end] == other[end : end + 1]
    whole = found.span_before(Span(0, len(other), 1, 1))
    assert (whole.start, whole.end) == (0, len(text))


def test_many_placeholders_take_little_time(tmp_path: Path) -> None:
    line = b"f(" + b"<NAME>, <KEY> " * 400 + b")\n"
    answer = attribute(tmp_path, SOURCE + line.replace(b"<KEY>", b"k") * 200, line * 200)
    assert answer.elapsed_ms < 10_000
