"""Random corpora: the embedded engine must answer as the brute-force one does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from attribution.index.embedded.assembly import Tuning
from attribution.index.identity import blob_id
from attribution.index.interface import Index, WordQuery
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch
from attribution.types import NewFile, OptOut
from tests.support.index_engines import (
    EmbeddedEngine,
    MemoryEngine,
    MergedEngine,
    SeveralEngine,
    file,
    fill,
    sketch,
)

LIMITS = Limits(cap=6, postings=60)
# Small enough that a run flushes several segments per commit, and merges often.
TUNING = Tuning(batch_bytes=2000, flush_bytes=9000, flush_occurrences=20, max_segments=3)

OWNERS = ("ann", "bob", "Carl", "dan")
LICENSES = ("MIT", "Apache-2.0 OR MIT", "GPL-2.0-only", "NOASSERTION")


def blocks(rng: random.Random, count: int) -> list[bytes]:
    """Blocks of a few lines each. Files are made of them, so they share code."""
    names = ["alpha", "beta", "gamma", "delta", "omega", "item", "self", "node", "result", "total"]
    made = []
    for n in range(count):
        lines = [f"def block_{n}({rng.choice(names)}):"]
        for _ in range(rng.randrange(4, 14)):
            a, b, c = rng.choices(names, k=3)
            lines.append(
                rng.choice(
                    [
                        f"    {a} = {b}.get({c}, {rng.randrange(20)})",
                        f"    if {a} < {b} or {c}[{rng.randrange(5)}]:",
                        f"        return [{a} for {b} in {c}]",
                        f"    {a}.append(({b}, {c}))  # {a} of {b}",
                    ]
                )
            )
        made.append("\n".join(lines).encode() + b"\n")
    return made


def files(rng: random.Random, pool: list[bytes], count: int) -> Iterator[NewFile]:
    for _ in range(count):
        # Some blocks are common, most are rare.
        picked = [pool[int(len(pool) * rng.random() ** 3)] for _ in range(rng.randrange(1, 9))]
        repository = f"{rng.choice(OWNERS)}/r{rng.randrange(3)}"
        yield file(
            b"\n".join(picked),
            rng.choice([repository, "package"]) if rng.random() < 0.2 else repository,
            f"{rng.randrange(4)}.py",
            language=rng.choice(["Python", "Go"]),
            expression=rng.choice(LICENSES),
            revision=rng.choice([None, "1", "2"]),
            date=rng.choice([None, "2020-02-02", "2021-03-03"]),
            stars=rng.choice([None, 0, 7]),
        )


def same(embedded: Index, oracle: Index, queries: list[Sketch], *, exact: bool) -> int:
    """Compare the answers; returns how many proposals were compared as a whole.

    A fingerprint that was in more than `cap` documents when its segment was written stays a count
    until a compaction: `exact` says that there was one since the last removal.
    """
    compared = 0
    for query in queries:
        ours, theirs = embedded.propose(query, limit=9), oracle.propose(query, limit=9)
        for got, true in ((ours.raw_df, theirs.raw_df), (ours.renamed_df, theirs.renamed_df)):
            assert (got >= true).all()
            assert (got == true)[got <= LIMITS.cap].all()
            assert not exact or np.array_equal(got, true)
        if exact:
            assert np.array_equal(ours.word_df, theirs.word_df)
            assert ours.candidates == theirs.candidates
            compared += len(ours.candidates)
    return compared


def same_texts(embedded: Index, oracle: Index, ids: list[str]) -> None:
    assert embedded.fetch(ids) == oracle.fetch(ids)
    assert [embedded.occurrences(i) for i in ids] == [oracle.occurrences(i) for i in ids]
    ours, theirs = embedded.describe(), oracle.describe()
    assert (ours.summary.documents, ours.summary.occurrences, ours.summary.languages) == (
        theirs.summary.documents, theirs.summary.occurrences, theirs.summary.languages
    )  # fmt: skip
    assert ours.languages == theirs.languages
    assert ours.licenses == theirs.licenses
    assert ours.repositories == theirs.repositories
    assert ours.content_bytes == theirs.content_bytes
    assert ours.skipped == theirs.skipped
    assert sorted(map(repr, embedded.skips())) == sorted(map(repr, oracle.skips()))


SEARCHES = [
    WordQuery(words=("alpha", "BETA")),
    WordQuery(words=("block_3",), language="go"),
    WordQuery(phrases=("result = node",), license="mit"),
    WordQuery(phrases=("))  # alpha",), repository="ann"),
    WordQuery(phrases=("):\n    item",)),
    WordQuery(words=("bloc", "bet"), excluded=(("language", "go"),)),
    WordQuery(regexes=(r"block_\d+\(",), paths=("1",)),
]


def same_searches(embedded: Index, oracle: Index) -> None:
    for query in SEARCHES:
        ours = {
            h.document.id: (h.occurrences, h.ranked_lines)
            for h in embedded.search(query, limit=999)
        }
        theirs = {
            h.document.id: (h.occurrences, h.ranked_lines) for h in oracle.search(query, limit=999)
        }
        assert ours == theirs


@pytest.mark.parametrize("kind", [EmbeddedEngine, MergedEngine])
@pytest.mark.parametrize("seed", range(4))
def test_random_histories(tmp_path: Path, seed: int, kind: type[EmbeddedEngine]) -> None:
    rng = random.Random(seed)
    engine = kind(tmp_path / "index", TUNING)
    embedded, oracle = engine.create(LIMITS), MemoryEngine().create(LIMITS)
    pool = blocks(rng, 40)
    ids: list[str] = []
    exact, compared = True, 0
    for _ in range(14):
        step = rng.choice(["add", "add", "add", "remove", "compact", "reopen", "lift"])
        if step == "add":
            new = list(files(rng, pool, rng.randrange(1, 40)))
            for index in (embedded, oracle):
                with index.writer() as writer:
                    writer.add(new[:7])
                    writer.add(new[7:])
                    writer.commit()
            # A writer that closes may have compacted; a merge leaves the copies of documents.
            pending = embedded.describe().pending_removal_bytes
            exact = pending == 0 or (exact and kind is EmbeddedEngine)
        elif step in ("remove", "lift"):
            chosen = [
                OptOut("owner", rng.choice(OWNERS))
                if rng.random() < 0.3
                else OptOut("repository", f"{rng.choice(OWNERS)}/r{rng.randrange(3)}")
            ]
            if step == "remove":
                assert embedded.remove(chosen) == oracle.remove(chosen)
                exact = False
            else:
                embedded.lift_opt_out(chosen)
                oracle.lift_opt_out(chosen)
        elif step == "compact":
            embedded.compact()
            exact = True
        else:
            embedded = engine.reopen(embedded)
        ids = sorted({*ids, *(c.document for q in [sketch(b"\n".join(pool))]
                              for c in oracle.propose(q, limit=10**6).candidates)})  # fmt: skip
        texts = [b"\n".join(rng.choices(pool, k=rng.randrange(1, 5))) for _ in range(4)]
        compared += same(embedded, oracle, [sketch(text) for text in texts], exact=exact)
        same_texts(embedded, oracle, ids)
        same_searches(embedded, oracle)
    embedded.compact()
    final = [sketch(b"\n".join(rng.choices(pool, k=3))) for _ in range(20)]
    compared += same(embedded, oracle, final, exact=True)
    assert compared > 50
    assert len(list(embedded.verify())) >= 2


def test_merging_and_flushing_change_no_answer(tmp_path: Path) -> None:
    rng = random.Random(99)
    pool = blocks(rng, 60)
    new = list(files(rng, pool, 300))
    many = EmbeddedEngine(tmp_path / "many", TUNING).create(LIMITS)
    one = EmbeddedEngine(tmp_path / "one").create(LIMITS)
    fill(one, new)
    for at in range(0, len(new), 25):
        fill(many, new[at : at + 25])
    assert len(list((tmp_path / "many").glob("segment-*"))) <= TUNING.max_segments
    assert len(list((tmp_path / "one").glob("segment-*"))) == 1
    queries = [sketch(b"\n".join(rng.choices(pool, k=3))) for _ in range(60)]
    assert any(query.raw.size for query in queries)
    for query in queries:
        ours, theirs = many.propose(query), one.propose(query)
        assert ours.candidates == theirs.candidates
        assert np.array_equal(ours.raw_df, theirs.raw_df)
        assert np.array_equal(ours.renamed_df, theirs.renamed_df)


def test_bm25_agrees_except_for_rounded_lengths(tmp_path: Path) -> None:
    rng = random.Random(5)
    pool = blocks(rng, 50)
    new = list(files(rng, pool, 120))
    embedded, oracle = EmbeddedEngine(tmp_path / "i").create(), MemoryEngine().create()
    fill(embedded, new)
    fill(oracle, new)
    for text in pool[:20]:
        ours = {
            c.document: c.lexical for c in embedded.propose(sketch(text), lexical=True).candidates
        }
        theirs = {
            c.document: c.lexical for c in oracle.propose(sketch(text), lexical=True).candidates
        }
        best = max(theirs, key=lambda d: theirs[d])
        assert ours[best] == pytest.approx(theirs[best], rel=0.05)
        assert ours[best] >= 0.95 * max(ours.values())


def test_two_indexes_answer_as_one_of_everything(tmp_path: Path) -> None:
    rng = random.Random(7)
    pool = blocks(rng, 40)
    # a content that both have counts twice, so each is in one of them here
    new = list({new.content: new for new in files(rng, pool, 200)}.values())
    # without limits, which hold for each index
    several = SeveralEngine(tmp_path / "index", TUNING).create()
    oracle = MemoryEngine().create()
    fill(several, new)
    fill(oracle, new)
    assert all(part.summary().documents > 20 for part in several.parts)
    queries = [sketch(b"\n".join(rng.choices(pool, k=3))) for _ in range(30)]
    same(several, oracle, queries, exact=False)
    for query in queries:
        ours, theirs = several.propose(query, limit=999), oracle.propose(query, limit=999)
        names = {candidate.document for candidate in ours.candidates}
        assert names == {candidate.document for candidate in theirs.candidates}
        assert np.array_equal(ours.word_df, theirs.word_df)
    same_texts(several, oracle, [blob_id(file.content).hex() for file in new])
    same_searches(several, oracle)
