"""NOTICE: what to ship with code that was taken from a source.

`notice` is the entry of one source: where it is from, its holders, its licence, permanent
addresses. `license_texts` are the texts that the entries' licences ask for, each once. Both
together are what most licences require; `notice_text` writes them as one text. The next audit
accepts an entry as attribution by its SWHID or address, or by the names of repository and file.

An entry says what is known, and says plainly what is not: an unknown licence grants no permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attribution.citation import cite_occurrence
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.obligations import (
    LicenseObligations,
    ObligationKind,
    obligations,
)
from attribution.licensing.texts import license_address, license_text
from attribution.licensing.wording import copyright_in_words, license_in_words
from attribution.types import (
    Holder,
    LicenseEvidence,
    MatchKind,
    Occurrence,
    Source,
    lines_in_words,
)

__all__ = [
    "RULE",
    "file_name",
    "license_texts",
    "notice",
    "notice_contents",
    "notice_text",
    "noticed_files",
    "noticed_licenses",
]

RULE = "-" * 72  # between the parts of a NOTICE file

_VERB = {
    MatchKind.VERBATIM: "Includes code copied from",
    MatchKind.RENAMED: "Includes code adapted (renamed) from",
    MatchKind.EDITED: "Includes code adapted (edited) from",
    MatchKind.SIMILAR: "Includes code similar to code of",
}


def notice(source: Source) -> str:
    """The entry of a source, for its probable origin."""
    if source.cited is None:
        return (
            f"Contains code that matches {source.document}, which is no longer in the index under "
            "any repository.\n"
        )
    occurrence, lines = source.cited.occurrence, source.cited.lines
    citation = cite_occurrence(source.cited)
    owed = obligations(occurrence.license.expression)
    where = occurrence.path + ("" if lines is None else f", {lines_in_words(*lines)}")
    text = [f"{_VERB[source.kind]} {occurrence.repository}", f"  File: {where}"]
    if occurrence.revision:
        text.append(f"  Revision: {occurrence.revision}")
    text += [f"  {line}" for line in _holders_in_words(occurrence.holders)]
    text += [f"  Licence: {line}" for line in _license_in_words(occurrence.license)]
    text += [f"  Licence text: {address}" for address in _addresses(owed)]
    for license_ in _asking(owed, ObligationKind.INCLUDE_NOTICE):
        asked = f"{license_} requires the contents of the project's NOTICE file"
        if occurrence.notice:
            text.append(f"  NOTICE: {asked}, see below.")
        else:
            text.append(f"  NOTICE: {asked}, if any; the index has none.")
    if source.occurrences_total > 1 and source.origin is not None:
        text.append(
            f"  Seen in {source.occurrences_total} files; this is the probable origin "
            f"({source.origin.reason})."
        )
    address = citation.url or occurrence.origin or citation.swhid
    text.append(f"  Source: {address}")
    for license_ in _asking(owed, ObligationKind.OFFER_SOURCE):
        offer = f"Its source code is available there, as {license_} requires."
        if not address.startswith("http"):
            offer = f"{license_} requires its source code: add the address."
        text.append(f"  {offer}")
    documents = dict.fromkeys((source.cited.document, source.document))
    text += [f"  SWHID: {document}" for document in documents]
    return "".join(f"{_one_line(line)}\n" for line in text)


_ENTRY = re.compile(
    r"^[^\w\n]*(?:" + "|".join(map(re.escape, _VERB.values())) + r") (?P<repository>.+)\n"
    r"[^\w\n]*File: (?P<path>.+?)(?:, lines? [0-9-]+)?\r?$",
    re.MULTILINE,
)


def noticed_files(text: str) -> Iterator[str]:
    """The files of all entries in a text, each as `file_name` writes it."""
    for entry in _ENTRY.finditer(text):
        yield f"{entry['repository'].rstrip()}, {entry['path']}"


def file_name(occurrence: Occurrence) -> str:
    """An occurrence's repository and path, as `noticed_files` finds them."""
    return _one_line(f"{occurrence.repository}, {occurrence.path}")


def notice_text(sources: Iterable[Source]) -> str:
    """A NOTICE file for sources: their entries, then the texts of their licences."""
    entries: dict[str, None] = {}
    expressions: dict[str, None] = {}
    cited: list[Occurrence] = []
    for source in sources:
        entries.setdefault(notice(source))
        expressions.update(dict.fromkeys(noticed_licenses(source)))
        if source.cited is not None:
            cited.append(source.cited.occurrence)
    return "\n".join([*entries, *notice_contents(cited), *license_texts(expressions)])


def notice_contents(occurrences: Iterable[Occurrence]) -> Iterator[str]:
    """The contents of the NOTICE files of occurrences' projects, each distinct text once."""
    repositories: dict[str, dict[str, None]] = {}
    for occurrence in occurrences:
        if occurrence.notice:
            repositories.setdefault(occurrence.notice, {})[_one_line(occurrence.repository)] = None
    for text, names in sorted(repositories.items(), key=lambda item: sorted(item[1])):
        quoted = _ENTRY.sub(r"Quoted: \g<0>", text)  # the next audit must not take it for an entry
        lines = "".join(f"{_one_line(line)}\n" for line in quoted.expandtabs().splitlines())
        yield f"{RULE}\n\nContents of NOTICE in {', '.join(sorted(names))}:\n\n{lines}"


def noticed_licenses(source: Source) -> tuple[str, ...]:
    """The SPDX expressions in the entry of a source: one, or none if its licence is unknown."""
    expression = NOASSERTION
    if source.cited is not None:
        expression = source.cited.occurrence.license.expression
    return () if expression == NOASSERTION else (expression,)


def license_texts(expressions: Iterable[str]) -> Iterator[str]:
    """Each licence and exception of SPDX expressions, once and sorted: its text, or its address."""
    licenses: dict[str, set[str]] = {}  # ids by what is written about them
    for expression in expressions:
        for owed in obligations(expression):
            for id_ in filter(None, (owed.license, owed.exception, *_incorporated(owed.license))):
                licenses.setdefault(_text_or_address(id_), set()).add(id_)
    for text, ids in sorted(licenses.items(), key=lambda item: sorted(item[1])):
        yield f"{RULE}\n\nLicence text: {', '.join(map(_one_line, sorted(ids)))}\n\n{text}"


def _text_or_address(id_: str) -> str:
    text, address = license_text(id_), license_address(id_)
    if text is not None:
        return text
    if address is not None:
        return f"The text is at {address}; add it here if the licence requires the text.\n"
    return f"{_one_line(id_)} is not in the SPDX list: take its text from the source.\n"


def _incorporated(id_: str) -> Iterator[str]:
    """The licence whose text another consists of, too: LGPL-3.0 adds permissions to GPL-3.0."""
    if id_.startswith("LGPL-3.0"):
        yield id_.removeprefix("L")


def _asking(owed: Iterable[LicenseObligations], kind: ObligationKind) -> Iterator[str]:
    return (license_.license for license_ in owed if license_.asks_for(kind))


def _addresses(owed: Iterable[LicenseObligations]) -> list[str]:
    ids = dict.fromkeys(id_ for license_ in owed for id_ in (license_.license, license_.exception))
    return [address for id_ in ids if (address := license_address(id_))]


def _holders_in_words(holders: Iterable[Holder]) -> list[str]:
    return [*map(copyright_in_words, holders)] or ["Copyright holders: not known; see the source."]


def _license_in_words(license_: LicenseEvidence) -> list[str]:
    if license_.expression == NOASSERTION:
        words = ["unknown. Do not assume permission without one: ask the author."]
    else:
        words = [license_in_words(license_)]
    if license_.conflict:
        words.append(f"in conflict, resolve before use: {license_.conflict}")
    return words


def _one_line(text: str) -> str:
    """Strangers name repositories and files: a line end in a name must not forge a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
