"""The cache of seeds is bounded and never returns those of another document."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from attribution.lexing.lexer import lex
from attribution.matching.seed_cache import SeedCache
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document


def document(number: int, lines: int = 40, language: str = "python") -> Document:
    code = "".join(f"value_{number}_{i} = call_{i}(other, {i})\n" for i in range(lines))
    return Document(f"{number:040x}", language, code.encode())


def expected(one: Document) -> list[int]:
    return lex(one.content, one.language).hashes.tolist()


def size_of(one: Document) -> int:
    return 2400 + len(one.content) + 29 * len(expected(one))


def test_a_second_call_returns_the_same_object() -> None:
    cache = SeedCache(1 << 20)
    one = document(1)
    assert cache.seeds_of(one) is cache.seeds_of(one)
    assert cache.seeds_of(one).tokens.hashes.tolist() == expected(one)


def test_a_document_in_another_language_is_lexed_again() -> None:
    cache = SeedCache(1 << 20)
    text = b"x = 1 # note\ny = 2 // more\n" * 8
    for language in ("python", "javascript", "python"):
        one = Document("0" * 40, language, text)
        assert cache.seeds_of(one).tokens.hashes.tolist() == expected(one)
        assert [kept.document for kept in cache._kept.values()] == [one]


def test_the_oldest_are_dropped_when_it_is_full() -> None:
    documents = [document(n) for n in range(64)]
    size = size_of(documents[0])
    cache = SeedCache(10 * size + size // 2)
    made = [cache.seeds_of(one) for one in documents]
    assert cache._size <= 10 * size + size // 2
    assert len(cache._kept) == 10
    assert cache.seeds_of(documents[-1]) is made[-1]
    assert cache.seeds_of(documents[0]) is not made[0]
    for one, seeds in zip(
        documents[-9:], made[-9:], strict=True
    ):  # they are copies that nothing overwrites
        assert seeds.tokens.hashes.tolist() == expected(one)


def test_only_documents_that_are_not_kept_are_fetched() -> None:
    cache = SeedCache(1 << 20)
    signed = replace(document(1), signature=np.arange(4, dtype=np.uint32)[::-1])
    cache.seeds_of(signed)
    asked: list[list[str]] = []

    def fetch(ids: Sequence[str]) -> list[Document | None]:
        asked.append(list(ids))
        return [None if id_ == "gone" else document(int(id_, 16)) for id_ in ids]

    ids = [document(2).id, signed.id, "gone", document(3).id]
    assert cache.documents(ids, fetch) == [document(2), signed, None, document(3)]
    assert asked == [[document(2).id, "gone", document(3).id]]
    [kept] = cache.documents([signed.id], fetch)
    assert len(asked) == 1
    assert kept is not None
    assert kept.signature is not None
    assert kept.signature.base is None  # a copy: the index's file is not kept open
    assert kept.signature.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("text", [b"", b"x"])
def test_documents_of_hardly_any_tokens_count_too(text: bytes) -> None:
    cache = SeedCache(100_000)
    for number in range(200):
        cache.seeds_of(Document(f"{number:040x}", "python", text))
    assert 30 < len(cache._kept) <= 100_000 // 2400


@pytest.mark.parametrize("limit", [0, 1000])
def test_a_document_that_would_fill_it_is_not_kept(limit: int) -> None:
    cache = SeedCache(limit)
    one = document(1)
    assert cache.seeds_of(one).tokens.hashes.tolist() == expected(one)
    assert not cache._kept
    assert cache._size == 0


def test_a_part_of_the_renamed_seeds_is_the_same_cached_or_computed() -> None:
    tokens = lex(document(3, 200).content, "python")
    whole = DocumentSeeds(tokens)
    whole.renamed(0, len(tokens))
    for low, high in ((0, 100), (57, 400), (300, len(tokens)), (10, 12), (20, 20)):
        part = DocumentSeeds(tokens).renamed(low, high)
        assert np.array_equal(part, whole.renamed(low, high))


def test_many_threads_share_it() -> None:
    documents = [document(n) for n in range(30)]
    cache = SeedCache(12 * size_of(documents[0]))
    wrong: list[str] = []

    def use(start: int) -> None:
        for turn in range(300):
            one = documents[(start + 7 * turn) % len(documents)]
            if cache.seeds_of(one).tokens.hashes.tolist() != wanted[one.id]:
                wrong.append(one.id)

    wanted = {one.id: expected(one) for one in documents}
    threads = [threading.Thread(target=use, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache._size == sum(size_of(kept.document) for kept in cache._kept.values())
