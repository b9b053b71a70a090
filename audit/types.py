"""The nouns of an audit, one frozen dataclass each. Those of a look-up are in attribution.types.

All but `Item` are written to disk as JSON (msgspec), so their fields are plain values.
Lines are 1-based and inclusive, and those of the file as it is on disk; offsets are bytes of
`Item.code`, half-open.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from attribution.types import IndexSummary, Label, Source, Span, Status

__all__ = [
    "Checked",
    "Coverage",
    "Decision",
    "DecisionKind",
    "FileReport",
    "Finding",
    "Item",
    "LeftOut",
    "Passage",
    "Ruling",
    "Severity",
    "StaleDecision",
    "State",
    "Summary",
    "Verdict",
    "findings_of",
]


# ---- what is to be checked ----


@dataclass(frozen=True, slots=True)
class Item:
    """A text to check: a file, a part of a diff, or one generation."""

    name: str  # path from the root of the audit, "/" between parts; or the generation's id
    code: bytes  # the whole text, context included
    language: str | None = None  # canonical name
    judged: tuple[tuple[int, int], ...] | None = None  # half-open byte ranges; None: all of it
    first_line: int = 1  # number of the first line of `code` in the file on disk


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was met and is not checked, and why."""

    name: str
    reason: str  # "excluded", "ignored by git", "not code", "too large", "unreadable", ...
    detail: str = ""  # the value, the limit, the remedy
    wanted: bool = False  # it was to be checked and could not be: the audit is not complete


# ---- what a check found ----


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text, and the sources that it matches."""

    span: Span  # clipped to what is judged
    tokens: int  # matched tokens of it, by its best source
    containment: float  # matched share of its tokens, 0..1
    label: Label  # of its best source
    confidence: float  # of its best source, 0..1
    sources: tuple[Source, ...]  # best first, at least one
    key: str  # 32 hex digits: hash of its tokens; white space and comments do not count
    prints: tuple[int, ...]  # its smallest fingerprints, at most 64, ascending: a bottom-k sketch
    code: str  # its lines, cut at `EXCERPT_LINES`
    source_code: str  # the lines of the best source's best match, likewise cut; "" when not had
    source_line: int  # number of the first of them in the source


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of an Item found, before any policy. This is what the cache keeps."""

    status: Status
    status_reason: str | None
    lines: int  # judged
    tokens: int  # judged
    too_short: bool  # fewer tokens than can be told apart from chance: no finding is possible
    passages: tuple[Passage, ...]  # in the order of the text
    warnings: tuple[str, ...] = ()


# ---- what a policy and people make of it ----


class Verdict(enum.StrEnum):
    """What the licence of a source means under a policy, mildest first."""

    ALLOWED = "allowed"
    ATTRIBUTE = "attribute"  # allowed, when attributed
    REVIEW = "review"  # a person has to look
    DENIED = "denied"


class Severity(enum.IntEnum):
    """How much a finding weighs."""

    NONE = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """`none`, `note`, `warning` or `error`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of a passage, and by which rule."""

    verdict: Verdict
    severity: Severity
    rule: str  # stable id, e.g. "licenses.deny", "licenses.unknown", "own", "severity.similar"
    reason: str  # a sentence: which source, which licence, which rule, where the rule is written
    license: str  # SPDX expression that was decided on, or NOASSERTION
    family: str  # of it, see policy.families
    source: int  # position in Passage.sources of the one that decided
    steps: tuple[str, ...] = ()  # each rule that was asked, in order, for --explain


class DecisionKind(enum.StrEnum):
    """What people decided of a finding."""

    ACCEPTED = "accepted"  # the risk is taken
    DISMISSED = "dismissed"  # it is no copy
    ATTRIBUTED = "attributed"  # its author is named as the licence asks


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and where it is written."""

    kind: DecisionKind
    reason: str
    where: str  # "whence-baseline.json", "line 12", "NOTICE"
    author: str = ""
    date: str = ""  # ISO 8601
    expires: str | None = None  # ISO 8601 date, the last day on which it holds


@dataclass(frozen=True, slots=True)
class StaleDecision:
    """A decision that applies to nothing any more, and why."""

    where: str
    what: str  # which finding it was for: name, lines, licence
    why: str  # "no such passage any more", "expired on ...", "the licence is worse now: ..."


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage seen through a policy, with what people decided of it."""

    id: str  # 16 hex digits: of name, content and, for equal contents in one file, their order
    name: str  # of the item
    passage: Passage
    ruling: Ruling
    decision: Decision | None = None

    @property
    def open(self) -> bool:
        """Whether something is left to be done about it."""
        return self.decision is None and self.ruling.severity > Severity.NONE


# ---- the account of a run ----


class State(enum.StrEnum):
    """What became of a file."""

    CHECKED = "checked"
    PARTLY = "partly checked"
    NOT_CHECKED = "not checked"
    LEFT_OUT = "left out"  # by a rule of the user's: not asked for


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file with its findings."""

    name: str
    state: State
    reason: str = ""  # of any state but CHECKED; and "too short ..." of a short one
    language: str | None = None
    lines: int = 0  # judged
    tokens: int = 0  # judged
    findings: tuple[Finding, ...] = ()  # in the order of the text; decided ones included
    warnings: tuple[str, ...] = ()
    sha1: str = ""  # of the whole text, 40 hex digits: SPDX wants it; "" when it was not read


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was met was checked."""

    checked: int = 0  # files; too short ones are among them
    too_short: int = 0
    partly: int = 0
    not_checked: int = 0
    left_out: int = 0
    left_out_by: dict[str, int] = field(default_factory=dict)  # reason -> files
    lines: int = 0  # judged
    lines_matched: int = 0  # of them in findings with a severity
    bytes: int = 0  # of the files that were checked
    from_cache: int = 0  # files whose check was known

    @property
    def complete(self) -> bool:
        """Whether all that was asked was checked."""
        return not self.partly and not self.not_checked


@dataclass(frozen=True, slots=True)
class Summary:
    """What every report tells of a run."""

    tool: str  # "whence 0.1.0"
    began: str  # ISO 8601
    seconds: float
    root: str  # what was audited, as it was asked for
    index: IndexSummary | None  # None: it could not be opened
    policy: str  # name: of the preset, or of the file
    fail_on: Severity | None  # None: never
    max_findings: int
    coverage: Coverage
    open: dict[str, int] = field(default_factory=dict)  # open findings by severity word
    decided: dict[str, int] = field(default_factory=dict)  # by DecisionKind
    allowed: int = 0  # findings that weigh nothing under the policy
    verdicts: dict[str, int] = field(default_factory=dict)  # open findings by Verdict
    licenses: dict[str, int] = field(default_factory=dict)  # open findings by expression
    labels: dict[str, int] = field(default_factory=dict)  # open findings by Label
    stale: tuple[StaleDecision, ...] = ()
    problems: tuple[str, ...] = ()  # what kept the audit from being complete, one sentence each
    notes: tuple[str, ...] = ()  # what is worth knowing and changes nothing

    @property
    def over(self) -> int:
        """Open findings at or over the threshold."""
        if self.fail_on is None:
            return 0
        return sum(n for word, n in self.open.items() if Severity[word.upper()] >= self.fail_on)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings at or over the threshold, 2 not all could be checked."""
        if self.problems or not self.coverage.complete:
            return 2
        return 1 if self.over > self.max_findings else 0


def findings_of(files: Iterator[FileReport] | Sequence[FileReport]) -> Iterator[Finding]:
    """The findings of files, in order."""
    for file in files:
        yield from file.findings
