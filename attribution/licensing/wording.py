"""Licences and holders in words, the same everywhere that people read them."""

from __future__ import annotations

from attribution.types import Holder, LicenseEvidence, lines_in_words

__all__ = ["copyright_in_words", "holder_in_words", "license_in_words", "read_from"]


def license_in_words(license_: LicenseEvidence) -> str:
    """A known licence and where it was read: "MIT (read from: license file LICENSE, line 1)"."""
    return f"{license_.expression} (read from: {read_from(license_)})"


def read_from(license_: LicenseEvidence) -> str:
    """The kind of evidence, its file and its lines: "license file LICENSE, lines 1-21"."""
    words = f"{license_.evidence} {license_.file}" if license_.file else license_.evidence
    if license_.lines is None:
        return words
    return f"{words}, {lines_in_words(*license_.lines)}"


def holder_in_words(holder: Holder) -> str:
    """Years and name, and the file that names an author: "Jane Doe (named in AUTHORS)"."""
    words = f"{holder.years} {holder.name}".strip()
    return f"{words} (named in {holder.file})" if holder.file else words


def copyright_in_words(holder: Holder) -> str:
    """A line to ship: the statement, or the author and the file that names him or her."""
    if holder.file and not holder.years:
        return f"Author: {holder.name} (named in {holder.file}; no copyright statement was found)"
    return f"Copyright (c) {f'{holder.years} {holder.name}'.strip()}"
