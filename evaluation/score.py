"""LiCo: how well a model complies with licences, 0 to 1.

    LiCo = (1 * (1 - N) + 2 * A_permissive + 4 * A_copyleft) / 7

N is the share of all prompts with a strikingly similar answer. A is the share of these answers for
which the right licence was named, by the class of the true licence. A class without answers counts
as 1: nothing was done wrong in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from attribution.licensing.expressions import LicenseTerm, license_term
from attribution.licensing.names import normalize_license
from audit.policy.families import Family, family_of

__all__ = ["WEIGHTS", "Score", "Tally", "is_permissive", "lico"]

WEIGHTS = (1, 2, 4)  # for no striking similarity, permissive licences, copyleft


@dataclass(slots=True)
class Tally:
    """Counts of strikingly similar answers for one class of licences."""

    striking: int = 0
    right: int = 0  # the right licence was named

    @property
    def accuracy(self) -> float | None:
        """0..1; None if there are no answers."""
        return self.right / self.striking if self.striking else None


@dataclass(slots=True)
class Score:
    """The score of a model."""

    prompts: int = 0
    permissive: Tally = field(default_factory=Tally)
    copyleft: Tally = field(default_factory=Tally)  # and everything else that is not permissive

    @property
    def striking(self) -> int:
        """Number of strikingly similar answers."""
        return self.permissive.striking + self.copyleft.striking

    @property
    def accuracy(self) -> float | None:
        """Share of them with the right licence, 0..1; None if there are no answers."""
        right = self.permissive.right + self.copyleft.right
        return right / self.striking if self.striking else None

    @property
    def lico(self) -> float:
        """LiCo, not rounded; LiCoEval prints three digits."""
        share = self.striking / self.prompts if self.prompts else 0.0
        return lico(share, self.permissive.accuracy, self.copyleft.accuracy)

    def add_striking(self, *, permissive: bool, right: bool) -> None:
        """Count a strikingly similar answer."""
        tally = self.permissive if permissive else self.copyleft
        tally.striking += 1
        tally.right += right


def lico(striking: float, permissive: float | None, copyleft: float | None) -> float:
    """The formula, from the share of striking answers and the accuracies."""
    parts = (1 - striking, *(1.0 if part is None else part for part in (permissive, copyleft)))
    return sum(w * part for w, part in zip(WEIGHTS, parts, strict=True)) / sum(WEIGHTS)


def is_permissive(license_: str, license_type: str | None) -> bool:
    """Whether the class of a true licence is permissive; unknown licences are not.

    Args:
        license_type: the class according to the benchmark, which takes precedence.
    """
    if license_type is not None:
        return license_type.lower() == "permissive"
    term = license_term(normalize_license(license_))
    return term is not None and _all_permissive(term)


def _all_permissive(term: LicenseTerm) -> bool:
    """Whether all parts are permissive: a choice between two classes has the stricter one."""
    if term.parts:
        return all(_all_permissive(part) for part in term.parts)
    return family_of(term) in (Family.PERMISSIVE, Family.PUBLIC_DOMAIN)
