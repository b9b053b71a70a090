"""What an index has of a repository, as plain values: for `whence info` and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attribution.index.interface import Membership

__all__ = ["holding_json"]


def holding_json(holding: Membership) -> dict[str, Any]:
    """What an index has of one repository."""
    shape = {
        "repository": holding.repository,
        "documents": holding.documents,
        "occurrences": holding.occurrences,
        "licenses": list(holding.licenses),
    }
    return shape if holding.index is None else {**shape, "index": holding.index}
