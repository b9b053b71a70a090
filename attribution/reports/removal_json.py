"""What a removal would do or has done, as plain values: `whence info`, `remove` and the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attribution.repository_names import repository_key
from attribution.types import IndexDescription, Occurrence, OptOut

if TYPE_CHECKING:
    from attribution.index.interface import Index
    from attribution.repository_names import RepositoryName

__all__ = ["named_removals", "preview_json", "removed_json"]

_LISTED = 100  # files that stay and are named
_SHOWN = 3  # occurrences that are named of such a file


def named_removals(name: RepositoryName, repositories: Iterable[str]) -> tuple[OptOut, ...]:
    """The opt-outs that a name stands for.

    Of a package and an owner, if the index has both; of a group of GitLab, its repositories.

    Args:
        repositories: that the index has under the name.
    """
    keys = sorted({repository_key(held) for held in repositories})
    if "/" in name.path:
        return tuple(OptOut("repository", key) for key in keys or [name.path])
    if name.kind is not None:
        return (OptOut(name.kind, name.path),)
    package = repository_key(name.path) in keys
    kinds = ["repository"] * package + ["owner"] * (len(keys) > package or not keys)
    return tuple(OptOut(kind, name.path) for kind in kinds)


def preview_json(index: Index, opt_outs: Sequence[OptOut]) -> dict[str, Any]:
    """What a removal would do, with the files that stay because others have them too.

    Raises:
        InputError: an opt-out is invalid, or there are more than the index can examine.
    """
    from attribution.index.occurrences import OptOutSet

    preview = index.preview_removal(opt_outs, limit=_LISTED)
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
    index: Index, name: str, describe: Callable[[Index], IndexDescription]
) -> list[dict[str, Any]]:
    """The removals that cover a name, or repositories of it.

    Args:
        name: of a repository, a package or an owner.
        describe: an index, or one of several.

    Raises:
        CorpusIndexError: one of several indexes does not answer.
    """
    from attribution.index.occurrences import opt_outs_of

    removed = []
    parts: list[str | None] = [part.name for part in index.summary().indexes]
    for part in parts or [None]:
        description = describe(index if part is None else index.only(part))
        for opt_out in opt_outs_of(name, description.opt_outs):
            shape = {
                "kind": opt_out.kind,
                "value": opt_out.value,
                "since": opt_out.since,
                "says": _sentence(opt_out, part, description.pending_removal_bytes > 0),
            }
            removed.append(shape if part is None else {**shape, "index": part})
    return removed


def _sentence(opt_out: OptOut, index: str | None, pending: bool) -> str:
    day = f"on {opt_out.since[:10]}" if opt_out.since else "on a day that was not recorded"
    where = f" from index {index}" if index else ""
    rest = " Removed files are on the disk until the next compaction." if pending else ""
    return f"{opt_out.value}: removed {day}{where}, and not indexed since.{rest}"
