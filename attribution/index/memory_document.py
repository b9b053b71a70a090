"""A document as the brute-force engine holds it: everything in sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attribution.sketching.sketch import U32, SketchBatch, SketchParams
from attribution.types import Document, Occurrence

__all__ = ["Held", "Sketcher", "hold"]

Sketcher = Callable[[Sequence[bytes], Sequence[str], SketchParams], SketchBatch]

NO_BAND = 2**64 - 1


@dataclass(slots=True)
class Held:
    """A document with its sketch and its live occurrences by identity."""

    document: Document
    raw: set[int]
    renamed: set[int]
    bands: set[int]
    minhash: U32
    words: set[str]
    occurrences: dict[int, Occurrence]


def hold(document: Document, sketcher: Sketcher, params: SketchParams) -> Held:
    """Sketch a document; it has no occurrence yet."""
    batch = sketcher([document.content], [document.language], params)
    return Held(
        document=document,
        raw=set(batch.raw.tolist()),
        renamed=set(batch.renamed.tolist()),
        bands=set(batch.bands[0].tolist()) - {NO_BAND},
        minhash=batch.minhash[0],
        words=set(batch.words.decode("utf-8", "replace").split(" ")) - {""},
        occurrences={},
    )
