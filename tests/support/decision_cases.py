"""Findings of real code for the tests of decisions: passages as the audit's checking makes them."""

from __future__ import annotations

import argparse as _argparse
import ast
import configparser as _configparser
import functools
import hashlib
import inspect
import tarfile as _tarfile
import textwrap
from collections.abc import Sequence
from types import ModuleType

from attribution.lexing.lexer import lex
from attribution.types import LicenseEvidence, Match, MatchKind, Occurrence, Origin, Source, Span
from audit.checking.judged_text import JudgedText
from audit.checking.passages import passages_of
from audit.types import Finding, Item, Passage, Ruling, Severity, Verdict

__all__ = ["finding_of", "functions", "item_of", "passage_of", "ruling_of", "source_of"]

RAW_K = 12


@functools.cache
def functions() -> tuple[str, ...]:
    """Functions of the standard library as it is installed here, of 40 to 400 tokens."""
    modules: Sequence[ModuleType] = (_argparse, _configparser, _tarfile)
    found = []
    for module in modules:
        source = inspect.getsource(module)
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                text = textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno])) + "\n"
                if 40 <= len(lex(text.encode(), "python")) <= 400:
                    found.append(text)
    return tuple(found)


def source_of(code: bytes, license_: str = "MIT", repository: str = "octo/shapes") -> Source:
    """A source that has all of a text."""
    document = f"swh:1:cnt:{hashlib.sha1(repository.encode()).hexdigest()}"
    lines = code.count(b"\n") + 1
    span = Span(0, len(code), 1, lines)
    place = Occurrence(
        repository=repository,
        path="src/area.py",
        revision=hashlib.sha1(b"revision").hexdigest(),
        origin=f"https://github.com/{repository}",
        license=LicenseEvidence(license_, "license file"),
    )
    return Source(
        document=document,
        kind=MatchKind.VERBATIM,
        tokens=len(lex(code)),
        containment=1.0,
        similarity=1.0,
        longest_run_tokens=len(lex(code)),
        evidence=100.0,
        confidence=0.99,
        matches=(Match(MatchKind.VERBATIM, len(lex(code)), span, span),),
        occurrences=(place,),
        occurrences_total=1,
        origin=Origin(0, "the only place"),
        documents=(document,),
        occurrence_documents=(document,),
        occurrence_spans=(span,),
    )


def passage_of(item: Item, start: int, end: int, source: Source) -> Passage:
    """The passage of bytes [start, end) of an item, found in a source that has them all."""
    tokens = lex(item.code, item.language)
    text = JudgedText.of(item.code, tokens, None, item.first_line - 1)
    first, stop = tokens.starts.searchsorted((start, end))
    span = Span(start, end, int(tokens.lines[first]), int(tokens.lines[stop - 1]))
    match = Match(MatchKind.VERBATIM, int(stop - first), span, source.matches[0].source)
    whole = Source(
        **{name: getattr(source, name) for name in source.__slots__} | {"matches": (match,)}
    )
    (passage,) = passages_of(
        text, [whole], sources_of_part=lambda *_: (whole,), lines_of=lambda *_: "", raw_k=RAW_K
    )
    return passage


_RULINGS = {
    "MIT": (Verdict.ATTRIBUTE, Severity.WARNING, "permissive"),
    "Apache-2.0": (Verdict.ATTRIBUTE, Severity.WARNING, "permissive"),
    "Unlicense": (Verdict.ALLOWED, Severity.NONE, "public-domain"),
    "MPL-2.0": (Verdict.REVIEW, Severity.WARNING, "weak-copyleft"),
    "NOASSERTION": (Verdict.REVIEW, Severity.WARNING, "unknown"),
    "GPL-3.0-only": (Verdict.DENIED, Severity.ERROR, "strong-copyleft"),
    "AGPL-3.0-only": (Verdict.DENIED, Severity.ERROR, "network-copyleft"),
}


def ruling_of(license_: str = "MIT") -> Ruling:
    """What an ordinary policy says of a licence."""
    verdict, severity, family = _RULINGS[license_]
    return Ruling(verdict, severity, "licenses.test", "because", license_, family, 0)


def item_of(
    code: str, before: str = "", after: str = "", name: str = "src/a.py", language: str = "python"
) -> tuple[Item, int, int]:
    """An item with a text in it, and where it is."""
    start = len(before.encode())
    text = f"{before}{code}{after}".encode()
    return Item(name, text, language), start, start + len(code.encode())


def finding_of(
    code: str,
    before: str = "",
    after: str = "",
    *,
    name: str = "src/a.py",
    language: str = "python",
    license_: str = "MIT",
    source: Source | None = None,
) -> tuple[Item, Finding]:
    """An item that holds a copied text, and its finding."""
    item, start, end = item_of(code, before, after, name, language)
    source = source or source_of(code.encode(), license_)
    passage = passage_of(item, start, end, source)
    id_ = hashlib.sha256(f"{name}{passage.key}".encode(errors="surrogateescape")).hexdigest()[:16]
    return item, Finding(id_, name, passage, ruling_of(license_))
