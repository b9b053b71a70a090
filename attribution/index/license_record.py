"""How an index stores what is known of a file's licence and of its holders.

A JSON list: expression, evidence, conflict, file, lines, matcher, evidence against it, holders.
What is empty at its end is left out, down to the first three.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from attribution.types import Holder, LicenseEvidence, Occurrence

__all__ = ["LicenseRecord", "expression_of", "read_fields", "read_record", "record_of"]

_DECODER = json.JSONDecoder()


class LicenseRecord(NamedTuple):
    """What an occurrence states besides where it is."""

    license: LicenseEvidence
    holders: tuple[Holder, ...]


def record_of(occurrence: Occurrence) -> str:
    """The record of an occurrence, as JSON."""
    return _record(occurrence.license, occurrence.holders)


@lru_cache(4096)
def _record(license_: LicenseEvidence, holders: tuple[Holder, ...]) -> str:
    fields = [*_fields(license_), [_holder(holder) for holder in holders]]
    while len(fields) > 3 and not fields[-1]:  # most datasets know no more than three
        fields.pop()
    return json.dumps(fields)


def _holder(holder: Holder) -> list[str]:
    named_in = [holder.file] if holder.file else []
    return [holder.years, holder.name, *named_in]


def _fields(license_: LicenseEvidence) -> list[Any]:
    return [
        license_.expression,
        license_.evidence,
        license_.conflict,
        license_.file,
        license_.lines,
        license_.matcher,
        [_fields(other) for other in license_.against],
    ]


def read_record(text: str) -> LicenseRecord:
    """The licence and the holders of a record.

    Raises:
        ValueError, TypeError: it is not a record.
    """
    return read_fields(json.loads(text))


def expression_of(text: str) -> str:
    """The licence expression of a record; the rest is not read.

    Raises:
        ValueError: it is not a record.
    """
    expression, _ = _DECODER.raw_decode(text, 1)
    if text[0] != "[" or not isinstance(expression, str):
        raise ValueError("not a record")
    return expression


def read_fields(fields: list[Any]) -> LicenseRecord:
    """The same of a record's decoded fields."""
    holders = fields[7] if len(fields) > 7 else []
    return LicenseRecord(_evidence(*fields[:7]), tuple(Holder(*holder) for holder in holders))


def _evidence(
    expression: str,
    evidence: str,
    conflict: str | None = None,
    file: str | None = None,
    lines: list[int] | None = None,
    matcher: str | None = None,
    against: list[Any] | None = None,
) -> LicenseEvidence:
    if not (isinstance(expression, str) and isinstance(evidence, str)):
        raise TypeError("a licence without an expression or evidence")
    return LicenseEvidence(
        expression,
        evidence,
        conflict,
        file,
        (lines[0], lines[1]) if lines else None,
        matcher,
        tuple(_evidence(*other) for other in against or ()),
    )
