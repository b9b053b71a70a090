"""`GET /api/v1/index`: what the index holds, and so what no answer can cover."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import index_json
from attribution.types import IndexDescription
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.services import services

if TYPE_CHECKING:
    from attribution.index import Index

__all__ = ["api", "description_of"]

api = APIBlueprint("index", __name__, abp_tags=[TAGS["corpus"]])

_lock = threading.Lock()
# The last description of each index, and the state that it is of. It counts every occurrence, 28 ms
# at the demo's 228 MB, and changes with the index only. Two indexes may have names, versions and
# dates (to the second) in common.
_known: WeakKeyDictionary[Index, tuple[tuple[str, str], IndexDescription]] = WeakKeyDictionary()


class OptOutAnswer(shapes.Answer):
    """A repository or owner whose code is left out on request."""

    kind: str
    value: str


class IndexAnswer(shapes.Answer):
    """What the index holds."""

    summary: shapes.IndexJson
    content_bytes: int = Field(description="Of all documents.")
    languages: dict[str, int] = Field(description="Documents per language, most first.")
    licenses: dict[str, int] = Field(description="Occurrences per SPDX expression, most first.")
    repositories: int
    opt_outs: list[OptOutAnswer]
    skipped: dict[str, int] = Field(description="Files left out, per reason.")
    sources: list[str] = Field(description="What was indexed, without the folders it lay in.")
    params: dict[str, int] = Field(description="What a sketch has to be made with.")
    sizes: dict[str, int] = Field(description="Bytes on disk, per part.")
    pending_removal_bytes: int = Field(description="Removed already, gone with a compaction.")


def description_of(index: Index) -> IndexDescription:
    """The description of an index, counted once for each of its states."""
    summary = index.summary()
    state = (summary.version, summary.date)
    with _lock:
        then, described = _known.get(index, (None, None))
        if described is None or then != state:
            described = index.describe()
            _known[index] = state, described
        return described


@api.get("/api/v1/index", responses={200: IndexAnswer})
def index() -> Response:
    """What the index holds: date, sizes, languages, licences, opt-outs."""
    described = description_of(services().index())
    return shapes.json_response(
        {
            "summary": index_json(described.summary),
            "content_bytes": described.content_bytes,
            "languages": _by_count(described.languages),
            "licenses": _by_count(described.licenses),
            "repositories": described.repositories,
            "opt_outs": [dataclasses.asdict(opt_out) for opt_out in described.opt_outs],
            "skipped": _by_count(described.skipped),
            "sources": [_public(source) for source in described.sources],
            "params": described.params,
            "sizes": _by_count(described.sizes),
            "pending_removal_bytes": described.pending_removal_bytes,
        }
    )


def _by_count(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _public(source: str) -> str:
    """A source without the folders of the machine that indexed it."""
    kind, colon, place = source.partition(":")
    return kind + colon + place.rstrip("/").rpartition("/")[2] if place.startswith("/") else source


shapes.describe_answers(api)
