"""The types of an audit. Those of a look-up are in attribution.types.

All except `Item` are written to disk as JSON (msgspec), so their fields are plain values.
Line numbers are 1-based and inclusive and refer to the file on disk. Offsets are half-open byte
ranges of `Item.code`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from attribution.types import IndexSummary, Label, Source, Span, Status

__all__ = [
    "Checked",
    "Coverage",
    "Decision",
    "DecisionKind",
    "FileReport",
    "FileState",
    "Finding",
    "Item",
    "LeftOut",
    "Passage",
    "Ruling",
    "Severity",
    "StaleDecision",
    "Summary",
    "Verdict",
]


# ---- input ----


@dataclass(frozen=True, slots=True)
class Item:
    """A text to check: a file, a part of a diff, or one generation of a model."""

    name: str  # path relative to the root of the audit, with "/"; or the id of the generation
    code: bytes  # the whole text, context included
    language: str | None = None  # canonical name
    judged: tuple[tuple[int, int], ...] | None = None  # half-open byte ranges; None: everything
    first_line: int = 1  # line number of the start of `code` in the file on disk


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, folder or row that is not checked, and why."""

    name: str
    reason: str  # "excluded", "ignored by git", "not code", "too large", "unreadable", ...
    detail: str = ""  # the value, the limit and the remedy
    wanted: bool = False  # it should have been checked: the audit is incomplete


# ---- result of a check ----


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text with the sources that it matches."""

    span: Span  # clipped to the judged ranges
    tokens: int  # that match its best source
    containment: float  # share of its tokens that match, 0..1
    label: Label  # of its best source
    confidence: float  # of its best source, 0..1
    sources: tuple[Source, ...]  # best first, at least one
    key: str  # 32 hex digits: hash of its tokens, without white space and comments
    prints: tuple[int, ...]  # its smallest fingerprints, at most 64, ascending: a bottom-k sketch
    code: str  # its lines, cut at `EXCERPT_LINES`
    source_code: (
        str  # lines of the best source's best match, cut in the same way; "" if unavailable
    )
    source_line: int  # number of their first line in the source


@dataclass(frozen=True, slots=True)
class Checked:
    """Result of checking an Item, before any policy is applied. The cache stores these."""

    status: Status
    status_reason: str | None
    lines: int  # judged
    tokens: int  # judged
    too_short: bool  # too few tokens to tell a copy from chance, so no finding is possible
    passages: tuple[Passage, ...]  # in text order
    warnings: tuple[str, ...] = ()


# ---- policy and decisions ----


class Verdict(enum.StrEnum):
    """What the licence of a source means under a policy, mildest first."""

    ALLOWED = "allowed"
    ATTRIBUTE = "attribute"  # allowed if attributed
    REVIEW = "review"  # a person has to decide
    DENIED = "denied"


class Severity(enum.IntEnum):
    """How serious a finding is."""

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
    """The policy's ruling on a passage, and the rule that decided."""

    verdict: Verdict
    severity: Severity
    rule: str  # stable id, e.g. "licenses.deny", "licenses.unknown", "own", "severity.similar"
    reason: str  # one sentence: the source, its licence, the rule and where the rule is written
    license: str  # the SPDX expression that was judged, or NOASSERTION
    family: str  # of that licence, see policy.families
    source: int  # index in Passage.sources of the deciding source
    steps: tuple[str, ...] = ()  # the rules that were applied, in order, for --explain


class DecisionKind(enum.StrEnum):
    """What someone decided about a finding."""

    ACCEPTED = "accepted"  # the risk is taken
    DISMISSED = "dismissed"  # it is not a copy
    ATTRIBUTED = "attributed"  # the author is named as the licence requires


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and where it is written."""

    kind: DecisionKind
    reason: str
    where: str  # "whence-baseline.json", "line 12", "NOTICE"
    author: str = ""
    date: str = ""  # ISO 8601
    expires: str | None = None  # ISO 8601 date, the last day on which it is valid
    in_change: bool = False  # the audited change itself adds it

    @property
    def place(self) -> str:
        """Where it is written, in words."""
        return f"{self.where}, accepted in this change" if self.in_change else self.where


@dataclass(frozen=True, slots=True)
class StaleDecision:
    """A decision that no longer applies, and why."""

    where: str
    what: str  # the finding it was about: name, lines, licence
    why: str  # "the passage no longer exists", "expired on ...", "the licence is now stricter: ..."


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage with the policy's ruling and the decision on it, if there is one."""

    id: str  # 16 hex digits: hash of name, content and the order among equal contents of a file
    name: str  # of the item
    passage: Passage
    ruling: Ruling
    decision: Decision | None = None

    @property
    def open(self) -> bool:
        """Whether it still needs action."""
        return self.decision is None and self.ruling.severity > Severity.NONE


# ---- summary of a run ----


class FileState(enum.StrEnum):
    """How far a file was checked."""

    CHECKED = "checked"
    PARTLY = "partly checked"
    NOT_CHECKED = "not checked"
    LEFT_OUT = "left out"  # excluded by a rule, not an error


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file with its findings."""

    name: str
    state: FileState
    reason: str = ""  # for every state except CHECKED; also "too short ..."
    language: str | None = None
    lines: int = 0  # judged
    tokens: int = 0  # judged
    findings: tuple[Finding, ...] = ()  # in text order, including decided ones
    warnings: tuple[str, ...] = ()
    sha1: str = ""  # of the whole text, 40 hex digits, for SPDX; "" if it was not read


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the files were checked."""

    checked: int = 0  # files, including those that are too short
    too_short: int = 0
    partly: int = 0
    not_checked: int = 0
    left_out: int = 0
    left_out_by: dict[str, int] = field(default_factory=dict)  # reason -> files
    lines: int = 0  # judged
    lines_matched: int = 0  # judged lines in findings with a severity
    bytes: int = 0  # of the files that were checked
    from_cache: int = 0  # files whose result came from the cache

    @property
    def complete(self) -> bool:
        """Whether every requested file was checked in full."""
        return not self.partly and not self.not_checked


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a run that every report shows."""

    tool: str  # "whence 0.1.0"
    began: str  # ISO 8601
    seconds: float
    root: str  # what was audited, as the user named it
    index: IndexSummary | None  # None: the index could not be opened
    policy: str  # name of the preset or the policy file
    fail_on: Severity | None  # None: never fails
    max_findings: int
    coverage: Coverage
    open: dict[str, int] = field(default_factory=dict)  # open findings by severity word
    decided: dict[str, int] = field(default_factory=dict)  # by DecisionKind
    allowed: int = 0  # findings without a severity under the policy
    verdicts: dict[str, int] = field(default_factory=dict)  # open findings by Verdict
    licenses: dict[str, int] = field(default_factory=dict)  # open findings by expression
    labels: dict[str, int] = field(default_factory=dict)  # open findings by Label
    stale: tuple[StaleDecision, ...] = ()
    problems: tuple[str, ...] = ()  # why the audit is incomplete, one sentence each
    notes: tuple[str, ...] = ()  # remarks that do not change the result

    @property
    def over(self) -> int:
        """Number of open findings at or above the threshold."""
        if self.fail_on is None:
            return 0
        return sum(n for word, n in self.open.items() if Severity[word.upper()] >= self.fail_on)

    @property
    def exit_code(self) -> int:
        """0: clean; 1: findings at or above the threshold; 2: the audit is incomplete."""
        if self.problems or not self.coverage.complete:
            return 2
        return 1 if self.over > self.max_findings else 0
