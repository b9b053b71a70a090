"""datasketch alone: MinHash and MinHashLSH, of whole files and of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from datasketch import MinHash, MinHashLSH

from benchmarks.functions import functions
from benchmarks.peers.interface import Peer, PeerDocument

__all__ = ["FileMinHash", "FunctionMinHash"]

TOKEN = re.compile(r"\w+|[^\w\s]")
SHINGLE = 5  # tokens
THRESHOLD = 0.5  # Jaccard similarity for which the bands are chosen
PERMUTATIONS = 128


class FileMinHash(Peer):
    """One signature per file."""

    name = "datasketch, files"
    note = f"5-token shingles, {PERMUTATIONS} permutations, LSH for a similarity of {THRESHOLD}"

    def __init__(self) -> None:
        self._lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        self._signatures: list[MinHash] = []
        self._owners: list[str] = []

    def units(self, document: PeerDocument) -> Iterator[str]:
        """The texts of a document that get a signature."""
        yield document.text

    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        for document in documents:
            for unit in self.units(document):
                signature = signature_of(unit)
                self._lsh.insert(len(self._signatures), signature)
                self._signatures.append(signature)
                self._owners.append(document.id)
        return None

    def find(self, code: str, language: str) -> str | None:  # noqa: ARG002
        signature = signature_of(code)
        likely = self._lsh.query(signature)
        if not likely:
            return None
        best = max(likely, key=lambda number: signature.jaccard(self._signatures[number]))
        return self._owners[int(best)]


class FunctionMinHash(FileMinHash):
    """One signature per function; files not in Python, Go or C get one for the whole."""

    name = "datasketch, functions"

    def units(self, document: PeerDocument) -> Iterator[str]:
        if document.language in {"Python", "Go", "C", "C++"}:
            yield from (f.text for f in functions(document.text, document.language, 3, 200))
        else:
            yield document.text


def signature_of(text: str) -> MinHash:
    """The signature of the text's shingles."""
    tokens = TOKEN.findall(text)
    shingles = {
        " ".join(tokens[i : i + SHINGLE]).encode() for i in range(max(1, len(tokens) - SHINGLE + 1))
    }
    signature = MinHash(num_perm=PERMUTATIONS)
    signature.update_batch(list(shingles))
    return signature
