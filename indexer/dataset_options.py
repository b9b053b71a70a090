"""What options say of datasets. It imports little, so `whence index --help` need not wait."""

from __future__ import annotations

from attribution.errors import InputError

__all__ = ["FIELDS", "SOFTWARE_HERITAGE", "parse_mapping"]

# Where the contents of The Stack v2 are. The bucket is public, and asking for credentials takes
# seconds where there are none.
SOFTWARE_HERITAGE = "s3://anonymous@softwareheritage/content/{blob_id}"

# What can be mapped. "licenses" may hold one name or a list of them.
FIELDS = (
    "content", "path", "repository", "revision", "origin", "licenses", "stars", "date",
    "language", "encoding", "vendored", "generated",
)  # fmt: skip


def parse_mapping(text: str) -> tuple[tuple[str, str], ...]:
    """`content=text,path=meta.path` as pairs.

    Raises:
        InputError: not in this form, or an unknown field.
    """
    pairs: list[tuple[str, str]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        field, equals, column = (p.strip() for p in part.partition("="))
        if not equals or not column or field not in FIELDS:
            raise InputError(
                f"--map {part!r}: write FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}"
            )
        if field in dict(pairs):
            raise InputError(f"--map names two columns for {field}: {dict(pairs)[field]}, {column}")
        pairs.append((field, column))
    return tuple(pairs)
