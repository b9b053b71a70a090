"""Answers about licences beside what Debian says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from debian.copyright import (
    NotMachineReadableError,
)

from attribution.licensing.expressions import NOASSERTION
from benchmarks.debian_licenses import DebianCopyright, compare, expression_of
from benchmarks.license_readers import Answer

__all__ = ["Judge", "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer beside Debian's."""

    answer: Answer
    debian: str  # the first line of its License field
    kind: str  # see `compare`
    listed: bool  # as an error of Debian's


class Judge:
    """Compares answers with the copyright files of the packages in a folder."""

    def __init__(self, packages: Sequence[Path]) -> None:
        self._files: dict[str, DebianCopyright] = {}
        for package in packages:
            try:
                self._files[package.name] = DebianCopyright(package)
            except NotMachineReadableError as error:
                print(f"{package.name} is left out: {error}", file=sys.stderr)

    def judged(self, answers: Iterable[Answer]) -> list[Judged]:
        """The answers on files of which Debian names a licence that SPDX knows."""
        found = []
        for answer in answers:
            file = self._files.get(answer.package)
            debian = file.license_of(answer.path) if file else None
            expression = expression_of(debian) if debian else NOASSERTION
            if file is not None and debian is not None and expression != NOASSERTION:
                kind = compare(answer.expression, expression, conflict=answer.conflict)
                listed = kind != "exact" and file.is_listed_error(answer.path, debian)
                found.append(Judged(answer, debian, kind, listed))
        return found
