"""An Attribution for people: the verdict first, then each source with its licence and citation.

Every status has its own words, and colour only repeats them. Addresses are never wrapped, so that
they can be copied from the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from attribution.citation import cite_occurrence
from attribution.index.interface import Index
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.obligations import in_words
from attribution.licensing.wording import holder_in_words, read_from
from attribution.reports.numbers import count_of, percent
from attribution.reports.side_by_side import print_side_by_side
from attribution.reports.summary import (
    coverage_in_words,
    listed_in_words,
    searched_in_words,
    sources_in_words,
)
from attribution.reports.terminal import print_wrapped, printable
from attribution.types import (
    Attribution,
    IndexSummary,
    Label,
    LicenseEvidence,
    MatchKind,
    Occurrence,
    Source,
    Span,
    Status,
)

__all__ = ["FOOTER", "print_answer", "print_index", "print_source", "print_verdict"]

# At the end of every report: what a match, or its absence, does not prove.
FOOTER = "Only this index was searched. Not legal advice; a match does not prove copying."

_LISTED = 3  # other occurrences of a source that are listed; JSON has all
_MATCHES = 4  # pairs of line ranges that are listed
_INDENT = 3  # columns before a source's rows
_HOLDERS = 3  # of an occurrence that are shown
_KEY = 9  # columns of the key before a value

_HEADLINES = {
    Label.NONE: ("NO SOURCE FOUND", "bold green"),
    Label.COMMON: ("COMMON CODE", "bold cyan"),
    Label.SIMILAR: ("SIMILAR CODE", "bold yellow"),
    Label.STRIKING: ("STRIKINGLY SIMILAR", "bold red"),
    Label.VERBATIM: ("VERBATIM COPY", "bold red"),
}
_KINDS = {
    MatchKind.VERBATIM: "the same tokens",
    MatchKind.RENAMED: "the same except for names",
    MatchKind.EDITED: "the same except for edits",
    MatchKind.SIMILAR: "similar in parts",
}


def print_answer(console: Console, attribution: Attribution, sides: Index | None = None) -> None:
    """Print an answer, without the index that it comes from.

    Args:
        console: where to print.
        attribution: the answer.
        sides: prints both sides of every match, with sources' texts from this index; None: not.
    """
    print_verdict(console, attribution)
    for number, source in enumerate(attribution.sources, 1):
        print_source(console, number, source)
        if sides is not None and source.occurrences:
            (document,) = sides.fetch([source.document.removeprefix("swh:1:cnt:")])
            if document is None:  # removed after the answer was given
                continue
            names = attribution.snippet.name, source.occurrences[source.aligned_at].path
            texts = attribution.snippet.code, document.content
            for match in source.matches:
                print_side_by_side(console, names, texts, match)
    if (listed := listed_in_words(attribution)) is not None:
        console.print()
        print_wrapped(console, Text(f"{listed} are listed; --max-sources all lists all.", "bold"))


def print_verdict(console: Console, attribution: Attribution) -> None:
    """Print the headline: what was looked up, the label, how sure, why."""
    name = printable(attribution.snippet.name)
    if attribution.label is None:
        headline, style = "NOT CHECKED", "bold magenta"
        reason = attribution.status_reason or attribution.reason
    else:
        headline, style = _HEADLINES[attribution.label]
        reason = attribution.reason
    title = Text.assemble((name, "bold"), ": ", (headline, style))
    if attribution.sources and attribution.label not in (Label.NONE, Label.COMMON):
        title.append(f", {percent(attribution.confidence)} sure")
    if attribution.status is Status.PARTIAL:
        title.append(" (partially checked)", "bold magenta")
    console.print(title, soft_wrap=True)  # one line, however long the name is
    lines = [reason]
    if attribution.coverage:
        lines.append(coverage_in_words(attribution))
    if attribution.sources_total > 1:
        lines.append(sources_in_words(attribution))
    if attribution.status is Status.PARTIAL:
        lines.append(f"Partially checked: {attribution.status_reason}")
    lines += [
        f"A short run, too little to name a source: {lead.reason}" for lead in attribution.leads
    ]
    lines += [f"Note: {warning}" for warning in attribution.warnings]
    for line in lines:
        print_wrapped(console, Text(printable(line)), "  ")


def print_source(console: Console, number: int, source: Source) -> None:
    """Print one source: where it is, which lines, which licence, how to cite it."""
    console.print()
    if not source.occurrences:
        text = f"{number}. {source.document}, no longer in any repository of the index"
        print_wrapped(console, Text(text))
        return
    at = source.aligned_at
    occurrence = source.occurrences[at]
    title = Text.assemble(f"{number}. ", (printable(occurrence.repository), "bold"))
    title.append(printable(f"  {_details(occurrence)}"), "dim")
    print_wrapped(console, title)
    rows = [
        ("match", _match(source)),
        ("file", Text(printable(occurrence.path))),
        *(("lines", line) for line in _match_lines(source)),
        ("licence", _license(occurrence.license)),
    ]
    expression = occurrence.license.expression
    if expression != NOASSERTION:  # otherwise the row above says what to do
        rows += [("owed", Text(printable(line))) for line in in_words(expression)]
    if occurrence.holders:
        rows.append(("holder", Text(printable(_holders(occurrence)))))
    if source.origin is not None and source.occurrences_total > 1:
        where = "here" if source.cited_at == at else _where(source, source.cited_at)
        rows.append(("origin", Text(printable(f"probably {where}: {source.origin.reason}"))))
    rows += [("also in", line) for line in _other_occurrences(source, at)]
    citation = cite_occurrence(source.occurrence(at))
    addresses = (citation.url or occurrence.origin, citation.swhid, citation.purl)
    rows += [("cite", Text(printable(address))) for address in addresses if address]
    last = ""
    for key, value in rows:  # each key once; values wrap under themselves
        head = Text.assemble(" " * _INDENT, (("" if key == last else key).ljust(_KEY), "dim"))
        print_wrapped(console, value, head, wrap=key != "cite")
        last = key


def print_index(console: Console, index: IndexSummary, verb: str = "Checked against") -> None:
    """Print what was searched, and what the result does not prove."""
    counts = [
        count_of(index.documents, "file"),
        count_of(index.occurrences, "occurrence"),
        count_of(index.languages, "language"),
    ]
    if index.opt_outs:
        counts.append(count_of(index.opt_outs, "opt-out"))
    console.print()
    line = f"{verb} {searched_in_words(index)}: {', '.join(counts)}."
    print_wrapped(console, Text(printable(line), "dim"))
    print_wrapped(console, Text(FOOTER, "dim"))


def _details(occurrence: Occurrence) -> str:
    """What is known about the repository, in a few words."""
    words = []
    if occurrence.revision:
        # The citation has the whole commit; ten digits distinguish it from its neighbours.
        commit = len(occurrence.revision) >= 40
        words.append(occurrence.revision[:10] if commit else occurrence.revision)
    if occurrence.date:
        words.append(occurrence.date[:10])
    if occurrence.stars is not None:
        words.append(count_of(occurrence.stars, "star"))
    if occurrence.indexes:
        words.append(f"index {' and '.join(occurrence.indexes)}")
    if occurrence.vendored:
        words.append("vendored copy")
    return ", ".join(words)


def _match(source: Source) -> Text:
    tokens = count_of(source.tokens, "token")
    words = f" ({_KINDS[source.kind]}): {tokens}, {percent(source.containment)} of the snippet"
    # Of renamed code, the equal tokens between two changed names say nothing.
    if 0 < source.longest_run_tokens < source.tokens and source.kind is not MatchKind.RENAMED:
        words += f", run of {source.longest_run_tokens:,}"
    return Text.assemble((source.kind.value, "bold"), words)


def _match_lines(source: Source) -> Iterator[Text]:
    """Line ranges on both sides, the snippet's first."""
    for match in source.matches[:_MATCHES]:
        ours, theirs = _lines(match.snippet), _lines(match.source)
        kind = "" if match.kind is source.kind else f", {match.kind.value}"
        yield Text.assemble(
            (ours, "bold"), " here = ", (theirs, "bold"), f" there ({match.tokens} tokens{kind})"
        )
    left = len(source.matches) - _MATCHES
    if left > 0:
        yield Text(f"and {left} more pairs (see --format json)")


def _lines(span: Span) -> str:
    if span.start_line == span.end_line:
        return str(span.start_line)
    return f"{span.start_line}-{span.end_line}"


def _license(evidence: LicenseEvidence) -> Text:
    if evidence.expression == NOASSERTION:
        text = Text("unknown: assume no permission until the author grants it", "yellow")
    else:
        text = Text.assemble(
            (printable(evidence.expression), "bold"),
            f" (read from: {printable(read_from(evidence))})",
        )
    if evidence.conflict:
        text.append(f"\nCONFLICT: {printable(evidence.conflict)}", "bold yellow")
    return text


def _holders(occurrence: Occurrence) -> str:
    """The first holders with their years: "1999-2004 Jane Doe; 2007 Acme, Inc. and 3 more"."""
    shown = occurrence.holders[:_HOLDERS]
    words = "; ".join(map(holder_in_words, shown))
    more = len(occurrence.holders) - len(shown)
    return f"{words} and {more} more" if more else words


def _where(source: Source, at: int) -> str:
    """An occurrence on one line: repository, what is known about it, path and lines."""
    seen = source.occurrence(at)
    occurrence, details = seen.occurrence, _details(seen.occurrence)
    return (
        f"{occurrence.repository}{f' ({details})' if details else ''}  {occurrence.path}"
        f"{f':{seen.lines[0]}-{seen.lines[1]}' if seen.lines else ''}"
    )


def _other_occurrences(source: Source, at: int) -> Iterator[Text]:
    others = [i for i in range(len(source.occurrences)) if i != at]
    for i in others[:_LISTED]:
        yield Text(printable(_where(source, i)))
    left = source.occurrences_total - 1 - min(len(others), _LISTED)
    if left > 0:
        yield Text(f"{count_of(left, 'more occurrence')} (see --format json)")
