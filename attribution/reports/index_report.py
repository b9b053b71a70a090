"""What an index contains, for people and as JSON."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from attribution.reports.json_report import index_json
from attribution.reports.numbers import count_of, size_in_words
from attribution.reports.terminal import print_wrapped, printable
from attribution.types import IndexDescription, Skip

__all__ = ["description_json", "print_description", "print_parts", "print_skips"]

_KEY = 12  # columns of the key before a value
_ROWS = 12  # of a table of counts; JSON has all
_SOURCES = 3  # of what was indexed that are named


def print_description(console: Console, location: str, description: IndexDescription) -> None:
    """Print counts, sizes, opt-outs and parameters."""
    summary = description.summary
    repositories = description.repositories
    console.print(Text(printable(f"Index {summary.name}, at {location}"), "bold"), soft_wrap=True)
    _row(console, "state of", f"{summary.date}, version {summary.version}")
    _row(
        console,
        "contains",
        f"{count_of(summary.documents, 'file')} of {size_in_words(description.content_bytes)}, "
        f"{count_of(summary.occurrences, 'occurrence')} in "
        f"{repositories:,} {'repository' if repositories == 1 else 'repositories'}",
    )
    _row(
        console,
        "on disk",
        ", ".join(
            [
                size_in_words(sum(description.sizes.values())),
                *(f"{part} {size_in_words(size)}" for part, size in _largest(description.sizes)),
            ]
        ),
    )
    if description.pending_removal_bytes:
        pending = size_in_words(description.pending_removal_bytes)
        _row(console, "removed", f"{pending} still on disk until `whence compact`")
    _versions(console, description)
    _sources(console, description.sources)
    _row(console, "opt-outs", _opt_outs(description))
    _row(console, "built with", ", ".join(f"{k} {v}" for k, v in description.params.items()))
    _counts(console, "Language", "files", description.languages)
    _counts(console, "Licence", "occurrences", description.licenses)
    _counts(console, "Left out", "files", description.skipped)
    if description.skipped:
        console.print(Text("  --skipped lists each file that was left out", "dim"))


def print_parts(console: Console, parts: Iterable[str]) -> None:
    """Print each part as it is checked; the first damaged part raises its error."""
    count = 0
    for part in parts:
        count += 1
        console.print(Text(f"intact  {printable(part)}", "dim"), soft_wrap=True)
    console.print(f"{count_of(count, 'part')} checked, none damaged.")


def print_skips(console: Console, skips: Iterable[Skip]) -> None:
    """Print one line per file: reason, name, detail."""
    for skip in skips:
        detail = f"  ({skip.detail})" if skip.detail else ""
        console.print(Text(printable(f"{skip.reason}  {skip.name}{detail}")), soft_wrap=True)


def description_json(
    description: IndexDescription,
    parts: Iterable[str] | None = None,
    skips: Iterable[Skip] | None = None,
) -> dict[str, object]:
    """All fields of the description, with the checked parts and skipped files if given."""
    shape: dict[str, object] = dataclasses.asdict(description)
    shape["summary"] = index_json(description.summary)
    if parts is not None:
        shape["whole_parts"] = list(parts)
    if skips is not None:
        shape["skips"] = [dataclasses.asdict(skip) for skip in skips]
    return shape


def _sources(console: Console, sources: Sequence[str]) -> None:
    """Print the number of sources of each kind and the first few; there may be hundreds."""
    if not sources:
        _row(console, "indexed", "nothing yet")
        return
    if len(sources) > _SOURCES:
        kinds = Counter(source.partition(":")[0] for source in sources)
        listed = ", ".join(f"{count:,} {kind}" for kind, count in _largest(kinds))
        _row(console, "indexed", f"{len(sources):,} sources ({listed}), such as")
    for i, source in enumerate(sources[:_SOURCES]):
        # Not wrapped: most are paths, which people copy.
        key = "indexed" if i == 0 and len(sources) <= _SOURCES else ""
        _row(console, key, source, wrap=False)
    if len(sources) > _SOURCES:
        left = len(sources) - _SOURCES
        _row(console, "", f"and {left:,} more (--format json lists all)")


def _versions(console: Console, description: IndexDescription) -> None:
    """Print the versions beside the one in use."""
    others = [version for version in description.versions if version.state != "served"]
    for i, version in enumerate(others):
        text = f"{version.state} version {version.name}, {size_in_words(version.size)}"
        if version.state == "old":
            text += ", until `whence compact --drop-old`"
        _row(console, "kept" if i == 0 else "", text)


def _opt_outs(description: IndexDescription) -> str:
    if not description.opt_outs:
        return "none"
    named = [f"{opt_out.kind} {opt_out.value}" for opt_out in description.opt_outs[:_ROWS]]
    left = len(description.opt_outs) - len(named)
    return ", ".join(named) + (f" and {left:,} more" if left else "")


def _largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _counts(console: Console, title: str, unit: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    console.print()
    rows = _largest(counts)
    names = [printable(name) for name, _ in rows[:_ROWS]]
    width = max(len(title), *map(len, names))
    digits = max(len(unit), len(f"{rows[0][1]:,}"))
    console.print(Text(f"  {title:<{width}}  {unit:>{digits}}", "bold"))
    for name, (_, count) in zip(names, rows, strict=False):
        console.print(Text(f"  {name:<{width}}  {count:>{digits},}"), soft_wrap=True)
    if len(rows) > _ROWS:
        rest = sum(count for _, count in rows[_ROWS:])
        console.print(Text(f"  {f'{len(rows) - _ROWS} more':<{width}}  {rest:>{digits},}", "dim"))


def _row(console: Console, key: str, value: str, *, wrap: bool = True) -> None:
    head = Text.assemble("  ", (key.ljust(_KEY), "dim"))
    print_wrapped(console, Text(printable(value)), head, wrap=wrap)
