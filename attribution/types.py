"""The nouns of Whence: one frozen dataclass per thing, used by code, API, docs and UI alike.

Offsets are bytes, half-open; lines are 1-based and inclusive. A Document is one distinct
file content, named by its git blob sha1; an Occurrence is one place where it was seen.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the commands that only talk to people start without numpy
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Attribution",
    "Document",
    "Holder",
    "IndexDescription",
    "IndexSummary",
    "IndexVersion",
    "Label",
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
    "Span",
    "Status",
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
    COMMON = "common"  # the code is everywhere: boilerplate, licence headers, idioms
    SIMILAR = "similar"
    STRIKING = "striking"
    VERBATIM = "verbatim"


class Status(enum.StrEnum):
    """Whether the check was done."""

    CHECKED = "checked"
    PARTIAL = "partial"  # a time or size bound was hit; status_reason says which
    NOT_CHECKED = "not_checked"  # status_reason says why


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of a text."""

    start: int  # bytes
    end: int  # bytes, exclusive
    start_line: int  # 1-based
    end_line: int  # 1-based, inclusive


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the copyright of a file, as the file or its repository states it."""

    years: str  # "1999-2004, 2007", or "" when none is stated
    name: str


@dataclass(frozen=True, slots=True)
class LicenseEvidence:
    """A licence and where it was read."""

    expression: str  # SPDX expression, or "NOASSERTION"
    evidence: str  # "file header", "license file", "package metadata", "dataset column", "none"
    conflict: str | None = None  # both sides in one sentence, when two kinds of evidence disagree


UNKNOWN_LICENSE = LicenseEvidence("NOASSERTION", "none")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a Document was seen."""

    repository: str  # "owner/name" on a forge, the project's name on a package index
    path: str  # relative to the repository, "/" between parts
    revision: str | None = None  # commit sha, or the version of a package
    origin: str = ""  # "https://github.com/owner/name", "pkg:pypi/name", or "" when unknown
    date: str | None = None  # ISO 8601 date on which it is known to have existed
    stars: int | None = None
    vendored: bool = False  # the path or the dataset says that it is a copy of a third party's
    license: LicenseEvidence = UNKNOWN_LICENSE


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file on its way into an index."""

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
    """A repository or an owner whose code must not be answered with."""

    kind: str  # "repository" or "owner"
    value: str  # compared without regard to case


@dataclass(frozen=True, slots=True)
class Document:
    """One distinct file content."""

    id: str  # git blob sha1, 40 hex digits
    language: str
    content: bytes
    # MinHash of the whole text, shape (permutations,), where the index keeps it
    signature: NDArray[np.uint32] | None = field(default=None, compare=False, repr=False)

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
class Origin:
    """The probable origin among a source's occurrences."""

    occurrence: int  # position in Source.occurrences
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """Equal and near-equal documents that match a snippet: one row of an answer."""

    document: str  # SWHID of the best document
    kind: MatchKind
    containment: float  # matched share of the snippet's tokens, 0..1
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


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What every answer says of the index behind it."""

    name: str
    date: str  # ISO 8601, of the last commit
    documents: int
    occurrences: int
    languages: int
    opt_outs: int
    version: str  # changes with each commit


@dataclass(frozen=True, slots=True)
class IndexVersion:
    """One of the versions that an engine keeps of an index."""

    name: str  # by which it can be asked
    state: str  # "served", "old" (was served before) or "unfinished" (a rebuild that was begun)
    size: int  # bytes on disk, replicas included


@dataclass(frozen=True, slots=True)
class IndexDescription:
    """What an index holds; the long form of IndexSummary."""

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
    sources: tuple[Source, ...]
    index: IndexSummary
    elapsed_ms: float
    common_count: int | None = None  # documents that hold the commonest part, for label "common"
    common: tuple[
        Span, ...
    ] = ()  # parts that stand in many documents; a match over one is stronger
    candidates_proposed: int = 0
    candidates_verified: int = 0
    warnings: tuple[str, ...] = field(default=())  # e.g. decoding, unknown language
