"""`IndexWriter`: a step of a datatrove pipeline that writes its documents into an index.

    pipeline = [ParquetReader("hf://datasets/..."), PIIFormatter(), IndexWriter("parts")]
    LocalPipelineExecutor(pipeline, tasks=8).run()

Readers, filters and executors (local, Slurm, Ray) are datatrove's. Each of n tasks writes a part,
and `whence merge parts/* --to INDEX` makes one index of them; in Elasticsearch all tasks write into
one index, which shows their documents when the last of them is done.

What a document's metadata mean is found out as for the columns of a dataset: those of a published
corpus (see indexer/sources/corpora.toml), or names of `FIELDS` such as `path` and `repository`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from attribution.errors import SourceError
from attribution.index import open_part
from attribution.index.checkpoints import part_name
from indexer.dataset_options import FIELDS, parse_mapping
from indexer.filters import FileFilter
from indexer.pipeline import index_sources
from indexer.sources.columns import recognize
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.rows import RowReader

__all__ = ["IndexWriter"]

_ROWS = 256  # documents that are looked at together


class IndexWriter(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Writes each task's documents into a part of its own; the last step of a pipeline.

    A task that failed may run again: what it had written is not written twice.
    """

    type = "💽 - WRITER"
    name = "whence index"

    def __init__(
        self, to: str, name: str = "datatrove", mapping: str = "", rules: FileFilter | None = None
    ) -> None:
        """
        Args:
            to: a folder for the parts, which are named 1-of-8 and so on, or the address of an
                index in Elasticsearch.
            name: of the corpus.
            mapping: "field=key,..." for metadata with other names, as `whence index --map`.
            rules: which files to leave out; None: as `whence index` does without options.

        Raises:
            InputError: the mapping is invalid.
        """
        super().__init__()
        self._to = to
        self._name = name
        self._options = SourceOptions(rules or FileFilter(), parse_mapping(mapping))

    def run(self, data: Iterable[Document], rank: int = 0, world_size: int = 1) -> None:
        """Write all documents of a task.

        Raises:
            SourceError: the metadata are not those of a known corpus, or lack a mapped key.
            IndexLockedError, StorageError: the part cannot be written.
        """
        location = self._to
        if "://" not in location:
            location = f"{location}/{rank + 1}-of-{world_size}"
        part = part_name(rank + 1, world_size, fingerprint("datatrove", self._name))
        source = _Documents(data, rank, self._options)
        with self.track_time(), open_part(location, self._name, part, rebuild=False) as index:
            report = index_sources(index, [source], part=part, need_all=True)
            index.publish_parts()
        if report.failed:
            raise SourceError(report.failed[0][1])
        self.stat_update("indexed", value=report.files)
        for reason, number in report.skipped.items():
            self.stat_update(f"skipped_{reason.replace(' ', '_')}", value=number)


class _Documents(Source):
    """The documents of a task."""

    def __init__(self, documents: Iterable[Document], rank: int, options: SourceOptions) -> None:
        super().__init__(f"datatrove task {rank}", options)
        self._documents = iter(documents)

    def fingerprint(self) -> str:
        return uuid.uuid4().hex  # another run may give other documents: it is read from the start

    def total_bytes(self) -> int:
        return 0

    def read(self, start: str | None = None) -> Iterator[SourceItem]:  # noqa: ARG002
        reader: RowReader | None = None
        for first in count(1, _ROWS):
            records = list(map(_record, islice(self._documents, _ROWS)))
            if not records:
                return
            if reader is None:
                layout = recognize(*self._keys(records), self.name)
                names = layout.columns()
                reader = RowReader(layout, self._options, self.name, "")
            columns = {name: [record.get(name) for record in records] for name in names}
            for number, files in enumerate(reader.read(columns, first), first):
                for file in files:
                    yield SourceItem(file, str(number))

    def _keys(
        self, records: Sequence[dict[str, Any]]
    ) -> tuple[set[str], tuple[tuple[str, str], ...]]:
        """The keys of some records, and what they mean beside those of known corpora."""
        keys = set().union(*records)
        mapping = {field: field for field in FIELDS if field in keys - {"content"}}
        mapping.update(self._options.mapping)
        if mapping:
            mapping["content"] = "content"
        return keys.union(mapping.values()), tuple(mapping.items())


def _record(document: Document) -> dict[str, Any]:
    return {"id": document.id, **document.metadata, "content": document.text}
