"""Evaluation of a model's answers: a verdict on each, and the score with and without Whence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from attribution.licenses import NOASSERTION, normalize_license
from evaluation.answers import Reader
from evaluation.edits import Pieces
from evaluation.lookup import Found, Lookup
from evaluation.records import Record
from evaluation.score import Score, is_permissive
from evaluation.similarity import Similarity, similarity

__all__ = ["Evaluation", "Verdict", "evaluate"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one record."""

    id: str
    similarity: Similarity | None  # None: there is no answer
    permissive: bool  # class of the true licence
    license: str  # the true one
    named: str | None  # by the model, of striking ones only
    found: Found | None  # by Whence, of striking ones only; None without an index

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
        """The same, with what Whence names in place of it, where Whence names one."""
        if self.found is None or self.found.license is None:
            return self.right
        return _same(self.found.license, self.license)


@dataclass(slots=True)
class Evaluation:
    """The figures of a run, while it goes on and after it."""

    prompts: int = 0
    answered: int = 0
    by_model: Score = field(default_factory=lambda: Score(0))
    with_whence: Score | None = None
    attributed: int = 0  # striking answers for which Whence names a licence
    not_checked: int = 0  # striking answers that could not be looked up

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        self.prompts += 1
        self.answered += verdict.similarity is not None
        if verdict.striking:
            self.by_model = self.by_model.plus(permissive=verdict.permissive, right=verdict.right)
            if self.with_whence is not None:
                self.with_whence = self.with_whence.plus(
                    permissive=verdict.permissive, right=verdict.right_with_whence
                )
            if verdict.found is not None:
                self.attributed += verdict.found.license is not None
                self.not_checked += not verdict.found.checked

    def finish(self) -> None:
        """Tell the scores how many prompts there were."""
        self.by_model = _of(self.by_model, self.prompts)
        if self.with_whence is not None:
            self.with_whence = _of(self.with_whence, self.prompts)


def _of(score: Score, prompts: int) -> Score:
    return Score(prompts, score.permissive, score.copyleft)


def evaluate(
    records: Iterable[Record], pieces: Pieces, reader: Reader, lookup: Lookup | None
) -> Iterator[Verdict]:
    """A verdict on each record, in their order.

    Raises:
        InputError: the records cannot be read, or a library is not installed.
    """
    for record in records:
        figures = None
        named: str | None = None
        found: Found | None = None
        if record.answer is not None:
            figures = similarity(record.prompt, record.body, record.answer, pieces)
            if figures.striking:
                named = reader.read(record.license_answer or "")
                if lookup is not None:
                    found = lookup.find(record.answer, record.id)
        yield Verdict(
            id=record.id,
            similarity=figures,
            permissive=is_permissive(record.license, record.license_type),
            license=record.license,
            named=named,
            found=found,
        )


def _same(named: str | None, true: str) -> bool:
    """Whether a licence is the true one: the same id, version and "or later" included."""
    if named is None:
        return False
    if named.lower() == true.lower():
        return True
    known = normalize_license(true)
    return known != NOASSERTION and normalize_license(named) == known
