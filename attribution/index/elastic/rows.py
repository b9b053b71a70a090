"""Contents and occurrences as documents of Elasticsearch, and back."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from attribution.errors import IndexDamagedError
from attribution.index.elastic.client import Json
from attribution.index.license_record import read_fields, record_of
from attribution.index.occurrences import key_of, license_ids
from attribution.types import Document, Occurrence

__all__ = ["content_row", "document_of", "is_id", "occurrence_of", "occurrence_row", "plain"]

_ID = re.compile(r"[0-9a-f]{40}")


def is_id(document: str) -> bool:
    """True for 40 hex digits."""
    return _ID.fullmatch(document) is not None


def content_row(language: str, content: bytes, generation: int) -> Json:
    """A text as a source; UTF-8 is stored as it is, which compresses best."""
    row: Json = {"language": language, "generation": generation}
    try:
        row["text"] = content.decode("utf-8")
    except UnicodeDecodeError:
        row["bytes"] = base64.b64encode(content).decode("ascii")
    return row


def document_of(id_: str, source: Json) -> Document:
    """A Document from its source."""
    try:
        if "text" in source:
            content = source["text"].encode("utf-8")
        else:
            content = base64.b64decode(source["bytes"], validate=True)
        return Document(id_, source["language"], content)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise IndexDamagedError(
            f"the content {id_} cannot be read ({exc!r}); restore the index from a snapshot, or "
            "rebuild it"
        ) from exc


def occurrence_row(document: str, occurrence: Occurrence, generation: int) -> tuple[str, Json]:
    """Id and source of an occurrence. "place" holds all of it; other fields are for searches."""
    key = key_of(occurrence)
    o = occurrence
    whole = [
        o.repository, o.path, o.revision, o.origin, o.date, o.stars, o.vendored,
        *json.loads(record_of(occurrence)),
    ]  # fmt: skip
    row = {
        "document": document,
        "key": key - (1 << 64) if key >> 63 else key,
        "repository": plain(o.repository.casefold()),
        "name": plain(o.repository),
        "license": plain(o.license.expression),
        "licenses": license_ids(plain(o.license.expression)),
        "generation": generation,
        # JSON in a string: file names may have surrogates, which Elasticsearch would replace.
        "place": json.dumps(whole),
    }
    if o.notice:
        row["notice"] = plain(o.notice)
    return f"{document}-{key:016x}", row


def occurrence_of(source: Json) -> Occurrence:
    """An Occurrence from its source."""
    try:
        whole: list[Any] = json.loads(source["place"])
        repository, path, revision, origin, date, stars, vendored, *license_ = whole
        stated = read_fields(license_)
        return Occurrence(
            repository,
            path,
            revision,
            origin,
            date,
            stars,
            vendored,
            *stated,
            source.get("notice", ""),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise IndexDamagedError(
            f"an occurrence of {source.get('document')} cannot be read ({exc!r}); restore the "
            "index from a snapshot, or rebuild it"
        ) from exc


def plain(text: str) -> str:
    """A text without surrogates, which Elasticsearch cannot store."""
    return text.encode("utf-8", "replace").decode("utf-8")
