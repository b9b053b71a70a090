"""`GET /api/v1/index`: the contents of the index, which limit what answers can cover."""

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

__all__ = ["api", "description_of", "public_source"]

api = APIBlueprint("index", __name__, abp_tags=[TAGS["corpus"]])

_lock = threading.Lock()
# The last description of each index, with its version and date. It counts every occurrence, which
# takes 28 ms for the demo's 228 MB. Two indexes may have the same name, version and date.
_known: WeakKeyDictionary[Index, tuple[tuple[str, str], IndexDescription]] = WeakKeyDictionary()


class OptOutAnswer(shapes.ResponseModel):
    """A repository or owner that is excluded on request."""

    kind: str
    value: str
    since: str | None = Field(description="When it was recorded, if the index knows it.")


class IndexAnswer(shapes.ResponseModel):
    """The contents of the index."""

    summary: shapes.IndexJson
    content_bytes: int = Field(description="Total size of the documents.")
    languages: dict[str, int] = Field(description="Documents per language, most first.")
    licenses: dict[str, int] = Field(description="Occurrences per SPDX expression, most first.")
    repositories: int
    opt_outs: list[OptOutAnswer]
    skipped: dict[str, int] = Field(description="Files left out, by reason.")
    sources: list[str] = Field(description="What was indexed, without parent folders.")
    params: dict[str, int] = Field(description="The parameters of its fingerprints and MinHash.")
    sizes: dict[str, int] = Field(description="Bytes on disk, by part.")
    pending_removal_bytes: int = Field(description="Bytes that a compaction will free.")


def description_of(index: Index) -> IndexDescription:
    """The description of an index, counted once per version."""
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
    """The contents of the index: date, sizes, languages, licences, opt-outs."""
    from attribution.index.occurrences import by_count  # the start of the service needs no numpy

    described = description_of(services().index())
    return shapes.json_response(
        {
            "summary": index_json(described.summary),
            "content_bytes": described.content_bytes,
            "languages": by_count(described.languages),
            "licenses": by_count(described.licenses),
            "repositories": described.repositories,
            "opt_outs": [dataclasses.asdict(opt_out) for opt_out in described.opt_outs],
            "skipped": by_count(described.skipped),
            "sources": [public_source(source) for source in described.sources],
            "params": described.params,
            "sizes": by_count(described.sizes),
            "pending_removal_bytes": described.pending_removal_bytes,
        }
    )


def public_source(source: str) -> str:
    """A source without its parent folders on the machine that indexed it."""
    kind, colon, path = source.partition(":")
    return kind + colon + path.rstrip("/").rpartition("/")[2] if path.startswith("/") else source


shapes.describe_answers(api)
