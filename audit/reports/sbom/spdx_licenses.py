"""Licences in SPDX 2.3: an expression of its list, or a LicenseRef with an explanation."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from spdx_tools.common.spdx_licensing import (  # type: ignore[import-untyped]
    spdx_licensing,
)
from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

from attribution.licensing.expressions import NOASSERTION, license_ids
from audit.reports.safe_text import one_line

__all__ = ["SpdxLicenses"]

_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


class SpdxLicenses:
    """Converts expressions into SPDX's, and keeps an explanation for each LicenseRef.

    A converted licence is a license_expression.LicenseExpression, which has no types that mypy can
    read, or an SpdxNoAssertion.
    """

    def __init__(self) -> None:
        self._known: dict[str, Any] = {NOASSERTION: SpdxNoAssertion()}
        self._refs: dict[str, ExtractedLicensingInfo] = {}
        self._refs_of: dict[str, tuple[str, ...]] = {}

    def of(self, expression: str) -> Any:
        """The licence; one that the SPDX list lacks becomes a LicenseRef, never a guess."""
        if expression not in self._known:
            self._known[expression] = self._parse(expression)
        return self._known[expression]

    def parts_of(self, expressions: list[str]) -> list[Any]:
        """The single licences of expressions, each once; NOASSERTION if there are none."""
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

    def _parse(self, expression: str) -> Any:
        refs = []
        if license_ids(expression):
            unknown = spdx_licensing.validate(expression, strict=True)
            refs = list(unknown.invalid_symbols)
            if not unknown.errors or (refs and all(map(_REF.fullmatch, refs))):
                return self._explained(expression, refs)
        return self._explained(_ref_for(expression), [_ref_for(expression)], expression)

    def _explained(self, parsed: str, refs: list[str], name: str = "") -> Any:
        for ref in refs:
            license_name = one_line(name or ref)
            self._refs[ref] = ExtractedLicensingInfo(
                license_id=ref,
                extracted_text=f"Whence does not have the text of this licence: {license_name}",
                license_name=license_name,
            )
        self._refs_of[name or parsed] = tuple(refs)
        return spdx_licensing.parse(parsed, strict=True)


def _ref_for(name: str) -> str:
    """A LicenseRef for a name that is not an expression; its hash separates similar names."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)[:40].strip("-.")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"LicenseRef-whence-{plain}-{digest}" if plain else f"LicenseRef-whence-{digest}"
