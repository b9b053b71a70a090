"""What a removal would do or has done, as plain values: `whence info`, `remove` and the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attribution.repository_names import repository_key
from attribution.types import IndexDescription, Occurrence, OptOut

if TYPE_CHECKING:
    from attribution.index.interface import Index
    from attribution.repository_names import RepositoryName

__all__ = ["LISTED", "named_removals", "preview_json", "removed_json"]

LISTED = 100  # files that stay and are named
_SHOWN = 3  # occurrences that are named of such a file


def named_removals(name: RepositoryName, repositories: Iterable[str]) -> tuple[OptOut, ...]:
    """The opt-outs that a name stands for: of a package and an owner, if the index has both.

    Args:
        repositories: that the index has under the name.
    """
    if name.kind is not None:
        return (OptOut(name.kind, name.path),)
    packages = {repository_key(held) == repository_key(name.path) for held in repositories}
    kinds = ["repository"] * (True in packages) + ["owner"] * (False in packages)
    return tuple(OptOut(kind, name.path) for kind in kinds or ["owner"])


def preview_json(index: Index, opt_outs: Sequence[OptOut]) -> dict[str, Any]:
    """What a removal would do, with the files that stay because others have them too.

    Raises:
        InputError: an opt-out is invalid, or there are more than the index can examine.
    """
    from attribution.index.occurrences import OptOutSet

    preview = index.preview_removal(opt_outs, limit=LISTED)
    covers = OptOutSet(opt_outs).covers
    files = []
    for document, found in zip(
        preview.examples, index.occurrences_of(preview.examples), strict=True
    ):
        own = [o for o in found if covers(o.repository)]
        others = [o for o in found if not covers(o.repository)]
        if not own or not others:
            continue  # the index has changed meanwhile
        files.append(
            {
                "document": f"swh:1:cnt:{document}",
                "removed": _named(own),
                "elsewhere": _named(others),
                "elsewhere_total": len(others),
            }
        )
    return {
        "occurrences": preview.occurrences,
        "files": preview.documents,
        "files_deleted": preview.documents - preview.staying,
        "files_staying": preview.staying,
        "staying": files,
    }


def _named(occurrences: Sequence[Occurrence]) -> list[dict[str, Any]]:
    return [{"repository": o.repository, "path": o.path} for o in occurrences[:_SHOWN]]


def removed_json(
    name: str, descriptions: Sequence[tuple[str | None, IndexDescription]]
) -> list[dict[str, Any]]:
    """The removals that cover a name, or repositories of it.

    Args:
        name: of a repository, a package or an owner.
        descriptions: of the indexes, with their names if there are several.
    """
    from attribution.index.occurrences import OptOutSet

    removed = []
    for index, description in descriptions:
        for opt_out in OptOutSet(description.opt_outs).of(name):
            shape = {
                "kind": opt_out.kind,
                "value": opt_out.value,
                "since": opt_out.since,
                "says": _sentence(opt_out, index, description.pending_removal_bytes > 0),
            }
            removed.append(shape if index is None else {**shape, "index": index})
    return removed


def _sentence(opt_out: OptOut, index: str | None, pending: bool) -> str:
    day = f"on {opt_out.since[:10]}" if opt_out.since else "on a day that was not recorded"
    where = f" from index {index}" if index else ""
    rest = " Removed files are on the disk until the next compaction." if pending else ""
    return f"{opt_out.value}: removed {day}{where}, and refused since.{rest}"
