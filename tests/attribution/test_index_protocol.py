"""The behaviour that all engines share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from attribution.errors import IndexLockedError, InputError
from attribution.index.hits import Facets, count_facets
from attribution.index.identity import now
from attribution.index.interface import Checkpoint, Membership, RemovalPreview, WordQuery
from attribution.index.scoring import Limits
from attribution.types import LicenseEvidence, NewFile, Occurrence, OptOut, Skip
from tests.support.index_engines import ENGINES, Engine, code, file, fill, sketch


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_an_empty_index_answers(engine: Engine) -> None:
    index = engine.create()
    proposal = index.propose(sketch(code(1)), lexical=True)
    assert proposal.candidates == ()
    assert proposal.raw_df.sum() == 0
    assert index.fetch(["0" * 40]) == [None]
    assert index.occurrences("0" * 40) == ()
    assert list(index.search(WordQuery(words=("return",)))) == []
    assert index.summary().documents == 0
    assert index.describe().languages == {}
    assert list(index.verify())
    index.compact()


def test_a_piece_of_a_file_finds_it(engine: Engine) -> None:
    index = engine.create()
    files = [file(code(n), path=f"{n}.py") for n in range(20)]
    fill(index, files)
    piece = b"\n".join(files[7].content.split(b"\n")[10:30])
    proposal = index.propose(sketch(piece))
    best = proposal.candidates[0]
    assert best.document == blob(files[7].content)
    assert best.raw > 0
    assert best.renamed > 0
    assert best.coverage.bit_count() > 8
    assert proposal.incomplete is None
    assert proposal.raw_df.dtype == np.uint32
    assert proposal.raw_df.shape == sketch(piece).raw.shape
    assert (proposal.raw_df >= 1).all()


def test_nothing_is_visible_before_the_commit(engine: Engine) -> None:
    index = engine.create()
    with index.writer() as writer:
        writer.add([file(code(1))])
        assert writer.pending_bytes == len(code(1))
        assert index.summary().documents == 0
        writer.commit()
        assert writer.pending_bytes == 0
        assert index.summary().documents == 1
        writer.add([file(code(2))])
    assert index.summary().documents == 1
    assert index.fetch([blob(code(2))]) == [None]
    fill(index, [file(code(2))])
    assert index.summary().documents == 2


def test_a_document_is_returned_unchanged(engine: Engine) -> None:
    index = engine.create()
    contents = [b"", b"\n", b"x", b"\xff\xfe\0binary\r\n", "größe = 'ß'\n".encode(), code(1, 3000)]
    fill(index, [file(c, path=str(n)) for n, c in enumerate(contents)])
    index = engine.reopen(index)
    found = index.fetch([*map(blob, contents), "f" * 40, "not an id", ""])
    assert [d.content if d else None for d in found] == [*contents, None, None, None]
    assert found[0] is not None
    assert found[0].language == "Python"
    assert found[0].id == blob(b"")


def test_equal_contents_are_kept_once_and_every_occurrence_is_kept(engine: Engine) -> None:
    index = engine.create()
    occurrences = [
        Occurrence("b/two", "x/ä.py", "abc", "https://forge/b/two", "2021-01-01", 0, True),
        Occurrence("b/two", "x/ä.py", "abd", "https://forge/b/two", "2021-01-01", None, False),
        Occurrence("a/one", "y.py", None, "", None, None, False),
        Occurrence(
            "c", "z.py", "1.0", "pkg:pypi/c", "2019-12-31", 10**9, False,
            LicenseEvidence("MIT OR Apache-2.0", "package metadata", "MIT here, GPL there"),
        ),
    ]  # fmt: skip
    files = [NewFile(code(1), "Python", occurrence) for occurrence in occurrences]
    fill(index, files[:2])
    fill(index, [files[0], files[0], *files[2:]])
    fill(index, files)
    index = engine.reopen(index)
    assert index.summary().documents == 1
    assert index.summary().occurrences == 4
    # Earliest first, undated last.
    assert index.occurrences(blob(code(1))) == tuple(occurrences[i] for i in (3, 0, 1, 2))


def test_df_counts_documents_and_common_fingerprints_propose_nothing(engine: Engine) -> None:
    index = engine.create(Limits(cap=5, postings=100))
    shared = code(1)
    fill(index, [file(shared + code(n), path=f"{n}") for n in range(100, 105)])
    proposal = index.propose(sketch(shared))
    assert proposal.raw_df.max() == 5
    assert len(proposal.candidates) == 5
    fill(index, [file(shared + code(105), path="105")])
    proposal = index.propose(sketch(shared))
    assert proposal.raw_df.max() == 6
    assert (proposal.raw_df >= 5).sum() > 10
    common = [c for c in proposal.candidates if c.raw + c.renamed > 0.9 * proposal.raw_df.size]
    assert common == []


def test_a_whole_file_finds_its_near_copy_by_minhash(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), path=str(n)) for n in range(10)])
    edited = code(3).replace(b"is", b"was")
    best = index.propose(sketch(edited)).candidates[0]
    assert best.document == blob(code(3))
    assert 0.5 < best.minhash <= 1


def test_words_find_a_document_that_shares_no_fingerprint(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), path=str(n)) for n in range(10)])
    words = b" ".join(sorted(set(code(4).replace(b"(", b" ").split())))
    assert blob(code(4)) not in [c.document for c in index.propose(sketch(words)).candidates]
    best = index.propose(sketch(words), lexical=True).candidates[0]
    assert best.document == blob(code(4))
    assert best.lexical > 0


def test_candidates_are_limited_ordered_and_some_reserved_for_words(engine: Engine) -> None:
    index = engine.create()
    shared = code(1)
    lonely = b"".join(b"rare_word_%d = %d\n" % (n, n) for n in range(5))
    fill(index, [file(shared + code(n), path=str(n)) for n in range(100, 130)])
    fill(index, [file(lonely + code(99), path="lonely")])
    proposal = index.propose(sketch(shared + lonely[:30]), limit=8, lexical=True)
    assert len(proposal.candidates) == 8
    keys = [(-(c.raw + c.renamed), -c.minhash, -c.lexical) for c in proposal.candidates]
    assert keys == sorted(keys)
    assert blob(lonely + code(99)) in [c.document for c in proposal.candidates]


def test_a_removal_takes_effect_at_once_and_stays(engine: Engine) -> None:
    index = engine.create()
    fill(
        index,
        [
            file(code(1), "Ann/Tools", "one.py"),
            file(code(2), "ann/other", "two.py"),
            file(code(3), "bob/tools", "three.py"),
            file(code(3), "ann/tools", "copy.py"),
            file(code(4), "leftpad", "four.py"),
        ],
    )
    report = index.remove([OptOut("repository", "ann/TOOLS"), OptOut("repository", "leftpad")])
    assert (report.occurrences, report.documents) == (3, 2)
    assert report.content_bytes == len(code(1)) + len(code(4))
    for reopened in (False, True):
        index = engine.reopen(index) if reopened else index
        assert index.fetch([blob(code(1)), blob(code(4))]) == [None, None]
        assert index.occurrences(blob(code(1))) == ()
        assert [o.repository for o in index.occurrences(blob(code(3)))] == ["bob/tools"]
        proposal = index.propose(sketch(code(1)), lexical=True)
        assert blob(code(1)) not in [c.document for c in proposal.candidates]
        assert proposal.raw_df.max() == 0
        assert list(index.search(WordQuery(words=("function_1",)))) == []
        assert index.summary().documents == 2
        assert len(index.describe().opt_outs) == 2
        assert index.describe().repositories == 2
    fill(index, [file(code(1), "ANN/tools", "one.py"), file(code(5), "ann/new", "five.py")])
    assert index.summary().documents == 3
    assert [s.reason for s in index.skips()] == ["opted out"]
    report = index.remove([OptOut("owner", "ann")])
    assert report.documents == 2
    assert [d is not None for d in index.fetch([blob(code(n)) for n in (2, 3, 5)])] == [
        False, True, False,
    ]  # fmt: skip


def test_a_removal_is_previewed_and_dated(engine: Engine) -> None:
    index = engine.create()
    owner, package = OptOut("owner", "ANN"), OptOut("repository", "ann")
    assert index.preview_removal([owner]) == RemovalPreview(0, 0, 0)
    fill(
        index,
        [
            file(code(1), "Ann/Tools", "one.py"),
            file(code(1), "Ann/Tools", "copy.py"),
            file(code(1), "bob/a", "one.py"),
            file(code(2), "ann/x", "two.py"),
            file(code(3), "Ann", "package.py"),
            file(code(4), "eve/e", "four.py"),
        ],
    )
    fill(index, [file(code(2), "ann/y", "two.py"), file(code(4), "ann/y", "four.py")])
    both = tuple(sorted((blob(code(1)), blob(code(4)))))
    assert index.preview_removal([owner]) == RemovalPreview(5, 3, 2, both)
    assert index.preview_removal([owner, package]).occurrences == 6
    assert index.preview_removal([package]) == RemovalPreview(1, 1, 0)
    assert len(index.preview_removal([owner], limit=1).examples) == 1
    index.remove([OptOut("repository", "bob/a")])
    assert index.preview_removal([OptOut("repository", "ann/tools")]).staying == 0
    expected = index.preview_removal([owner])
    report = index.remove([owner])
    assert report.occurrences == expected.occurrences == 5
    assert report.documents == expected.documents - expected.staying
    assert index.preview_removal([owner]) == RemovalPreview(0, 0, 0)
    index = engine.reopen(index)
    index.compact()
    dates = {o.value: o.since for o in index.describe().opt_outs}
    assert dates.keys() == {"bob/a", "ann"}
    assert all(date is not None and date <= now() for date in dates.values())
    index.remove([OptOut("owner", "ann", "2001-01-01")])
    assert {o.value: o.since for o in index.describe().opt_outs} == dates, "the first is kept"
    with pytest.raises(InputError):
        index.preview_removal([OptOut("owner", " ")])


def test_a_long_list_of_opt_outs(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), f"owner{n}/r", "a.py") for n in range(4)])
    listed = [OptOut("owner", f"owner{n}") for n in range(2, 250)]
    listed += [OptOut("repository", f"owner{n}/r") for n in range(1, 250)]
    assert index.preview_removal(listed) == RemovalPreview(3, 3, 0)
    assert index.remove(listed).occurrences == 3
    assert [one.repository for one in index.membership("owner0")] == ["owner0/r"]
    assert len(index.describe().opt_outs) == 497


def test_compaction_changes_no_answer(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), f"owner{n % 3}/r", f"{n}.py") for n in range(12)])
    index.remove([OptOut("owner", "owner1")])
    before = index.propose(sketch(code(3)), lexical=False)
    index.compact()
    after = index.propose(sketch(code(3)), lexical=False)
    assert before.candidates == after.candidates
    assert index.summary().documents == 8
    assert index.describe().pending_removal_bytes == 0
    assert list(index.verify())


def test_a_lifted_opt_out_allows_code_again(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(1)), file(code(2), "bob/b")])
    index.remove([OptOut("owner", "ann")])
    index.lift_opt_out([OptOut("owner", "ANN")])
    assert index.summary().opt_outs == 0
    assert index.fetch([blob(code(1))]) == [None]
    fill(index, [file(code(1)), file(code(1), "carl/c")])
    assert index.propose(sketch(code(1))).candidates[0].document == blob(code(1))
    assert len(index.occurrences(blob(code(1)))) == 2
    assert [hit.document.id for hit in index.search(WordQuery(words=("function_1",)))] == [
        blob(code(1))
    ]


def test_a_lifted_opt_out_rewinds_all_sources(engine: Engine) -> None:
    index = engine.create()
    read = Checkpoint("a", "mark 7", done=True)
    fill(index, [file(code(1))], read)
    index.remove([OptOut("owner", "ann")])
    for lifted, left in (("stranger", read), ("ann", Checkpoint("a", ""))):
        index.lift_opt_out([OptOut("owner", lifted)])
        index = engine.reopen(index)
        with index.writer() as writer:
            assert writer.checkpoints() == {"a": left}
        assert index.describe().sources == ("a",)


@pytest.mark.parametrize("opt_out", [OptOut("owner", " "), OptOut("planet", "mars")])
def test_an_invalid_opt_out_is_refused(engine: Engine, opt_out: OptOut) -> None:
    with pytest.raises(InputError):
        engine.create().remove([opt_out])


TEXTS = {
    "one.py": b"import os\nimport sys\n\ndef Join(a, b):\n    return os.path.join(a, b)\n",
    "two.py": b"def join(c):\n    return ', '.join(c)  # import  os\n",
    "three.go": "func größe() int { return Größe((0)) }\n".encode(),
    "four.c": b"int a[] = {((1))};\r\n" + b"x" * 70 + b"\r\n",
}


SEARCHES: list[tuple[WordQuery, dict[str, tuple[int, ...]]]] = [
    (WordQuery(words=("join",)), {"one.py": (4, 5), "two.py": (1, 2)}),
    (WordQuery(words=("JOIN", "os")), {"one.py": (1, 4, 5), "two.py": (1, 2)}),
    (WordQuery(words=("os.path",)), {"one.py": (1, 5)}),
    (WordQuery(words=("joi",)), {"one.py": (4, 5), "two.py": (1, 2)}),
    (WordQuery(words=("oin",)), {}),
    (WordQuery(words=("join", "absent")), {}),
    (WordQuery(phrases=("import os",)), {"one.py": (1,)}),
    (WordQuery(phrases=("port os",)), {}),
    (WordQuery(phrases=("os\nimport sys",)), {"one.py": (1, 2)}),
    (WordQuery(phrases=("def join(",)), {"one.py": (4,), "two.py": (1,)}),
    (WordQuery(phrases=("', '.join(",)), {"two.py": (2,)}),
    (WordQuery(words=("größe",)), {"three.go": (1,)}),
    (WordQuery(words=("((", "return")), {"three.go": (1,)}),
    (WordQuery(phrases=("((1))}",)), {"four.c": (1,)}),
    (WordQuery(words=("x" * 70, "int")), {"four.c": (1, 2)}),
    (
        WordQuery(words=("return",), excluded=(("language", "Go"),)),
        {"one.py": (5,), "two.py": (2,)},
    ),
    (
        WordQuery(words=("return",), excluded=(("license", "apache-2.0"),)),
        {"one.py": (5,), "three.go": (1,)},
    ),
    (WordQuery(words=("return",), excluded=(("repository", "ANN"),)), {"three.go": (1,)}),
    (WordQuery(words=("return",), paths=("WO.p",)), {"two.py": (2,)}),
    (
        WordQuery(words=("return",), paths=("*.py",), excluded=(("path", "two"),)),
        {"one.py": (5,)},
    ),
    (WordQuery(words=("return",), paths=("one",), language="go"), {}),
    (WordQuery(regexes=(r"join\(\w, b",)), {"one.py": (5,)}),
    (WordQuery(regexes=(r"Join\(\w, b",)), {"one.py": (4,)}),
    (WordQuery(regexes=(r"(?i)^def JO\w+\(c",)), {"two.py": (1,)}),
    (WordQuery(regexes=(r"ort\s+sys$",)), {"one.py": (2,)}),
    (WordQuery(words=("return",), regexes=("[(]+0",)), {"three.go": (1,)}),
    (WordQuery(regexes=("return$",)), {}),
    (WordQuery(words=("return",), language="go"), {"three.go": (1,)}),
    (WordQuery(words=("return",), license="apache-2.0"), {"two.py": (2,)}),
    (WordQuery(words=("return",), repository="Ann"), {"one.py": (5,), "two.py": (2,)}),
    (WordQuery(words=("return",), repository="ann/two"), {"two.py": (2,)}),
    (WordQuery(words=('"unbalanced AND (', "NOT", "*", "a:b", "\\")), {}),
]


def test_search(engine: Engine) -> None:
    index = engine.create()
    languages = {"py": "Python", "go": "Go", "c": "C"}
    fill(
        index,
        [
            file(
                text,
                f"{'ann' if name.endswith('py') else 'bob'}/{name.split('.')[0]}",
                name,
                language=languages[name.split(".")[1]],
                expression="(MIT OR Apache-2.0)" if name == "two.py" else "MIT",
            )
            for name, text in TEXTS.items()
        ],
    )
    for query, expected in SEARCHES:
        hits = list(index.search(query))
        found = {hit.occurrences[0].path: tuple(sorted(hit.ranked_lines)) for hit in hits}
        assert found == expected, query
        assert len(hits) == len(expected)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_search_is_limited_and_needs_a_word_or_phrase(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), path=str(n)) for n in range(10)])
    assert len(list(index.search(WordQuery(words=("def",)), limit=3))) == 3
    with pytest.raises(InputError, match="nothing to search for"):
        list(index.search(WordQuery(words=(" ",))))
    for query in (
        WordQuery(words=("((",)),
        WordQuery(words=("\0",)),
        WordQuery(words=("x" * 70,)),
        WordQuery(regexes=("[a-z]+",)),
        WordQuery(regexes=("a|b",)),
        WordQuery(regexes=(r"\pL+",)),
    ):
        with pytest.raises(InputError, match="nothing that can be looked up"):
            list(index.search(query))
    with pytest.raises(InputError, match="look-around"):
        list(index.search(WordQuery(regexes=("word(?=x)",))))


IDENTIFIERS = {
    "whole.py": b"heap = 1\nreplace = heap\n",
    "joined.py": b"import x\nheapreplace(a)\n",
    "camel.py": b"a\nb\nnew HTTPHeap(StrReplace)\n",
    "snake.py": b"def my_heap(x):\n    return re_REPLACE_all(x)\n",
    "cheap.py": b"cheap, irreplaceable, heap\n",
    "neither.py": b"def hea_p(): replace\n",
}


def test_parts_of_identifiers_are_found_after_whole_words(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(text, "ann/a", name) for name, text in IDENTIFIERS.items()])
    hits = list(index.search(WordQuery(words=("Heap", "replace"))))
    assert [hit.occurrences[0].path for hit in hits[:2]] == ["whole.py", "joined.py"]
    assert {hit.occurrences[0].path: tuple(sorted(hit.ranked_lines)) for hit in hits[2:]} == {
        "camel.py": (3,),
        "snake.py": (1, 2),
    }
    assert [hit.score > 0 for hit in hits] == [True, False, False, False]
    parts = index.search(WordQuery(words=("heap_repl",)))
    assert [hit.occurrences[0].path for hit in parts] == []
    limited = index.search(WordQuery(words=("heap", "replace")), limit=1)
    assert [hit.occurrences[0].path for hit in limited] == ["whole.py"]


def test_lines_with_the_rarest_words_come_first(engine: Engine) -> None:
    index = engine.create()
    text = b"import a\nimport b\nimport heapq\n" + b"import c\n" * 40 + b"heapq.merge()\n"
    fill(index, [file(text, "ann/a", "a.py")])
    (hit,) = index.search(WordQuery(words=("import", "heapq")))
    assert hit.ranked_lines[:3] == (3, 44, 1)
    assert len(hit.ranked_lines) == 44


def test_skips_are_counted_and_listed_in_order(engine: Engine) -> None:
    index = engine.create()
    skips = [Skip(f"r/{n}", "too large" if n % 2 else "binary", f"{n} MB") for n in range(5)]
    with index.writer() as writer:
        writer.skip(skips[:3])
        writer.commit()
        writer.skip(iter(skips[3:]))
        writer.commit()
        writer.skip([Skip("lost", "binary")])
    index = engine.reopen(index)
    assert list(index.skips()) == skips
    assert index.describe().skipped == {"binary": 3, "too large": 2}


def test_checkpoints_are_those_of_the_last_commit(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(1))], Checkpoint("a", "1"), Checkpoint("b", "7"))
    fill(index, [file(code(2))], Checkpoint("a", "2", done=True))
    index = engine.reopen(index)
    with index.writer() as writer:
        assert writer.checkpoints() == {
            "a": Checkpoint("a", "2", done=True), "b": Checkpoint("b", "7"),
        }  # fmt: skip
    assert index.describe().sources == ("a", "b")


def test_a_second_writer_is_refused(engine: Engine) -> None:
    index = engine.create()
    with index.writer():
        with pytest.raises(IndexLockedError):
            index.writer()
        with pytest.raises(IndexLockedError):
            index.remove([OptOut("owner", "ann")])
    with index.writer() as writer:
        writer.close()
        writer.close()
    fill(index, [file(code(1))])


def test_the_description_counts(engine: Engine) -> None:
    index = engine.create()
    version = index.summary().version
    fill(
        index,
        [
            file(code(1), "ann/a", language="Python", expression="MIT"),
            file(code(1), "bob/b", language="Python", expression="GPL-3.0-only"),
            file(code(2), "bob/b", language="Go", expression="MIT"),
        ],
    )
    index = engine.reopen(index)
    summary, description = index.summary(), index.describe()
    assert summary.name.startswith("corpus")
    assert (summary.documents, summary.occurrences, summary.languages) == (2, 3, 2)
    assert summary.version != version
    assert summary.date.startswith("20")
    assert description.summary == summary
    assert description.content_bytes == len(code(1)) + len(code(2))
    assert description.languages == {"Python": 1, "Go": 1}
    assert description.licenses == {"MIT": 2, "GPL-3.0-only": 1}
    assert description.repositories == 2
    assert description.params == index.params.as_dict()
    assert sum(description.sizes.values()) > 0


def test_membership_of_an_owner_or_a_repository(engine: Engine) -> None:
    index = engine.create()
    assert list(index.membership("ann")) == []
    fill(
        index,
        [
            file(code(1), "Ann/Tools", "one.py"),
            file(code(1), "Ann/Tools", "copy.py", expression="GPL-3.0-only"),
            file(code(2), "Ann/Tools", "two.py"),
            file(code(1), "ann/attic", "one.py"),
            file(code(3), "Ann", "package.py"),  # a package with the name of the owner
            file(code(3), "annex/tools", "one.py"),
            file(code(3), "bob/ann", "one.py"),
        ],
    )
    # A second commit: the same document elsewhere, and the same repository again.
    fill(index, [file(code(1), "Ann/Tools", "third.py"), file(code(4), "Ann/Tools", "four.py")])
    tools = Membership("Ann/Tools", 3, 5, {"MIT": 4, "GPL-3.0-only": 1})
    attic = Membership("ann/attic", 1, 1, {"MIT": 1})
    package = Membership("Ann", 1, 1, {"MIT": 1})
    for reopened in (False, True):
        index = engine.reopen(index) if reopened else index
        assert list(index.membership("ANN")) == [package, tools, attic]
        assert list(index.membership(" ann/tools/ ")) == [tools]
        assert list(index.membership("an")) == []
        assert list(index.membership("ann/too")) == []
    assert list(next(index.membership("ann/tools")).licenses) == ["MIT", "GPL-3.0-only"]
    index.remove([OptOut("repository", "ann/TOOLS")])
    assert list(index.membership("ann")) == [package, attic]
    index.compact()
    assert list(index.membership("ann")) == [package, attic]
    with pytest.raises(InputError, match="is empty"):
        index.membership(" / ")


def test_names_of_packages_are_compared_as_their_index_does(engine: Engine) -> None:
    index = engine.create()
    names = ("charset_normalizer", "my_org/charset-normalizer", "ann/tools", "bob/tool")
    fill(index, [file(code(n), name, "a.py") for n, name in enumerate(names, 1)])
    for name in ("Charset-Normalizer", "charset.normalizer", "charset_normalizer"):
        assert [m.repository for m in index.membership(name)] == ["charset_normalizer"]
    assert [m.repository for m in index.membership("my_org")] == ["my_org/charset-normalizer"]
    assert list(index.membership("my-org")) == []
    assert index.similar_names("ann/toolz") == ["ann/tools"]
    assert index.similar_names("eve/tools") == ["ann/tools"]
    assert index.similar_names("my-org") == ["my_org/"]
    assert index.remove([OptOut("repository", "charset-normalizer")]).occurrences == 1
    assert list(index.membership("charset_normalizer")) == []
    assert "charset_normalizer" not in index.similar_names("charset_normaliser")


def test_facets_count_the_hits_and_say_when_they_are_incomplete(engine: Engine) -> None:
    index = engine.create()
    fill(
        index,
        [
            file(code(1), "ann/a", "1.py"),
            file(code(1), "ann/a", "copy.py"),  # one document counts once for each of its values
            file(code(1), "bob/b", "1.py", expression="GPL-3.0-only"),
            file(code(2), "bob/b", "2.go", language="Go"),
            file(code(3), "bob/b", "3.py"),
            file(b"nothing of it\n", "eve/e", "4.py"),
        ],
    )
    query = WordQuery(words=("def",))
    facets = count_facets(index.search(query, limit=4), 3)
    assert facets == Facets(
        {"Python": 2, "Go": 1}, {"MIT": 3, "GPL-3.0-only": 1}, {"bob/b": 3, "ann/a": 1}, 3, True
    )
    assert list(facets.repositories) == ["bob/b", "ann/a"]
    cut = count_facets(index.search(query, limit=3), 2)
    assert (cut.of, cut.complete, sum(cut.languages.values())) == (2, False, 2)
    none = count_facets(index.search(WordQuery(words=("absent",)), limit=3), 2)
    assert none == Facets({}, {}, {}, 0, True)


def test_filters_apply_to_single_occurrences(engine: Engine) -> None:
    index = engine.create()
    fill(
        index,
        [
            file(code(1), "ann/a", "1.py", expression="MIT"),
            file(code(1), "bob/b", "1.py", expression="GPL-3.0-only"),
            file(code(2), "ann/a", "2.py", expression="(MIT OR ISC)"),
        ],
    )
    fill(index, [file(code(3), "Bob/c", "3.py", expression="MIT")])

    def paths(**filters: str) -> list[tuple[str, str]]:
        hits = index.search(WordQuery(words=("def",), **filters))  # type: ignore[arg-type]
        return sorted((o.repository, o.path) for hit in hits for o in hit.occurrences)

    assert paths(repository="BOB") == [("Bob/c", "3.py"), ("bob/b", "1.py")]
    assert paths(license="isc") == [("ann/a", "2.py")]
    assert paths(license="MIT", repository="bob") == [("Bob/c", "3.py")]
    # Both filters must hold for one occurrence, not for two of the same document.
    assert paths(license="MIT", repository="bob/b") == []
    index.remove([OptOut("repository", "bob/c")])
    assert paths(repository="bob") == [("bob/b", "1.py")]
    with pytest.raises(InputError, match="is empty"):
        list(index.search(WordQuery(words=("def",), repository=" ")))


def test_a_search_stops_on_request(engine: Engine) -> None:
    index = engine.create()
    fill(index, [file(code(n), path=str(n)) for n in range(10)])
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 4

    hits = list(index.search(WordQuery(words=("def",)), limit=9, stop=stop))
    assert len(hits) == 4
