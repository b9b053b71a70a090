"""Builds fingerprints and MinHash on disk from parquet, without words and contents.

It runs in its own process and uses the parts of the writer: `sketch_batch` on two threads and the
draft of a segment, which sorts both arrays of fingerprints and writes them with the signatures.

    python -m benchmarks.sketching FOLDER PART...
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq

from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.draft import SegmentDraft
from attribution.index.embedded.manifest import SegmentEntry
from attribution.lexing.languages import canonical_language
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.sketching.sketcher import sketch_batch

Batch = tuple[list[bytes], list[bytes], list[str]]  # ids, contents, languages

CAP = 1000  # documents of a fingerprint, above which only their number is kept


def batches(parts: list[str], most: int) -> Iterator[Batch]:
    """Batches of documents of about `most` bytes."""
    ids: list[bytes] = []
    contents: list[bytes] = []
    languages: list[str] = []
    size = 0
    for part in parts:
        for rows in pq.ParquetFile(part).iter_batches(500, columns=["hexsha", "lang", "content"]):
            # As binary, to save decoding and encoding the text.
            texts = rows.column("content").cast("binary").to_pylist()
            named = rows.column("lang").to_pylist()
            hashes = rows.column("hexsha").to_pylist()
            for name, text, language in zip(hashes, texts, named, strict=True):
                ids.append(bytes.fromhex(name))
                contents.append(text)
                languages.append(canonical_language(language) or "")
                size += len(text)
                if size >= most:
                    yield ids, contents, languages
                    ids, contents, languages, size = [], [], [], 0
    if ids:
        yield ids, contents, languages


def main(folder: Path, parts: list[str]) -> None:
    """Sketch all documents and write segments of the writer's usual size."""
    params, tuning = SketchParams(), Tuning()
    started = time.perf_counter()
    total = written = 0
    draft = SegmentDraft(folder, f"draft-{written}", params, CAP)
    running: deque[tuple[Batch, Future[SketchBatch]]] = deque()

    def collect() -> None:
        (ids, contents, languages), sketches = running.popleft()
        sizes = [len(content) for content in contents]
        draft.add_documents(ids, languages, sizes, [b""] * len(ids), sketches.result())

    # Another thread writes the segments, one at a time, as in the writer.
    with ThreadPoolExecutor(tuning.threads) as pool, ThreadPoolExecutor(1) as finisher:
        finishing: list[Future[SegmentEntry]] = []

        def finish() -> None:
            for earlier in finishing[-1:]:
                earlier.result()
            finishing.append(finisher.submit(draft.finish))

        for batch in batches(parts, tuning.batch_bytes):
            total += sum(map(len, batch[1]))
            work = pool.submit(sketch_batch, batch[1], batch[2], params, with_words=False)
            running.append((batch, work))
            while len(running) > tuning.threads:
                collect()
            if draft.content_bytes >= tuning.flush_bytes:
                finish()
                written += 1
                draft = SegmentDraft(folder, f"draft-{written}", params, CAP)
        while running:
            collect()
        finish()
        for future in finishing:
            future.result()
    print(json.dumps({"seconds": time.perf_counter() - started, "bytes": total}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
