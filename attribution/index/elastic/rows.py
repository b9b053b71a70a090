"""Contents and occurrences as documents of Elasticsearch, and back."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from attribution.errors import IndexDamagedError
from attribution.index.elastic.client import Json
from attribution.index.occurrences import key_of
from attribution.types import Document, LicenseEvidence, Occurrence

__all__ = ["content_row", "document_of", "is_id", "license_ids", "occurrence_of", "place_row"]

_ID = re.compile(r"[0-9a-f]{40}")
_SPDX_ID = re.compile(r"[^\s()]+")


def is_id(document: str) -> bool:
    """True for 40 hex digits."""
    return _ID.fullmatch(document) is not None


def content_row(language: str, content: bytes, generation: int) -> Json:
    """A text as its source: as it is where it is UTF-8, which compresses best."""
    row: Json = {"language": language, "generation": generation}
    try:
        row["text"] = content.decode("utf-8")
    except UnicodeDecodeError:
        row["bytes"] = base64.b64encode(content).decode("ascii")
    return row


def document_of(id_: str, source: Json) -> Document:
    """A Document of its source."""
    try:
        if "text" in source:
            content = source["text"].encode("utf-8")
        else:
            content = base64.b64decode(source["bytes"], validate=True)
        return Document(id_, source["language"], content)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise IndexDamagedError(
            f"the content {id_} cannot be read ({exc!r}); restore the index from a snapshot, or "
            "build it anew"
        ) from exc


def place_row(document: str, occurrence: Occurrence, generation: int) -> tuple[str, Json]:
    """Id and source of an occurrence. `place` has it whole; the others are to search by."""
    key = key_of(occurrence)
    o, license_ = occurrence, occurrence.license
    place = [
        o.repository, o.path, o.revision, o.origin, o.date, o.stars, o.vendored,
        license_.expression, license_.evidence, license_.conflict,
    ]  # fmt: skip
    row = {
        "document": document,
        "key": key - (1 << 64) if key >> 63 else key,
        "repository": _plain(o.repository.casefold()),
        "name": _plain(o.repository),
        "license": _plain(license_.expression),
        "licenses": license_ids(license_.expression),
        "generation": generation,
        # A text in the text: file names may hold surrogates, which Elasticsearch would replace.
        "place": json.dumps(place),
    }
    return f"{document}-{key:016x}", row


def license_ids(expression: str) -> list[str]:
    """What `occurrences.names` compares."""
    return _SPDX_ID.findall(_plain(expression.casefold()))


def occurrence_of(source: Json) -> Occurrence:
    """An Occurrence of its source."""
    try:
        place: list[Any] = json.loads(source["place"])
        repository, path, revision, origin, date, stars, vendored, *license_ = place
        return Occurrence(
            repository, path, revision, origin, date, stars, vendored, LicenseEvidence(*license_)
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise IndexDamagedError(
            f"an occurrence of {source.get('document')} cannot be read ({exc!r}); restore the "
            "index from a snapshot, or build it anew"
        ) from exc


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
