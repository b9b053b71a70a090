"""The report in one HTML file: opens from a disk, and requests nothing from any network.

The file, in order: the headline as plain text; the table of findings (JSON); the script, which
runs at once; then the texts in compressed blocks (see blocks.py), which are read from the run once
and go through a temporary file. So only the table is held in memory, never a text.

The scripts are modules that import one another, so that the linter and the type checker see what
each needs; browsers load no modules from a disk, so they are written one after the other into one
scope. A table of all findings in HTML would need less script, but is too slow: with 10,000 rows,
lifting a filter or sorting took 1,600 to 3,400 ms (280 to 340 with `content-visibility`); the bar
is 200.

A policy inside the page (CSP) lets run only the script and style whose hashes it names, and
forbids all requests and all making of elements from strings. Data comes as JSON and is shown as
text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import shutil
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import attribution.reports
from audit.reports.html.blocks import Blocks
from audit.reports.html.detail import detail_of
from audit.reports.html.headline import headline_of
from audit.reports.html.json import embedded, encoded
from audit.reports.html.rows import FindingTable, FindingTableBuilder
from audit.reports.interface import Audit, Report
from audit.types import FileReport, FileState, Summary

__all__ = ["EmbeddedData", "HtmlReport", "script", "style"]

_PAGE = Path(__file__).parent / "page"
_SHARED = Path(attribution.reports.__file__).parent / "page"  # used by the playground too
_STYLES = (_PAGE / "page.css", _PAGE / "list.css", _PAGE / "detail.css", _SHARED / "sides.css")
_IMPORT = re.compile(r'^import [^;]*? from "([^"]+)";\n', re.MULTILINE)
# what one scope needs no more: imports, the word `export`, and JSDoc, which is for the type checker
_NOT_CODE = re.compile(
    rf"{_IMPORT.pattern}|^export |^ */\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL
)
_FINDINGS = 200  # texts in a block: one is unpacked in 20 ms
_FILES = 5_000  # files in a block; all blocks are unpacked together
_PLAIN = 1_000  # unchecked files that are listed even where the browser cannot unpack blocks

# name, state, reason, language, judged lines; findings: open, decided, allowed
_FileRow = tuple[str, str, str, str | None, int, int, int, int]


@dataclass(frozen=True, slots=True)
class EmbeddedData:
    """What the page reads first."""

    summary: Summary
    over: int
    exit_code: int
    rows: FindingTable
    text_blocks: list[int]  # the first row of each
    file_blocks: int
    files: int
    unchecked: list[_FileRow]  # the first of those that are checked partly or not at all


class HtmlReport(Report):
    """One self-contained page."""

    name = "html"
    summary = "one self-contained page: filters, charts, both texts side by side"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the page; the run is read once."""
        head, tail = _page(audit.summary)
        with tempfile.TemporaryFile() as texts, tempfile.TemporaryFile() as files:
            data = _collect(audit, texts, files)
            stream.write(head)
            stream.write(b'<script type="application/json" id="data">')
            stream.write(embedded(data))
            stream.write(b"</script>\n<script>")
            stream.write(script())
            stream.write(b"</script>\n")
            for spooled in (texts, files):
                spooled.seek(0)
                shutil.copyfileobj(spooled, stream, 1 << 20)
            stream.write(tail)


def _collect(audit: Audit, texts: BinaryIO, files: BinaryIO) -> EmbeddedData:
    """Go through the run once; the texts and the files are packed as they come."""
    rows = FindingTableBuilder()
    details = Blocks("texts", _FINDINGS, texts)
    listed = Blocks("files", _FILES, files)
    unchecked: list[_FileRow] = []
    for file in audit.files():
        for finding in file.findings:
            rows.add(finding)
            details.add(encoded(detail_of(finding, file.warnings)))
        row = _file_row(file)
        listed.add(encoded(row))
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED) and len(unchecked) < _PLAIN:
            unchecked.append(row)
    details.flush()
    listed.flush()
    summary = audit.summary
    return EmbeddedData(
        summary=summary,
        over=summary.over,
        exit_code=summary.exit_code,
        rows=rows.table(),
        text_blocks=details.starts,
        file_blocks=len(listed.starts),
        files=listed.count,
        unchecked=unchecked,
    )


def _file_row(file: FileReport) -> _FileRow:
    opened = sum(finding.open for finding in file.findings)
    decided = sum(finding.decision is not None for finding in file.findings)
    allowed = len(file.findings) - opened - decided
    reason = "; ".join(filter(None, (file.reason, *file.warnings)))
    return file.name, file.state, reason, file.language, file.lines, opened, decided, allowed


def _page(summary: Summary) -> tuple[bytes, bytes]:
    """The page before and after its data."""
    headline = headline_of(summary)
    sheet, code = style(), script()
    template = string.Template((_PAGE / "page.html").read_text(encoding="utf-8"))
    index = summary.index
    against = "no index" if index is None else f"index {index.name}, {index.date[:10]}"
    page = template.substitute(
        policy=f"default-src 'none'; style-src '{_hash(sheet)}'; script-src '{_hash(code)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
        style=sheet.decode(),
        tone=headline.tone,
        headline=_text(headline.text),
        coverage=_text(headline.coverage),
        threshold=_text(headline.threshold),
        root=_text(summary.root),
        tool=_text(summary.tool),
        began=_text(summary.began),
        index=_text(against),
    )
    head, _, tail = page.partition("<!-- data -->")
    return head.encode(), tail.encode()


def _text(text: str) -> str:
    """A stranger's text as HTML; invisible and bidirectional characters are shown by number."""
    text = "".join(
        c
        if c.isprintable()
        else f"\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
        f"U+{ord(c):04X}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
        for c in text
    )
    return html.escape(text)


def style() -> bytes:
    """The style sheet of the page."""
    return "".join(path.read_text("utf-8") for path in _STYLES).encode()


def script() -> bytes:
    """All modules of the page in one scope, each after those that it imports."""
    modules: list[Path] = []
    _order_modules((_PAGE / "page.js").resolve(), set(), modules)
    texts = (_NOT_CODE.sub("", path.read_text("utf-8")) for path in modules)
    return f'"use strict";\n(() => {{\n{"".join(texts)}}})();\n'.encode()


def _order_modules(path: Path, visited: set[Path], ordered: list[Path]) -> None:
    visited.add(path)
    for name in _IMPORT.findall(path.read_text("utf-8")):
        imported = (path.parent / name).resolve()
        if imported not in visited:
            _order_modules(imported, visited, ordered)
    ordered.append(path)


def _hash(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
