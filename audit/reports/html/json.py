"""JSON for a page: no text in it, whatever it holds, can end an element or a line of script."""

from __future__ import annotations

import json

import msgspec

__all__ = ["embedded", "encoded"]

_ENCODER = msgspec.json.Encoder()


def encoded(value: object) -> bytes:
    """A dataclass, or a structure of dataclasses, as JSON.

    A file name need not be valid Unicode: its invalid bytes arrive as lone surrogates, which only
    the standard library writes.
    """
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode("ascii")


def embedded(value: object) -> bytes:
    """The same, safe inside `<script>`: no `</script`, no `<!--`, no U+2028 or U+2029."""
    return (
        encoded(value)
        .replace(b"<", b"\\u003c")
        .replace(b">", b"\\u003e")
        .replace("\u2028".encode(), b"\\u2028")
        .replace("\u2029".encode(), b"\\u2029")
    )
