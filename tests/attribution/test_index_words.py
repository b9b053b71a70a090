"""The words of a segment against a dictionary of sets."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.index.embedded.arrays import ArrayFile, ArrayWriter
from attribution.index.embedded.word_draft import WordDraft, _find_invalid, _number_words
from attribution.index.embedded.word_lookup import Hits, _in_order
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
    monkeypatch.setattr("attribution.index.embedded.word_merging._MERGED_POSTINGS", piece)
    monkeypatch.setattr("attribution.index.embedded.word_blocks._SLICE", 32)
    rng = random.Random(4)
    words = vocabulary(rng, 1500)
    counts = (30, 0, 100, 1)
    parts, everything, first = [], [], 0
    shuffled = np.random.RandomState(5).permutation(sum(counts)).astype(np.uint32)
    for n, count in enumerate(counts):
        documents = texts(rng, words, count)
        arrays = write(tmp_path / str(n), documents, np.arange(count))
        numbers, postings = shuffled[first : first + count], sum(map(len, documents))
        parts.append(MergedWords(arrays, count, numbers, postings))
        everything += documents
        first += count
    with ArrayWriter(tmp_path / "merged") as out:
        merge_words(out, parts, first, ValueError, lambda: None)
        stored = out.close()
    merged = WordArrays.of(ArrayFile(tmp_path / "merged", stored))
    assert read(merged, first, "", True, True) == expected(everything, np.argsort(shuffled))


def test_words_that_a_merge_misses_are_damage(tmp_path: Path) -> None:
    words = [f"word{n:03}" for n in range(96)]
    arrays = write(tmp_path / "a", [words, words], np.arange(2))
    part = MergedWords(arrays, 2, np.arange(2, dtype=np.uint32), 2 * 96 + 1)
    with ArrayWriter(tmp_path / "merged") as out, pytest.raises(ValueError, match="0"):
        merge_words(out, [part], 2, ValueError, lambda: None)


def test_hits_are_sorted_a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    lexsort = np.lexsort

    def counted(keys: tuple[np.ndarray, ...]) -> np.ndarray:
        sizes.append(len(keys[0]))
        return lexsort(keys)

    monkeypatch.setattr(np, "lexsort", counted)
    scores = np.random.RandomState(7).permutation(2000).astype(float)
    heads = [np.arange(2000, dtype=np.uint64)]
    hits = _in_order(Hits(np.zeros(2000, np.int64), np.arange(2000), scores), heads)
    first = next(hits)
    assert sizes == [256]
    assert [score for _, _, score in (first, *hits)] == sorted(scores.tolist(), reverse=True)
    assert sizes == [256, 512, 1024, 208]


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


FRAGMENTS = [
    b"a", b" ", b"\x80", b"\xbf", b"\xc1", b"\xc2", b"\xdf", b"\xe0\x9f", b"\xe0\xa0", b"\xed\xa0",
    b"\xed\x9f", b"\xef\xbf", b"\xf0\x8f", b"\xf0\x90", b"\xf4\x8f", b"\xf4\x90", b"\xf5", b"\xff",
]  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.lists(st.sampled_from(FRAGMENTS)).map(b"".join), min_size=1))
def test_documents_that_are_not_utf8_are_found(documents: list[bytes]) -> None:
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    invalid = np.empty(len(documents), np.bool_)
    count = _find_invalid(np.frombuffer(b"".join(documents), np.uint8), offsets, invalid)
    assert invalid.tolist() == [not is_utf8(document) for document in documents]
    assert count == invalid.sum()


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


LONG = b"a" + b"\xff" * 21 + b"b", b"b" + b"\xff" * 21 + b"a"  # 65 bytes as UTF-8


def test_words_beyond_a_block_of_the_hash_are_distinct(tmp_path: Path) -> None:
    words = b"".join(word + b" " for word in LONG)
    draft = WordDraft()
    draft.add(words, np.array([0, len(words)]))
    with ArrayWriter(tmp_path / "a") as out:
        assert draft.put(out, np.arange(1)).tolist() == [2]
        stored = out.close()
    arrays = WordArrays.of(ArrayFile(tmp_path / "a", stored))
    assert read(arrays, 1, "", True, True) == {
        word.decode("utf-8", "replace"): [0] for word in LONG
    }


def test_such_a_file_is_indexed(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "x.py").write_bytes(b" ".join(LONG))
    arguments = ["index", str(tmp_path / "src"), "--to", str(tmp_path / "i")]
    done = subprocess.run(
        [sys.executable, "-m", "attribution.cli", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_words_of_equal_hashes_are_compared() -> None:
    words = np.frombuffer(b"a bb c bb a " + bytes(8), np.uint8)
    stops = np.flatnonzero(words == ord(" "))
    table, text, out = np.zeros((16, 2), np.uint64), np.empty(20, np.uint8), np.empty(5, np.uint32)
    offsets = np.zeros(6, np.int64)
    hashes = np.full(5, 7, np.uint64)
    assert _number_words(words, hashes, stops, table, text, offsets, 0, out) == 3
    assert out.tolist() == [0, 1, 2, 1, 0]
    assert text[: offsets[3]].tobytes() == b"abbc"


def test_a_word_that_a_document_repeats_counts_once(tmp_path: Path) -> None:
    documents = [["b", "a", "b"], ["b", "c", "c", "c"]]
    draft = WordDraft()
    encoded = [b"".join(w.encode() + b" " for w in words) for words in documents]
    draft.add(b"".join(encoded), np.cumsum([0, *map(len, encoded)], dtype=np.int64))
    with ArrayWriter(tmp_path / "a") as out:
        assert draft.put(out, np.array([1, 0])).tolist() == [2, 2]
        stored = out.close()
    arrays = WordArrays.of(ArrayFile(tmp_path / "a", stored))
    assert read(arrays, 2, "", True, True) == {"a": [1], "b": [0, 1], "c": [0]}


def test_a_word_that_a_segment_repeats_is_damage(tmp_path: Path) -> None:
    words = [f"word{n:03}" for n in range(96)]
    arrays = write(tmp_path / "a", [words, words], np.arange(2))
    size = arrays.starts[1]
    twice = WordArrays(
        np.concatenate([arrays.blocks[:size], arrays.blocks]),
        np.concatenate([arrays.starts[:1], arrays.starts + size]),
        np.concatenate([arrays.firsts[:1], arrays.firsts]),
    )
    for array in twice:
        array.flags.writeable = False
    part = MergedWords(twice, 2, np.arange(2, dtype=np.uint32), 256)
    with ArrayWriter(tmp_path / "merged") as out, pytest.raises(ValueError, match="0"):
        merge_words(out, [part], 2, ValueError, lambda: None)


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
