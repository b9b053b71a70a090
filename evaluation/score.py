"""LiCo: how well a model keeps licences, 0 to 1.

    LiCo = (1 * (1 - N) + 2 * A_permissive + 4 * A_copyleft) / 7

N is the share of all prompts that were answered strikingly similar, A the share of these, by the
class of the true licence, for which the right licence was named. A class that did not occur counts
as 1: nothing was done wrong in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from attribution.licenses import LicenseTerm, license_term, normalize_license
from audit.policy.families import Family, family_of

__all__ = ["WEIGHTS", "Score", "Tally", "is_permissive", "lico"]

WEIGHTS = (1, 2, 4)  # of no striking similarity, of permissive licences, of copyleft


@dataclass(frozen=True, slots=True)
class Tally:
    """Strikingly similar answers of one class of licences."""

    striking: int = 0
    right: int = 0  # for which the right licence was named

    @property
    def accuracy(self) -> float | None:
        """0..1; None when there are none."""
        return self.right / self.striking if self.striking else None

    def plus(self, *, right: bool) -> Tally:
        """With one more."""
        return Tally(self.striking + 1, self.right + right)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a model."""

    prompts: int
    permissive: Tally = Tally()
    copyleft: Tally = Tally()  # and whatever else is not permissive

    @property
    def striking(self) -> int:
        """Strikingly similar answers."""
        return self.permissive.striking + self.copyleft.striking

    @property
    def accuracy(self) -> float | None:
        """Share of them with the right licence, 0..1; None when there are none."""
        right = self.permissive.right + self.copyleft.right
        return right / self.striking if self.striking else None

    @property
    def lico(self) -> float:
        """LiCo, not rounded; LiCoEval prints three digits."""
        share = self.striking / self.prompts if self.prompts else 0.0
        return lico(share, self.permissive.accuracy, self.copyleft.accuracy)

    def plus(self, *, permissive: bool, right: bool) -> Score:
        """With one more strikingly similar answer."""
        if permissive:
            return Score(self.prompts, self.permissive.plus(right=right), self.copyleft)
        return Score(self.prompts, self.permissive, self.copyleft.plus(right=right))


def lico(striking: float, permissive: float | None, copyleft: float | None) -> float:
    """The formula: shares, and accuracies or None."""
    parts = (1 - striking, _or_one(permissive), _or_one(copyleft))
    return sum(w * part for w, part in zip(WEIGHTS, parts, strict=True)) / sum(WEIGHTS)


def _or_one(accuracy: float | None) -> float:
    return 1.0 if accuracy is None else accuracy


def is_permissive(license_: str, license_type: str | None) -> bool:
    """The class of a true licence: permissive, or all else, unknown ones too.

    Args:
        license_type: the benchmark's own word for it, which holds where there is one.
    """
    if license_type is not None:
        return license_type.lower() == "permissive"
    term = license_term(normalize_license(license_))
    return term is not None and _all_permissive(term)


def _all_permissive(term: LicenseTerm) -> bool:
    """Whether each part is, so that a choice between two classes is the stricter one."""
    if term.parts:
        return all(_all_permissive(part) for part in term.parts)
    return family_of(term) in (Family.PERMISSIVE, Family.PUBLIC_DOMAIN)
