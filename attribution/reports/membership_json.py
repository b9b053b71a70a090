"""What an index has of a repository or owner, as plain values: `whence info` and the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attribution.index.interface import Membership
    from attribution.repository_names import RepositoryName

__all__ = ["holding_json", "name_json"]


def name_json(
    given: str, name: RepositoryName, similar: Sequence[str], *, found: bool
) -> dict[str, Any]:
    """How a name was read, whether the index has code of it, and names like it."""
    return {
        "owner": given,
        "name": name.path,
        "host": name.host or None,
        "found": found,
        "suggestions": [alike.rstrip("/") for alike in similar],
    }


def holding_json(holding: Membership) -> dict[str, Any]:
    """What an index has of one repository."""
    shape = {
        "repository": holding.repository,
        "documents": holding.documents,
        "occurrences": holding.occurrences,
        "licenses": list(holding.licenses),
    }
    return shape if holding.index is None else {**shape, "index": holding.index}
