"""An Attribution for people: the verdict first, then each source with what is owed for it.

Every state has its own words, and colour only repeats what they say. Addresses are never broken
by us, so that they can be copied from the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from attribution.citation import cite_occurrence, lines_of_occurrence
from attribution.index.interface import Index
from attribution.reports.numbers import count_of, percent
from attribution.reports.side_by_side import print_side_by_side
from attribution.reports.terminal import printable
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

# Standing words of every report: what a match, or its absence, does not prove.
FOOTER = "Only this index was searched. Not legal advice, and no proof of copying."

_PLACES = 3  # other places of a source that are listed; JSON has all
_MATCHES = 4  # pairs of line ranges that are listed
_INDENT = 3  # columns before a source's rows
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
    MatchKind.RENAMED: "same but for names",
    MatchKind.EDITED: "same but for edits",
    MatchKind.SIMILAR: "alike in part",
}


def print_answer(console: Console, attribution: Attribution, sides: Index | None = None) -> None:
    """All of an answer but the index; with `sides`, both texts of every match too.

    Args:
        console: where to print.
        attribution: the answer.
        sides: the index to fetch the sources' texts from; None leaves them out.
    """
    print_verdict(console, attribution)
    for number, source in enumerate(attribution.sources, 1):
        print_source(console, number, source)
        if sides is not None and source.matches:
            (document,) = sides.fetch([source.document.removeprefix("swh:1:cnt:")])
            if document is None:  # removed since it was answered with
                continue
            for match in source.matches:
                names = attribution.snippet.name, source.occurrences[_shown_place(source)].path
                code = attribution.snippet.code
                print_side_by_side(console, names, (code, document.content), match)


def print_verdict(console: Console, attribution: Attribution) -> None:
    """The headline: what was asked, the label, how sure, why."""
    name = printable(attribution.snippet.name)
    if attribution.label is None or attribution.status is Status.NOT_CHECKED:
        headline, style = "NOT CHECKED", "bold magenta"
    else:
        headline, style = _HEADLINES[attribution.label]
    title = Text.assemble((name, "bold"), ": ", (headline, style))
    if attribution.sources and attribution.label not in (Label.NONE, Label.COMMON):
        title.append(f", {percent(attribution.confidence)} sure")
    if attribution.status is Status.PARTIAL:
        title.append(" (checked in part only)", "bold magenta")
    console.print(title, soft_wrap=True)  # one line, however long the name is
    _print(console, Text(printable(_verdict_reason(attribution))), 2)
    if attribution.status is Status.PARTIAL:
        _print(console, Text(printable(f"Not all was checked: {attribution.status_reason}")), 2)
    for warning in attribution.warnings:
        _print(console, Text(printable(f"Note: {warning}")), 2)


def print_source(console: Console, number: int, source: Source) -> None:
    """One source: where, which lines, which licence, how to cite it."""
    console.print()
    if not source.occurrences:
        _print(console, Text(f"{number}. {source.document}, no longer at any known place"), 0)
        return
    at = _shown_place(source)
    place = source.occurrences[at]
    title = Text.assemble(f"{number}. ", (printable(place.repository), "bold"))
    title.append(printable(f"  {_stand(place)}"), "dim")
    _print(console, title, 0)
    rows = [
        ("match", _match(source)),
        ("file", Text(printable(place.path))),
        *(("lines", line) for line in _match_lines(source)),
        ("licence", _license(place.license)),
    ]
    if source.origin is not None and source.occurrences_total > 1:
        origin = source.origin.occurrence
        where = "here" if origin == at else _where(source, origin)
        rows.append(("origin", Text(printable(f"probably {where}: {source.origin.reason}"))))
    rows += [("also in", line) for line in _other_places(source, at)]
    citation = cite_occurrence(source, at)
    addresses = (citation.url or place.origin, citation.swhid, citation.purl)
    rows += [("cite", Text(printable(address))) for address in addresses if address]
    _print_rows(console, rows)


def print_index(console: Console, index: IndexSummary, verb: str = "Checked against") -> None:
    """What was searched, and what that does not say."""
    counts = [
        count_of(index.documents, "file"),
        count_of(index.occurrences, "place"),
        count_of(index.languages, "language"),
        count_of(index.opt_outs, "opt-out") if index.opt_outs else "no opt-outs",
    ]
    console.print()
    line = f"{verb} {index.name} of {index.date[:10]}: {', '.join(counts)}."
    _print(console, Text(printable(line), "dim"), 0)
    _print(console, Text(FOOTER, "dim"), 0)


def _verdict_reason(attribution: Attribution) -> str:
    if attribution.status is Status.NOT_CHECKED:
        return attribution.status_reason or attribution.reason
    return attribution.reason


def _stand(place: Occurrence) -> str:
    """What is known of a repository, in few words."""
    words = []
    if place.revision:
        # A commit is long and in the citation; ten digits tell it from its neighbours.
        words.append(place.revision[:10] if len(place.revision) >= 40 else place.revision)
    if place.date:
        words.append(place.date[:10])
    if place.stars is not None:
        words.append(count_of(place.stars, "star"))
    if place.vendored:
        words.append("vendored copy")
    return ", ".join(words)


def _match(source: Source) -> Text:
    words = f" ({_KINDS[source.kind]}), {percent(source.containment)} of the snippet"
    # Of renamed code, the equal tokens between two changed names say nothing.
    if source.longest_run_tokens and source.kind is not MatchKind.RENAMED:
        words += f", run of {source.longest_run_tokens} tokens"
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
    if evidence.expression == "NOASSERTION":
        text = Text("not known: assume no permission until the author gives one", "yellow")
    else:
        text = Text.assemble(
            (printable(evidence.expression), "bold"),
            f" (read from: {printable(evidence.evidence)})",
        )
    if evidence.conflict:
        text.append(f"\nCONFLICT: {printable(evidence.conflict)}", "bold yellow")
    return text


def _shown_place(source: Source) -> int:
    """The occurrence to show: the probable origin, if it has the very content that was aligned.

    Near-equal contents have other lines; those of the matches are true of `source.document`.
    """
    held = source.occurrence_documents or (source.document,) * len(source.occurrences)
    origin = source.origin.occurrence if source.origin is not None else 0
    if held[origin] == source.document or source.document not in held:
        return origin
    return held.index(source.document)


def _where(source: Source, at: int) -> str:
    """A place in one line: repository, what is known of it, path and lines."""
    place, lines = source.occurrences[at], lines_of_occurrence(source, at)
    known = _stand(place)
    return (
        f"{place.repository}{f' ({known})' if known else ''}  {place.path}"
        f"{f':{lines[0]}-{lines[1]}' if lines else ''}"
    )


def _other_places(source: Source, at: int) -> Iterator[Text]:
    others = [i for i in range(len(source.occurrences)) if i != at]
    for i in others[:_PLACES]:
        yield Text(printable(_where(source, i)))
    left = source.occurrences_total - 1 - min(len(others), _PLACES)
    if left > 0:
        yield Text(f"{count_of(left, 'more place')} (see --format json)")


def _print_rows(console: Console, rows: list[tuple[str, Text]]) -> None:
    """Keys, each named once, and values that wrap under themselves; addresses stay whole."""
    width = max(console.width - _INDENT - _KEY, 20)
    last = ""
    for key, value in rows:
        for line in [value] if key == "cite" else value.wrap(console, width):
            line.rstrip()
            shown = "" if key == last else key
            last = key
            console.print(
                Text.assemble(" " * _INDENT, (shown.ljust(_KEY), "dim"), line), soft_wrap=True
            )


def _print(console: Console, text: Text, indent: int) -> None:
    for line in text.wrap(console, max(console.width - indent, 20)):
        line.rstrip()
        console.print(Text.assemble(" " * indent, line), soft_wrap=True)
