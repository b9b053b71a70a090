"""The first lines of the report: the result. What was not checked comes before everything else."""

from __future__ import annotations

from dataclasses import dataclass

from audit.types import Coverage, Severity, Summary

__all__ = ["Headline", "headline_of"]

_WORST_FIRST = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Headline:
    """The result in a sentence, with its tone, the coverage and the threshold."""

    tone: str  # "good", "neutral", "warn" or "bad"
    text: str
    coverage: str
    threshold: str


def headline_of(summary: Summary) -> Headline:
    """The headline of a run."""
    findings = _open_findings(summary)
    coverage = summary.coverage
    files = coverage.checked + coverage.partly + coverage.not_checked
    if summary.exit_code == 2:
        lacking = _lacking(coverage, files)
        tone, text = "bad", f"{lacking} {findings or 'In the rest, no finding is open'}."
        if not coverage.checked and not coverage.partly:
            text = lacking
    elif summary.exit_code == 1:
        tone, text = "bad", f"Failed: {findings}."
    elif findings:
        tone, text = "warn", f"Passed, with {findings}."
    elif not files:
        tone, text = "neutral", "Nothing to check: no file with code was found."
    else:
        tone, text = "good", f"Passed: no open finding in {_files(files)}."
    return Headline(tone, text, _covered(coverage, files), _threshold(summary))


def _open_findings(summary: Summary) -> str:
    counts = [(word, summary.open.get(word, 0)) for word in _WORST_FIRST]
    total = sum(count for _, count in counts)
    if not total:
        return ""
    each = ", ".join(_plural(count, word) for word, count in counts if count)
    return f"{_plural(total, 'open finding')} ({each})"


def _lacking(coverage: Coverage, files: int) -> str:
    if not coverage.checked and not coverage.partly:
        return "Nothing was checked."
    lacking = coverage.not_checked or coverage.partly
    if not lacking:
        return "Not complete: see the problems below."
    were = "was" if lacking == 1 else "were"
    how = "not checked" if coverage.not_checked else "checked only in part"
    if coverage.not_checked and coverage.partly:
        how += f", {coverage.partly:,} only in part"
    return f"Not complete: {lacking:,} of {_files(files)} {were} {how}."


def _covered(coverage: Coverage, files: int) -> str:
    parts = [f"{coverage.checked:,} of {_files(files)} checked"]
    if coverage.too_short:
        parts[0] += f" ({coverage.too_short:,} too short for any finding)"
    if coverage.partly:
        parts.append(f"{coverage.partly:,} in part")
    if coverage.not_checked:
        parts.append(f"{coverage.not_checked:,} not")
    if coverage.left_out:
        parts.append(f"{coverage.left_out:,} left out")
    return ", ".join(parts) + "."


def _threshold(summary: Summary) -> str:
    if summary.fail_on is None:
        return "No finding fails this audit: its policy only reports."
    least = summary.fail_on.word
    if summary.fail_on is not Severity.ERROR:
        least += " or worse"
    allowed = f"; {summary.max_findings:,} are allowed" if summary.max_findings else ""
    return f"Threshold: {least}, reached by {_plural(summary.over, 'open finding')}{allowed}."


def _files(count: int) -> str:
    return _plural(count, "file")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
