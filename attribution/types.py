"""The nouns of Whence: one frozen dataclass per concept, used by code, API, docs and UI alike.

Offsets are bytes, half-open; lines are 1-based and inclusive. A Document is one distinct
file content, named by its git blob sha1; an Occurrence is a file of a repository that has it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:  # commands that compute nothing start without numpy
    import numpy as np
    from numpy.typing import NDArray
from attribution.line_ends import count_lines, with_line_feeds

__all__ = [
    "Attribution",
    "Covered",
    "Document",
    "Holder",
    "IndexDescription",
    "IndexSummary",
    "IndexVersion",
    "Label",
    "Lead",
    "LicenseEvidence",
    "Match",
    "MatchKind",
    "NewFile",
    "Occurrence",
    "OptOut",
    "Origin",
    "Skip",
    "Snippet",
    "Source",
    "SourceOccurrence",
    "Span",
    "Status",
    "lines_in_words",
]


class MatchKind(enum.StrEnum):
    """How a snippet and a document agree, strongest first."""

    VERBATIM = "verbatim"  # the same tokens
    RENAMED = "renamed"  # the same after consistent renaming
    EDITED = "edited"  # aligned with gaps
    SIMILAR = "similar"  # lexical or MinHash only


class Label(enum.StrEnum):
    """The verdict of an Attribution, mildest first."""

    NONE = "none"
    COMMON = "common"  # code that is everywhere: boilerplate, licence headers, idioms
    SIMILAR = "similar"
    STRIKING = "striking"
    VERBATIM = "verbatim"


class Status(enum.StrEnum):
    """Whether the check was done."""

    CHECKED = "checked"
    PARTIAL = "partial"  # a limit of time or size was reached; status_reason says which
    NOT_CHECKED = "not_checked"  # status_reason says why


def lines_in_words(first: int, last: int) -> str:
    """Lines that a text names: "line 3" or "lines 3-9"."""
    return f"line {first}" if first == last else f"lines {first}-{last}"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of a text."""

    start: int  # bytes
    end: int  # bytes, exclusive
    start_line: int  # 1-based
    end_line: int  # 1-based, inclusive

    @property
    def in_words(self) -> str:
        """The lines: "line 3" or "lines 3-9"."""
        return lines_in_words(self.start_line, self.end_line)

    def shifted(self, start: int, lines: int) -> Span:
        """The same range in a text with `start` bytes and `lines` line ends more before it."""
        return Span(
            self.start + start, self.end + start, self.start_line + lines, self.end_line + lines
        )

    def hull(self, other: Span) -> Span:
        """The shortest span that contains both."""
        return Span(
            min(self.start, other.start),
            max(self.end, other.end),
            min(self.start_line, other.start_line),
            max(self.end_line, other.end_line),
        )

    def contains(self, other: Span) -> bool:
        """Whether the other range is within this one."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: Span) -> bool:
        """Whether the lines of both overlap or follow one another."""
        return self.start_line <= other.end_line + 1 and other.start_line <= self.end_line + 1


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the copyright of a file, as the file or its repository states it."""

    years: str  # "1999-2004, 2007", or "" when none is stated
    name: str
    file: str = ""  # AUTHORS or the manifest; "" for a statement of the file or its licence file


@dataclass(frozen=True, slots=True)
class LicenseEvidence:
    """A licence and where it was read."""

    expression: str  # SPDX expression, or "NOASSERTION"
    evidence: str  # "file header", "license file", "package metadata", ..., "none"
    conflict: str | None = None  # both sides in one sentence, when two kinds of evidence disagree
    file: str | None = None  # path in the repository; None: the file itself, or not a file
    lines: tuple[int, int] | None = None  # in that file; 1-based, inclusive
    # "SPDX tag", "notice", "license text", "phrase", "link", "pointer", "title", "field",
    # "unidentified"
    matcher: str | None = None
    # the weaker evidence that says otherwise, and notices that are not identified
    against: tuple[LicenseEvidence, ...] = ()


UNKNOWN_LICENSE = LicenseEvidence("NOASSERTION", "none")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A file of a repository or package that has a Document's content."""

    repository: str  # "owner/name" on a forge, the project's name on a package index
    path: str  # relative to the repository, "/" between parts
    revision: str | None = None  # commit sha, or the version of a package
    origin: str = ""  # "https://github.com/owner/name", "pkg:pypi/name", or "" when unknown
    date: str | None = None  # ISO 8601 date on which it existed
    stars: int | None = None
    vendored: bool = False  # a copy of a third party's file, by its path or the dataset
    license: LicenseEvidence = UNKNOWN_LICENSE
    holders: tuple[Holder, ...] = ()  # of the file, else its licence file, AUTHORS or the manifest
    notice: str = ""  # contents of the project's NOTICE file, where the licence asks for them
    # names of the indexes that have it, when several were asked
    indexes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be indexed."""

    content: bytes
    language: str  # canonical name, see attribution.lexing.languages
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that was left out of an index, and why."""

    name: str  # repository and path, as far as known
    reason: str  # "binary", "too large", "not decodable", "generated", "opted out", "empty", ...
    detail: str = ""  # the value and the limit


@dataclass(frozen=True, slots=True)
class OptOut:
    """A repository or an owner whose code is left out of answers."""

    kind: str  # "repository" or "owner"
    value: str  # compared without regard to case
    # when it was first recorded: UTC, ISO 8601; None: before indexes recorded it
    since: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One distinct file content."""

    id: str  # git blob sha1, 40 hex digits
    language: str
    content: bytes
    # MinHash of the whole text, shape (permutations,), where the index keeps it
    signature: NDArray[np.uint32] | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> bytes:
        """The content with a line feed at the end of each line; offsets are the same."""
        return with_line_feeds(self.content)

    @property
    def swhid(self) -> str:
        """The content's SWHID (ISO/IEC 18670)."""
        return f"swh:1:cnt:{self.id}"


@dataclass(frozen=True, slots=True)
class Snippet:
    """The code asked about."""

    code: bytes
    language: str | None = None  # canonical name; None: not known
    name: str = "-"


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair of spans."""

    kind: MatchKind
    tokens: int  # matched tokens on the snippet's side
    snippet: Span
    source: Span


@dataclass(frozen=True, slots=True)
class Covered:
    """A part of a snippet that matches some source, or that is common code."""

    kind: MatchKind | None  # of the strongest match there; None: common code
    tokens: int  # matched ones
    span: Span


@dataclass(frozen=True, slots=True)
class Origin:
    """The probable origin among a source's occurrences."""

    occurrence: int  # position in Source.occurrences
    reason: str


@dataclass(frozen=True, slots=True)
class SourceOccurrence:
    """An occurrence of a source, with the content found there and the best match's span in it."""

    occurrence: Occurrence
    document: str  # SWHID
    span: Span | None  # None when the source has no match

    @property
    def lines(self) -> tuple[int, int] | None:
        """First and last line of the best match."""
        return None if self.span is None else (self.span.start_line, self.span.end_line)


@dataclass(frozen=True, slots=True)
class Source:
    """Equal and near-equal documents that match a snippet: one row of an answer."""

    document: str  # SWHID of the best document
    kind: MatchKind
    tokens: int  # matched tokens of the snippet, each counted once
    containment: float  # the same as a share of the snippet's tokens, 0..1
    similarity: float  # matched tokens over the longer of both matched regions, 0..1
    longest_run_tokens: int  # longest run of equal tokens
    evidence: float  # matched tokens, each weighted by its rarity in the corpus
    confidence: float  # calibrated probability that the snippet derives from it, 0..1
    matches: tuple[Match, ...]
    occurrences: tuple[Occurrence, ...]  # best first, possibly cut; see occurrences_total
    occurrences_total: int
    origin: Origin | None
    documents: tuple[str, ...] = ()  # SWHIDs of all near-equal contents in this source
    occurrence_documents: tuple[str, ...] = ()  # SWHID behind each of `occurrences`
    occurrence_spans: tuple[Span, ...] = ()  # best match's span in each occurrence's own document

    def occurrence(self, at: int) -> SourceOccurrence:
        """The occurrence at a position, with its own content and lines.

        Near-equal contents differ in bytes and lines, so each occurrence is cited by its own.
        """
        span = self.matches[0].source if self.matches else None
        if self.occurrence_spans:
            span = self.occurrence_spans[at]
        document = self.occurrence_documents[at] if self.occurrence_documents else self.document
        return SourceOccurrence(self.occurrences[at], document, span)

    @property
    def cited_at(self) -> int:
        """Position of the occurrence that represents the source: its probable origin, or the first.

        0 also when no occurrence is left.
        """
        at = 0 if self.origin is None else self.origin.occurrence
        return at if 0 <= at < len(self.occurrences) else 0

    @property
    def aligned_at(self) -> int:
        """Position of an occurrence whose lines `matches` describe, the cited one if possible.

        Near-equal contents have other lines than `document`, which was aligned.
        """
        documents = self.occurrence_documents
        if self.document not in documents or documents[self.cited_at] == self.document:
            return self.cited_at
        return documents.index(self.document)

    @property
    def cited(self) -> SourceOccurrence | None:
        """The occurrence that represents the source; None when none is left in the index."""
        return self.occurrence(self.cited_at) if self.occurrences else None


@dataclass(frozen=True, slots=True)
class Lead:
    """A run of equal tokens that is too little to name a source, but worth a look."""

    run: Match  # in the first of its documents
    occurrence: SourceOccurrence  # the probable original, with the run's span in its document
    occurrences_total: int  # of equal and near-equal documents

    @property
    def reason(self) -> str:
        """One sentence that a person can check."""
        ours, there = self.run.snippet, self.occurrence.span
        assert there is not None
        where = self.occurrence.occurrence
        return (
            f"{self.run.tokens} tokens of {ours.in_words} are also in {there.in_words} "
            f"of {where.repository}/{where.path}."
        )


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What every answer says about the index that it was checked against."""

    name: str
    date: str  # ISO 8601, of the last commit
    documents: int
    occurrences: int
    languages: int
    opt_outs: int
    version: str  # changes with each commit
    indexes: tuple[IndexSummary, ...] = ()  # when several were asked; this is their sum


@dataclass(frozen=True, slots=True)
class IndexVersion:
    """One of the versions that an engine keeps of an index."""

    name: str  # to open it by
    state: str  # "served", "old" (was served before) or "unfinished" (an interrupted rebuild)
    size: int  # bytes on disk, replicas included


@dataclass(frozen=True, slots=True)
class IndexDescription:
    """What an index contains; the long form of IndexSummary."""

    summary: IndexSummary
    content_bytes: int  # sum of the sizes of all live documents
    languages: dict[str, int]  # documents per language
    licenses: dict[str, int]  # occurrences per SPDX expression
    repositories: int
    opt_outs: tuple[OptOut, ...]
    skipped: dict[str, int]  # files left out, per reason
    sizes: dict[str, int]  # bytes on disk per part
    sources: tuple[str, ...]  # what was indexed
    params: dict[str, int]  # the SketchParams
    pending_removal_bytes: int = 0  # content bytes that a compaction would free
    versions: tuple[IndexVersion, ...] = ()  # oldest first, where an engine keeps several


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer for a Snippet."""

    status: Status
    status_reason: str | None
    label: Label | None  # None when the check did not happen
    reason: str  # one sentence a person can check
    confidence: float  # of the label's claim that the snippet derives from its first source, 0..1
    snippet: Snippet
    lines: int  # of the snippet
    tokens: int  # of the snippet
    sources: tuple[Source, ...]  # best first, possibly cut; see sources_total
    index: IndexSummary
    elapsed_ms: float
    sources_total: int = 0
    more_sources: bool = False  # sources_total is a lower bound; not all documents were compared
    licenses: tuple[tuple[str, int], ...] = ()  # expression and sources, of all; most first
    coverage: tuple[Covered, ...] = ()  # by all sources, in order, disjoint
    read_as: str | None = None  # the language by whose syntax tokens are counted
    common_count: int | None = None  # about how many documents contain parts of it, if "common"
    common: tuple[Span, ...] = ()  # parts that are in many documents; a match takes precedence
    leads: tuple[Lead, ...] = ()  # runs that no source explains, longest first
    candidates_proposed: int = 0
    candidates_verified: int = 0
    warnings: tuple[str, ...] = ()  # e.g. decoding, unknown language

    @classmethod
    def not_checked(
        cls,
        snippet: Snippet,
        why: str,
        index: IndexSummary,
        *,
        lines: int | None = None,
        tokens: int = 0,
        elapsed_ms: float = 0.0,
        warnings: tuple[str, ...] = (),
    ) -> Self:
        """The answer for a snippet that could not be checked.

        Args:
            why: a clause without its full stop, such as "the file is empty".
            lines: of the snippet; None counts those of its code.
        """
        return cls(
            status=Status.NOT_CHECKED,
            status_reason=why,
            label=None,
            reason=f"Not checked: {why.rstrip('.')}.",
            confidence=0.0,
            snippet=snippet,
            lines=count_lines(snippet.code) if lines is None else lines,
            tokens=tokens,
            sources=(),
            index=index,
            elapsed_ms=elapsed_ms,
            warnings=warnings,
        )

    @classmethod
    def license_text(
        cls,
        snippet: Snippet,
        license_: str,
        index: IndexSummary,
        *,
        lines: int,
        tokens: int,
        elapsed_ms: float,
        warnings: tuple[str, ...],
    ) -> Self:
        """The answer for a licence text or notice, which is everywhere and has no one source.

        Args:
            license_: the SPDX ids of what was recognized.
        """
        whole = Span(0, len(snippet.code), 1, max(lines, 1))
        return cls(
            status=Status.CHECKED,
            status_reason=None,
            label=Label.COMMON,
            reason=f"A licence text or notice ({license_}), which is not traced to a source.",
            confidence=0.0,
            snippet=snippet,
            lines=lines,
            tokens=tokens,
            sources=(),
            index=index,
            elapsed_ms=elapsed_ms,
            common=(whole,),
            coverage=(Covered(None, tokens, whole),),
            warnings=warnings,
        )
