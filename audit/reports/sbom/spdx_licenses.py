"""Licences as SPDX 2.3 has them: an expression of its list, or a LicenseRef that is explained."""

from __future__ import annotations

import hashlib
import re

from spdx_tools.common.spdx_licensing import (  # type: ignore[import-untyped]
    spdx_licensing,
)
from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

from attribution.licenses import NOASSERTION, license_ids
from audit.reports.safe_text import one_line

__all__ = ["SpdxLicense", "SpdxLicenses"]

# What spdx-tools takes for a licence: a license_expression.LicenseExpression or NOASSERTION. The
# former has no types that mypy can read.
SpdxLicense = object

_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


class SpdxLicenses:
    """Turns expressions into SPDX's, and keeps an explanation for each LicenseRef met."""

    def __init__(self) -> None:
        self._known: dict[str, SpdxLicense] = {NOASSERTION: SpdxNoAssertion()}
        self._refs: dict[str, ExtractedLicensingInfo] = {}
        self._refs_of: dict[str, tuple[str, ...]] = {}

    def of(self, expression: str) -> SpdxLicense:
        """The licence; what the SPDX list does not have becomes a LicenseRef, never a guess."""
        if expression not in self._known:
            self._known[expression] = self._parse(expression)
        return self._known[expression]

    def parts_of(self, expressions: list[str]) -> list[SpdxLicense]:
        """The single licences of expressions, each once; NOASSERTION where there are none."""
        singles: dict[str, None] = {}
        for expression in expressions:
            singles.update(dict.fromkeys(sorted(license_ids(expression)) or [expression]))
        if len(singles) > 1:
            singles.pop(NOASSERTION, None)
        return [self.of(single) for single in singles or [NOASSERTION]]

    def explanations(self, expressions: list[str]) -> list[ExtractedLicensingInfo]:
        """The explanations of all LicenseRefs in expressions that `of` has seen."""
        refs = {ref: None for e in expressions for ref in self._refs_of.get(e, ())}
        return [self._refs[ref] for ref in refs]

    def _parse(self, expression: str) -> SpdxLicense:
        refs = []
        if license_ids(expression):
            unknown = spdx_licensing.validate(expression, strict=True)
            refs = list(unknown.invalid_symbols)
            if not unknown.errors or (refs and all(map(_REF.fullmatch, refs))):
                return self._explained(expression, refs)
        return self._explained(_ref_for(expression), [_ref_for(expression)], expression)

    def _explained(self, parsed: str, refs: list[str], meant: str = "") -> SpdxLicense:
        for ref in refs:
            words = one_line(meant or ref)
            self._refs[ref] = ExtractedLicensingInfo(
                license_id=ref,
                extracted_text=f"The text of this licence is not known to Whence. It is called: "
                f"{words}",
                license_name=words,
            )
        self._refs_of[meant or parsed] = tuple(refs)
        symbol: SpdxLicense = spdx_licensing.parse(parsed, strict=True)
        return symbol


def _ref_for(name: str) -> str:
    """A LicenseRef for a name that is no expression; the hash tells apart what looks alike."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)[:40].strip("-.")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"LicenseRef-whence-{plain}-{digest}" if plain else f"LicenseRef-whence-{digest}"
