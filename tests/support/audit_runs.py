"""Finished audits for the tests of reports: real subclasses, made without an index.

`sample_audit()` has one of everything, with names and texts as hostile as they can be.
`many_findings(n)` makes its files again at each call, so that tests can see what a report holds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from attribution.types import (
    Holder,
    IndexSummary,
    Label,
    LicenseEvidence,
    Match,
    MatchKind,
    Occurrence,
    Origin,
    Source,
    Span,
)
from audit.reports.interface import Audit
from audit.types import (
    Coverage,
    Decision,
    DecisionKind,
    FileReport,
    FileState,
    Finding,
    Passage,
    Ruling,
    Severity,
    StaleDecision,
    Summary,
    Verdict,
)

__all__ = [
    "HOSTILE_CODE",
    "HOSTILE_NAME",
    "INDEX",
    "FakeAudit",
    "clean_audit",
    "many_findings",
    "sample_audit",
    "sample_files",
    "sample_finding",
    "sample_source",
    "summary_of",
]

INDEX = IndexSummary(
    name="sample corpus",
    date="2026-11-20T08:00:00Z",
    documents=7_501,
    occurrences=9_000,
    languages=12,
    opt_outs=3,
    version="4f1c2d",
)

# What a name can hold on Linux: markup, quotes, a line end, other scripts, marks that reorder.
HOSTILE_NAME = "weird/naïve \"q' <script>alert(1)</script>\n| `x` [a](b) 日本 \u202e#50%.py"
HOSTILE_CODE = (
    '=HYPERLINK("http://x")  # ]]> --> </script><script>alert(1)</script>\n'
    "\x1b]0;owned\x07 \x00 ```\n| a | `b` {{ c }} @everyone &amp; \u202e\n"
)
_CODE = "def area(width, height):\n    total = width * height\n    return total\n"
_THEIRS = "def area(w, h):\n    total = w * h\n    return total\n"


class FakeAudit(Audit):
    """A finished run in memory, or one that is made again at each call."""

    def __init__(
        self,
        files: Sequence[FileReport] | Callable[[], Iterator[FileReport]],
        summary: Summary | None = None,
    ) -> None:
        self._files = files
        self.summary = summary or summary_of(self.files())

    def files(self) -> Iterator[FileReport]:
        """All files; made again at each call if they are not in memory."""
        yield from self._files() if callable(self._files) else self._files


def sample_audit() -> FakeAudit:
    """An audit with a file of every state and a finding of every kind; its exit code is 2."""
    stale = StaleDecision(
        where="whence-baseline.json",
        what="src/gone.py lines 3-9, GPL-2.0-only <b>",
        why="no such passage any more",
    )
    files = sample_files()
    return FakeAudit(files, replace(summary_of(files), stale=(stale,)))


def clean_audit() -> FakeAudit:
    """An audit without findings, of which all was checked; its exit code is 0."""
    return FakeAudit([FileReport("src/clean.py", FileState.CHECKED, "", "python", 40, 300)])


def sample_files() -> list[FileReport]:
    """The files of `sample_audit`."""
    gpl, mit = sample_source("GPL-3.0-only"), sample_source("MIT", kind=MatchKind.RENAMED)
    conflict = "file header says MIT, license file says GPL-2.0-only"
    apache = sample_source("Apache-2.0", repository="apache/thing")
    two = (sample_source("MPL-2.0", occurrences=12), sample_source("MIT", repository="b/copy"))
    hostile = sample_source(
        "GPL-2.0-only",
        repository="evil/<img src=x onerror=alert(1)>",
        path="a|b`c\nd.py",
        conflict="<b>=1+1</b> | [x](javascript:alert(1))",
    )
    denied = ("denied", Severity.ERROR)
    return [
        FileReport("src/clean.py", FileState.CHECKED, "", "python", 40, 300),
        _file("src/copied.c", [sample_finding("src/copied.c", 10, [gpl], *denied)], "c"),
        _file(
            "src/renamed.py",
            [sample_finding("src/renamed.py", 5, [mit], "attribute", Severity.WARNING)],
        ),
        _file(
            "src/unknown.js",
            [
                sample_finding(
                    "src/unknown.js",
                    1,
                    [sample_source("NOASSERTION")],
                    "review",
                    Severity.WARNING,
                    rule="licenses.unknown",
                )
            ],
            "javascript",
        ),
        _file(
            "src/conflict.go",
            [
                sample_finding(
                    "src/conflict.go",
                    7,
                    [_held(sample_source("MIT", conflict=conflict))],
                    "review",
                    Severity.WARNING,
                    rule="licenses.conflict",
                )
            ],
            "go",
        ),
        _file("src/decided.py", _decided(gpl, mit)),
        _file(
            "src/allowed.py",
            [sample_finding("src/allowed.py", 3, [apache], "allowed", Severity.NONE)],
        ),
        _file(
            "src/many spaces.py",
            [sample_finding("src/many spaces.py", 21, two, "review", Severity.NOTE)],
        ),
        _file(HOSTILE_NAME, [sample_finding(HOSTILE_NAME, 2, [hostile], *denied, HOSTILE_CODE)]),
        _file(
            "=cmd|' /C calc'!A0.py",
            [sample_finding("=cmd|' /C calc'!A0.py", 1, [gpl], *denied)],
        ),
        FileReport(
            "src/tiny.py", FileState.CHECKED, "too short: 5 tokens, 20 are needed", "python", 1, 5
        ),
        FileReport(
            "src/big.py",
            FileState.PARTLY,
            "more than 200,000 tokens: the rest was not looked at",
            "python",
            9_000,
            200_000,
            (sample_finding("src/big.py", 100, [mit], "attribute", Severity.NOTE),),
            ("not UTF-8: read as latin-1",),
        ),
        FileReport(
            "src/locked.py", FileState.NOT_CHECKED, "unreadable: permission denied", "python"
        ),
        FileReport("vendor/lib.min.js", FileState.LEFT_OUT, "excluded: vendor/ in whence.toml"),
        FileReport("build/<out>.py", FileState.LEFT_OUT, "ignored by git"),
    ]


def many_findings(n: int, per_file: int = 4) -> FakeAudit:
    """An audit of `n` open findings, made again at each call and never held."""
    licenses = ("GPL-3.0-only", "MIT", "NOASSERTION", "Apache-2.0", "MPL-2.0")
    verdicts = (
        ("denied", Severity.ERROR),
        ("attribute", Severity.WARNING),
        ("review", Severity.WARNING),
        ("attribute", Severity.NOTE),
        ("review", Severity.NOTE),
    )

    def files() -> Iterator[FileReport]:
        for start in range(0, n, per_file):
            name = f"src/module_{start // per_file:06}/part.py"
            yield _file(
                name,
                [
                    sample_finding(
                        name,
                        1 + 10 * (i - start),
                        [sample_source(licenses[i % 5], repository=f"owner{i % 97}/repo")],
                        *verdicts[i % 5],
                        code=f"{_CODE}# {i}\n",
                    )
                    for i in range(start, min(start + per_file, n))
                ],
            )

    return FakeAudit(files)


def _held(source: Source) -> Source:
    """The source, with a holder of the copyright at its first occurrence."""
    first, *rest = source.occurrences
    return replace(
        source, occurrences=(replace(first, holders=(Holder("2001", "Jane Doe"),)), *rest)
    )


def sample_source(
    license_: str,
    *,
    repository: str = "octo/shapes",
    path: str = "src/area.py",
    kind: MatchKind = MatchKind.VERBATIM,
    conflict: str | None = None,
    occurrences: int = 1,
) -> Source:
    """A source with one match of lines 88-90, with that many occurrences."""
    documents = tuple(
        f"swh:1:cnt:{hashlib.sha1(f'{repository}{i // 6}'.encode()).hexdigest()}"
        for i in range(occurrences)
    )
    evidence = LicenseEvidence(
        license_, "none" if license_ == "NOASSERTION" else "license file", conflict
    )
    span = Span(2810, 2880, 88, 90)
    return Source(
        document=documents[0],
        kind=kind,
        tokens=24,
        containment=0.97,
        similarity=0.95,
        longest_run_tokens=24,
        evidence=80.5,
        confidence=0.98,
        matches=(Match(kind, 24, Span(41, 111, 3, 5), span),),
        occurrences=tuple(
            Occurrence(
                repository=repository if i == 0 else f"{repository}-{i}",
                path=path,
                revision=hashlib.sha1(repository.encode()).hexdigest(),
                origin=f"https://github.com/{repository if i == 0 else f'{repository}-{i}'}",
                date=f"20{21 + i % 4}-03-04",
                stars=120 + i,
                vendored=i > 9,
                license=evidence,
            )
            for i in range(occurrences)
        ),
        occurrences_total=occurrences,
        origin=Origin(
            0, f"earliest of {occurrences}" if occurrences > 1 else "the only occurrence"
        ),
        documents=tuple(dict.fromkeys(documents)),
        occurrence_documents=documents,
        occurrence_spans=(span,) * occurrences,
    )


def sample_finding(
    name: str,
    line: int,
    sources: Sequence[Source],
    verdict: str,
    severity: Severity,
    code: str = _CODE,
    *,
    rule: str = "",
    decision: Decision | None = None,
) -> Finding:
    """A finding of the lines from `line` on."""
    license_ = sources[0].occurrences[0].license.expression
    lines = code.count("\n")
    return Finding(
        id=_hex(f"{name}{line}{code}", 16),
        name=name,
        passage=Passage(
            span=Span(line * 30, line * 30 + len(code.encode()), line, line + lines - 1),
            tokens=24,
            containment=sources[0].containment,
            label=Label.SIMILAR if severity is Severity.NOTE else Label.VERBATIM,
            confidence=sources[0].confidence,
            sources=tuple(sources),
            key=_hex(code, 32),
            prints=(11, 1 << 40, 1 << 63),
            code=code,
            source_code=_THEIRS,
            source_line=88,
        ),
        ruling=Ruling(
            verdict=Verdict(verdict),
            severity=severity,
            rule=rule or f"licenses.{'allow' if verdict == 'allowed' else verdict}",
            reason=f"{license_} of {sources[0].occurrences[0].repository} is {verdict} by "
            "whence.toml",
            license=license_,
            family="unknown" if license_ == "NOASSERTION" else "permissive",
            source=0,
            steps=("own: no", f"licenses.{verdict}: {license_}"),
        ),
        decision=decision,
    )


def summary_of(files: Iterable[FileReport]) -> Summary:
    """The summary that a run over these files has."""
    states: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {
        key: Counter() for key in ("open", "decided", "verdicts", "licenses", "labels")
    }
    problems, lines, lines_matched, too_short = [], 0, 0, 0
    for file in files:
        states[file.state] += 1
        lines += file.lines
        too_short += file.reason.startswith("too short")
        if file.state is FileState.LEFT_OUT:
            left_out[file.reason.partition(":")[0]] += 1
        if file.state is FileState.NOT_CHECKED:
            problems.append(f"{file.name}: {file.reason}")
        for finding in file.findings:
            span = finding.passage.span
            if finding.ruling.severity:
                lines_matched += span.end_line - span.start_line + 1
            if finding.decision is not None:
                counts["decided"][finding.decision.kind] += 1
            elif finding.open:
                counts["open"][finding.ruling.severity.word] += 1
                counts["verdicts"][finding.ruling.verdict] += 1
                counts["licenses"][finding.ruling.license] += 1
                counts["labels"][finding.passage.label] += 1
    coverage = Coverage(
        checked=states[FileState.CHECKED],
        too_short=too_short,
        partly=states[FileState.PARTLY],
        not_checked=states[FileState.NOT_CHECKED],
        left_out=states[FileState.LEFT_OUT],
        left_out_by={str(key): count for key, count in left_out.items()},
        lines=lines,
        lines_matched=lines_matched,
        bytes=lines * 30,
        from_cache=states[FileState.CHECKED] // 2,
    )
    plain = {key: {str(k): n for k, n in count.items()} for key, count in counts.items()}
    return Summary(
        tool="whence 0.1.0",
        began="2026-11-21T10:00:00Z",
        seconds=1.5,
        root=".",
        index=INDEX,
        policy="whence.toml",
        fail_on=Severity.WARNING,
        max_findings=0,
        coverage=coverage,
        open=plain["open"],
        decided=plain["decided"],
        verdicts=plain["verdicts"],
        licenses=plain["licenses"],
        labels=plain["labels"],
        problems=tuple(problems),
    )


def _decided(gpl: Source, mit: Source) -> list[Finding]:
    """One accepted, one dismissed, one attributed."""
    name, baseline = "src/decided.py", "whence-baseline.json"
    accepted = Decision(
        DecisionKind.ACCEPTED,
        "=the <b>risk</b> is taken",
        baseline,
        "ada",
        "2026-11-01",
        "2027-05-01",
    )
    dismissed = Decision(DecisionKind.DISMISSED, "an idiom", "line 12")
    attributed = Decision(DecisionKind.ATTRIBUTED, "cited", "NOTICE")
    return [
        sample_finding(
            name, 1, [gpl], "denied", Severity.ERROR, _CODE + "# 1\n", decision=accepted
        ),
        sample_finding(
            name, 12, [gpl], "denied", Severity.ERROR, _CODE + "# 2\n", decision=dismissed
        ),
        sample_finding(
            name, 20, [mit], "attribute", Severity.WARNING, _CODE + "# 3\n", decision=attributed
        ),
    ]


def _file(name: str, findings: Sequence[Finding], language: str = "python") -> FileReport:
    return FileReport(name, FileState.CHECKED, "", language, 120, 900, tuple(findings))


def _hex(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
