"""The words of a segment against a dictionary of sets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from attribution.index.embedded.arrays import ArrayFile, ArrayWriter
from attribution.index.embedded.word_draft import WordDraft
from attribution.index.embedded.word_merging import MergedWords, merge_words
from attribution.index.embedded.word_postings import decode
from attribution.index.embedded.words import WordArrays, find, scan

Truth = dict[str, list[int]]


def vocabulary(rng: random.Random, size: int) -> list[str]:
    """Words that share beginnings, short ones and the longest."""
    syllables = ["get", "_", "x", "config", "é", "-", "0", "aaaaaaaa", "b"]
    words = {"".join(rng.choices(syllables, k=rng.randint(1, 12)))[:60] for _ in range(size)}
    return sorted({*words, "a" * 64, "a" * 63, "z"})


def texts(rng: random.Random, words: Sequence[str], documents: int) -> list[list[str]]:
    """Documents of words, some of which are in most of them."""
    return [
        [word for n, word in enumerate(words) if rng.random() < (0.9 if n % 50 == 0 else 0.02)]
        for _ in range(documents)
    ]


def write(path: Path, documents: Sequence[Sequence[str]], order: np.ndarray) -> WordArrays:
    draft = WordDraft()
    for at in range(0, len(documents), 7):
        encoded = [b"".join(w.encode() + b" " for w in words) for words in documents[at : at + 7]]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        draft.add(b"".join(encoded), offsets)
    with ArrayWriter(path) as out:
        lengths = draft.put(out, order)
        stored = out.close()
    assert lengths.tolist() == [len(documents[old]) for old in order]
    return WordArrays.of(ArrayFile(path, stored))


def read(words: WordArrays, documents: int, pattern: str, before: bool, after: bool) -> Truth:
    text = np.frombuffer(pattern.encode(), np.uint8)
    listed = scan(words, documents, text=text, before=before, after=after)
    assert listed is not None
    found, offsets, (counts, starts, sizes) = listed
    result: Truth = {}
    for n, count in enumerate(counts.tolist()):
        out = np.empty(count, np.uint32)
        assert decode(words.blocks, starts[n], sizes[n], count, documents, out, 0) == count
        result[found[offsets[n] : offsets[n + 1]].tobytes().decode()] = out.tolist()
    return result


def expected(documents: Sequence[Sequence[str]], order: np.ndarray) -> Truth:
    postings: Truth = {}
    for new, old in enumerate(order.tolist()):
        for word in documents[old]:
            postings.setdefault(word, []).append(new)
    return dict(sorted(postings.items(), key=lambda item: item[0].encode()))


def test_words_come_back_as_written(tmp_path: Path) -> None:
    rng = random.Random(1)
    words = vocabulary(rng, 3000)
    documents = texts(rng, words, 150)
    order = np.random.RandomState(2).permutation(150)
    arrays = write(tmp_path / "a", documents, order)
    truth = expected(documents, order)
    got = read(arrays, 150, "", True, True)
    assert got == truth
    assert list(got) == list(truth)
    for pattern, before, after in (("get", False, True), ("get", True, False), ("nfi", True, True)):
        matching = {
            word: documents
            for word, documents in truth.items()
            if (
                pattern in word if before and after
                else word.endswith(pattern) if before
                else word.startswith(pattern)
            )
        }  # fmt: skip
        assert matching
        assert read(arrays, 150, pattern, before, after) == matching


def test_words_are_found(tmp_path: Path) -> None:
    rng = random.Random(3)
    words = vocabulary(rng, 2000)
    documents = texts(rng, words, 40)
    order = np.arange(40)
    arrays = write(tmp_path / "a", documents, order)
    truth = expected(documents, order)
    asked = [*words, "", "a", "zz", "configconfi", "\x7f", "a" * 62, "a" * 65]
    encoded = [word.encode() for word in asked]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    found = find(arrays, 40, text, offsets)
    assert found is not None
    counts, starts, sizes = found
    for n, word in enumerate(asked):
        out = np.empty(int(counts[n]), np.uint32)
        if counts[n]:
            decode(arrays.blocks, starts[n], sizes[n], int(counts[n]), 40, out, 0)
        assert out.tolist() == truth.get(word, []), word


@pytest.mark.parametrize("piece", [100, 1 << 22])
def test_merged_words_are_those_of_all(
    tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.index.embedded.word_merging._MERGED_BYTES", piece)
    rng = random.Random(4)
    words = vocabulary(rng, 1500)
    counts = (30, 0, 100, 1)
    parts, everything, first = [], [], 0
    shuffled = np.random.RandomState(5).permutation(sum(counts)).astype(np.uint32)
    for n, count in enumerate(counts):
        documents = texts(rng, words, count)
        arrays = write(tmp_path / str(n), documents, np.arange(count))
        parts.append(MergedWords(arrays, count, shuffled[first : first + count]))
        everything += documents
        first += count
    with ArrayWriter(tmp_path / "merged") as out:
        merge_words(out, parts, first, ValueError, lambda: None)
        stored = out.close()
    merged = WordArrays.of(ArrayFile(tmp_path / "merged", stored))
    assert read(merged, first, "", True, True) == expected(everything, np.argsort(shuffled))


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    draft = WordDraft()
    words = b"caf\xe9 caf\xe8 a \xff\xff " + b"b "
    draft.add(words, np.array([0, len(words) - 2, len(words)]))
    with ArrayWriter(tmp_path / "a") as out:
        assert draft.put(out, np.arange(2)).tolist() == [3, 1]
        stored = out.close()
    arrays = WordArrays.of(ArrayFile(tmp_path / "a", stored))
    assert read(arrays, 2, "", True, True) == {
        "a": [0], "b": [1], "caf\ufffd": [0], "\ufffd\ufffd": [0],
    }  # fmt: skip


def test_damaged_words_are_read_within_bounds(tmp_path: Path) -> None:
    rng = random.Random(6)
    words = vocabulary(rng, 500)
    documents = texts(rng, words, 60)
    arrays = write(tmp_path / "a", documents, np.arange(60))
    refused = 0
    for _ in range(300):
        blocks = arrays.blocks.copy()
        for _ in range(rng.choice([1, 8])):
            blocks[rng.randrange(blocks.size)] = rng.randrange(256)
        blocks.flags.writeable = False
        damaged = WordArrays(blocks, arrays.starts, arrays.firsts)
        listed = scan(damaged, 60)
        if listed is None:
            refused += 1
            continue
        counts, starts, sizes = listed[2]
        for n, count in enumerate(counts.tolist()):
            out = np.full(count + 1, 7, np.uint32)
            decode(blocks, starts[n], sizes[n], count, 60, out, 0)
            assert out[count] == 7
            assert (out[:count] < 60).all()
    assert refused > 100
