"""The texts of the most frequent licences, from `identify`, and the addresses of all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from attribution.licensing.expressions import known_symbol, texts_of

__all__ = ["license_address", "license_text"]

# Templates name a year and a holder, which the sources' own notices state.
_YEAR, _HOLDER = "[year]", "[fullname]"


def license_text(id_: str) -> str | None:
    """The text of a licence without the copyright line of its template; None if we have no text.

    Args:
        id_: of the SPDX list; -only and -or-later have one text.
    """
    (name,) = texts_of([id_])
    text = _texts().get(name)
    if text is None:
        return None
    lines: list[str] = []
    for line in text.strip("\n").splitlines():
        if _YEAR not in line and (line.strip() or (lines and lines[-1])):  # one blank line at most
            lines.append(line.rstrip())
    if any(_HOLDER in line for line in lines):
        lines += [
            "",
            f"{_HOLDER}: the copyright holders, as the sources under this licence name them.",
        ]
    return "".join(f"{line}\n" for line in lines)


def license_address(id_: str) -> str | None:
    """The page of the SPDX list with a licence or exception; None if the list has no such id."""
    symbol = None if "LicenseRef-" in id_ else known_symbol(id_)
    return None if symbol is None else f"https://spdx.org/licenses/{symbol.key}.html"


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, str]:
    from identify.vendor.licenses import LICENSES

    return dict(LICENSES)
