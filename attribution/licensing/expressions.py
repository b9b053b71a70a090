"""SPDX expressions: parsed, written in one spelling, and taken apart.

Everything here is cached: a corpus has few distinct licence strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = [
    "NOASSERTION",
    "LicenseTerm",
    "known_symbol",
    "license_ids",
    "license_term",
    "license_texts",
    "render",
    "texts_of",
]

NOASSERTION = "NOASSERTION"


@lru_cache(maxsize=1)
def _spdx() -> Any:
    """The SPDX list of `license-expression`; 13 ms, so only when a licence is met."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def known_symbol(id_: str) -> Any:
    """What `license-expression` has for an SPDX id, in upper or lower case; None if unknown."""
    return _spdx().known_symbols_lowercase.get(id_.lower())


@lru_cache(maxsize=65536)
def _parse(expression: str) -> Any:
    """The parsed expression without repetitions, or None when it is not one."""
    from license_expression import ExpressionError, ExpressionParseError

    try:
        return _spdx().dedup(_spdx().parse(expression, strict=True))
    except (ExpressionError, ExpressionParseError):
        return None
    except (AssertionError, AttributeError, IndexError, TypeError, RecursionError):
        # Its parser meets odd input ("()", a lone operator) with errors of its own internals.
        return None


def render(expression: str) -> str | None:
    """An expression as SPDX writes it, without repetitions; None when it is not one."""
    parsed = _parse(expression)
    return None if parsed is None else str(parsed.render())


@lru_cache(maxsize=65536)
def license_ids(expression: str) -> frozenset[str]:
    """The licences of an SPDX expression, each with its exception; empty for NOASSERTION."""
    parsed = None if expression == NOASSERTION else _parse(expression)
    if parsed is None:
        return frozenset()
    return frozenset(s.render() for s in _spdx().license_symbols(parsed, decompose=False))


@dataclass(frozen=True, slots=True)
class LicenseTerm:
    """A part of an SPDX expression: one licence, or several joined by one operator."""

    text: str  # as SPDX writes it
    operator: str = ""  # "AND" or "OR"; "" for one licence
    parts: tuple[LicenseTerm, ...] = ()  # at least two with an operator, else none
    license: str = ""  # id of one licence, without its exception
    exception: str = ""  # id behind its WITH


@lru_cache(maxsize=65536)
def license_term(expression: str) -> LicenseTerm | None:
    """An SPDX expression as a tree; None for NOASSERTION, and when it is not an expression.

    Ids need not be known; those that are come in SPDX's spelling (`gpl-2.0` as `GPL-2.0-only`).
    """
    parsed = None if expression == NOASSERTION else _parse(expression)
    return None if parsed is None else _term(parsed)


def _term(parsed: Any) -> LicenseTerm:
    text = str(parsed.render())
    if hasattr(parsed, "exception_symbol"):
        with_ = parsed.exception_symbol.key
        return LicenseTerm(text, license=str(parsed.license_symbol.key), exception=str(with_))
    if not parsed.args:
        return LicenseTerm(text, license=str(parsed.key))
    parts = tuple(_term(part) for part in parsed.args)
    return LicenseTerm(text, operator=parsed.operator.strip(), parts=parts)


def texts_of(ids: Iterable[str]) -> frozenset[str]:
    """Licences as far as their texts differ: -only and -or-later have the same."""
    return frozenset(re.sub(r"-(?:only|or-later)\b", "", i) for i in ids)


def license_texts(expression: str) -> frozenset[str]:
    """The licences of an expression as far as their texts differ, without exceptions."""
    return frozenset(i.partition(" WITH ")[0] for i in texts_of(license_ids(expression)))
