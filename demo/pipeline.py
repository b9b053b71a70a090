"""`python -m demo.pipeline`: BigCode's preprocessing of the code on this machine, by datatrove.

    code of the standard library
    -> filters, personal data to placeholders       clean/*.jsonl.gz
    -> MinHash signatures, buckets, clusters        near-duplicates/*.jsonl.gz, a report
    -> index                                        parts/1-of-2, parts/2-of-2

All steps but the first are datatrove's, or functions that it calls. Near-duplicates are reported,
not left out: a copy must not get the credit of its original. To run it elsewhere, put another
reader in place of `MachineCode`, and SlurmPipelineExecutor in place of LocalPipelineExecutor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.word_tokenizers import WordTokenizer

from attribution.types import NewFile
from indexer.datatrove import IndexWriter
from indexer.parts import Part, cut, share
from indexer.sources import SourceOptions, open_sources

__all__ = ["main", "run"]

MINHASH = MinhashConfig(n_grams=5, hash_config=HashConfig(hash_fc="sha1"))

# Text that encodes data (StarCoder 2, arXiv:2402.19173, section 3.1): a file is left out when one
# such part is this long, or when they are half of it.
ENCODED = re.compile(
    r"[a-zA-Z0-9+/\n=]{64,}|(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}|(?:\\u[0-9a-fA-F]{4}){8,}"
)
LONGEST_ENCODED = 1024  # characters


def has_short_lines(document: Document) -> bool | tuple[bool, str]:
    """At most 1,000 characters in a line, and 100 on average."""
    lengths = [len(line) for line in document.text.splitlines()] or [0]
    short = max(lengths) <= 1000 and sum(lengths) <= 100 * len(lengths)
    return short or (False, "long_lines")


def is_alphabetic(document: Document) -> bool | tuple[bool, str]:
    """At least a quarter of it is letters."""
    letters = sum(map(str.isalpha, document.text))
    return 4 * letters >= len(document.text) or (False, "few_letters")


def is_no_data(document: Document) -> bool | tuple[bool, str]:
    """It does not contain much encoded data."""
    parts = [len(found[0]) for found in ENCODED.finditer(document.text)]
    much = max(parts, default=0) > LONGEST_ENCODED or 2 * sum(parts) > len(document.text)
    return not much or (False, "encoded_data")


def is_no_xml(document: Document) -> bool | tuple[bool, str]:
    """It does not begin as XML does."""
    return "<?xml version=" not in document.text[:100] or (False, "xml")


class MachineCode(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Reads what `whence index` reads."""

    type = "📖 - READER"
    name = "whence source"

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def run(
        self, data: Iterable[Document] | None = None, rank: int = 0, world_size: int = 1
    ) -> Iterator[Document]:
        """The files of a task's part of the source."""
        yield from data or ()
        units = cut(list(open_sources(self.source, SourceOptions())))
        for unit in share(units, Part(rank + 1, world_size)):
            for item in unit.read():
                if isinstance(item.file, NewFile):
                    yield document_of(item.file)


def document_of(file: NewFile) -> Document:
    """A file as a document, with metadata that `IndexWriter` knows."""
    seen = file.occurrence
    metadata = {
        "path": seen.path,
        "repository": seen.repository,
        "revision": seen.revision,
        "origin": seen.origin,
        "licenses": seen.license.expression,
        "language": file.language,
    }
    text = file.content.decode("utf-8", "replace")
    return Document(text, f"{seen.repository}/{seen.path}", metadata=metadata)


class CodeWords(WordTokenizer):  # type: ignore[misc]
    """The words of code for MinHash, as BigCode cuts them."""

    def word_tokenize(self, text: str) -> list[str]:
        """Runs of letters, digits and underscores."""
        return re.findall(r"\w+", text)

    def sent_tokenize(self, text: str) -> list[str]:
        """Lines."""
        return text.splitlines()

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Where the words are."""
        return [found.span() for found in re.finditer(r"\w+", text)]


def run(source: str, folder: Path, tasks: int) -> None:
    """Run the pipeline. Tasks that were completed before are not run again."""
    at = {name: str(folder / name) for name in ("clean", "minhash", "near-duplicates", "parts")}
    signatures, buckets, clusters = (f"{at['minhash']}/{n}" for n in ("sigs", "buckets", "remove"))
    cleaning = [
        MachineCode(source),
        *map(LambdaFilter, (has_short_lines, is_alphabetic, is_no_data, is_no_xml)),
        PIIFormatter(email_replacement="<EMAIL>", ip_replacement="<IP_ADDRESS>"),
        JsonlWriter(at["clean"]),
    ]
    stages = [
        ("clean", tasks, cleaning),
        (
            "signatures",
            tasks,
            [
                JsonlReader(at["clean"]),
                MinhashDedupSignature(signatures, MINHASH, language=CodeWords()),
            ],
        ),
        (
            "buckets",
            MINHASH.num_buckets,
            [MinhashDedupBuckets(signatures, buckets, config=MINHASH)],
        ),
        (
            "clusters",
            1,
            [MinhashDedupCluster(buckets, clusters, MINHASH, save_cluster_id=True)],
        ),
        (
            "near-duplicates",
            tasks,
            [
                JsonlReader(at["clean"]),
                MinhashDedupFilter(
                    clusters,
                    exclusion_writer=JsonlWriter(at["near-duplicates"]),
                    load_cluster_ids=True,
                ),
            ],
        ),
        ("index", tasks, [JsonlReader(at["clean"]), IndexWriter(at["parts"], "pipeline")]),
    ]
    for name, count, steps in stages:
        LocalPipelineExecutor(
            steps, tasks=count, workers=tasks, logging_dir=str(folder / "logs" / name)
        ).run()


@click.command()
@click.argument("source", default="stdlib")
@click.option("--to", "folder", default=".whence/pipeline", type=click.Path(path_type=Path))
@click.option("--tasks", default=2, show_default=True, help="Tasks at a time, and parts.")
def main(source: str, folder: Path, tasks: int) -> None:
    """Prepare the code of a SOURCE, report near-duplicates, and index it in parts."""
    run(source, folder, tasks)
    click.echo(f"Done. Next: whence merge {folder}/parts/* --to {folder}/index")


if __name__ == "__main__":
    main()
