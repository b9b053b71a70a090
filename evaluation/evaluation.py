"""Assesses the answers of a model, and sums up the score with and without Whence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license
from evaluation.answers import LicenseReader
from evaluation.edit_distance import Tokenizer
from evaluation.lookup import LicenseLookup, LookupResult
from evaluation.records import Record
from evaluation.score import Score, is_permissive
from evaluation.similarity import Similarity, similarity

__all__ = ["Assessment", "Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result for one record."""

    id: str
    similarity: Similarity | None  # None: there is no answer
    permissive: bool  # class of the true licence
    license: str  # the true one
    named: str | None  # by the model, only if striking
    lookup: LookupResult | None  # by Whence, only if striking; None without an index

    @property
    def striking(self) -> bool:
        """LiCoEval's verdict on the answer."""
        return self.similarity is not None and self.similarity.striking

    @property
    def right(self) -> bool:
        """Whether the model named the right licence."""
        return _same(self.named, self.license)

    @property
    def right_with_whence(self) -> bool:
        """The same for the licence that Whence names, or else the model's."""
        if self.lookup is None or self.lookup.license is None:
            return self.right
        return _same(self.lookup.license, self.license)


@dataclass(slots=True)
class Evaluation:
    """The figures of a run."""

    answered: int = 0
    by_model: Score = field(default_factory=Score)
    with_whence: Score | None = None
    attributed: int = 0  # striking answers for which Whence names a licence
    not_checked: int = 0  # striking answers that were not looked up, or only in part
    too_short: int = 0  # striking answers of too few tokens to be looked up

    @property
    def prompts(self) -> int:
        """Number of records."""
        return self.by_model.prompts

    def add(self, result: Assessment) -> None:
        """Count one record."""
        self.by_model.prompts += 1
        self.answered += result.similarity is not None
        if result.striking:
            self.by_model.add_striking(permissive=result.permissive, right=result.right)
            if result.lookup is not None:
                self.attributed += result.lookup.license is not None
                self.not_checked += not result.lookup.checked
                self.too_short += result.lookup.too_short
        if self.with_whence is not None:
            self.with_whence.prompts += 1
            if result.striking:
                self.with_whence.add_striking(
                    permissive=result.permissive, right=result.right_with_whence
                )


def evaluate(
    records: Iterable[Record],
    tokenizer: Tokenizer,
    reader: LicenseReader,
    lookup: LicenseLookup | None,
) -> Iterator[Assessment]:
    """Assess each record, in order.

    Raises:
        InputError: the records cannot be read, or a library is not installed.
    """
    for record in records:
        figures = None
        named: str | None = None
        found: LookupResult | None = None
        if record.answer is not None:
            figures = similarity(record.prompt, record.body, record.answer, tokenizer)
            if figures.striking:
                named = reader.read(record.license_answer or "")
                if lookup is not None:
                    found = lookup.find(record.answer, record.id)
        yield Assessment(
            id=record.id,
            similarity=figures,
            permissive=is_permissive(record.license, record.license_type),
            license=record.license,
            named=named,
            lookup=found,
        )


def _same(named: str | None, true: str) -> bool:
    """Whether a licence is the true one, including its version and "or later"."""
    if named is None:
        return False
    if named.lower() == true.lower():
        return True
    known = normalize_license(true)
    return known != NOASSERTION and normalize_license(named) == known
