"""Licence evidence without its details, for tests of what it says."""

from __future__ import annotations

from attribution.types import LicenseEvidence

__all__ = ["said"]


def said(evidence: LicenseEvidence) -> LicenseEvidence:
    """What is said and by which kind of evidence, without where it was read."""
    return LicenseEvidence(evidence.expression, evidence.evidence, evidence.conflict)
