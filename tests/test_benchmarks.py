"""Parts of the benchmarks: changes of code, truth, split by package, arithmetic of figures."""

from __future__ import annotations

import ast
import hashlib
import math
from dataclasses import fields
from pathlib import Path

import pytest

from attribution.index import create_index
from attribution.types import Label, MatchKind, NewFile, Occurrence, Status
from attribution.verdict import Evidence
from benchmarks import transforms, truth
from benchmarks.code_files import package_of
from benchmarks.corpus import CorpusFile, half_of, held_out, select, write_parts
from benchmarks.figures import figures
from benchmarks.functions import functions
from benchmarks.lexemes import KEYWORDS, lexemes
from benchmarks.locals import local_names
from benchmarks.metrics import quantile, rate, reliability, threshold_for
from benchmarks.pool import Sample
from benchmarks.queries import Query, QuerySet
from benchmarks.query_result import AlignedDocument, QueryResult
from benchmarks.query_runs import run_queries
from benchmarks.report import Bar, Part, percent

PYTHON = '''    @staticmethod
    def total(self, rows, *, limit=10):
        """Sum the rows.

        Not more than limit."""
        found = 0  # so far
        for row in rows:
            # the row's own value
            if row.value > limit:
                found += row.weigh(limit=limit, key="a # b")

        return f"{found} of {limit:d} #"
'''
GO = """func (s *Store) Find(ctx context.Context, key, prefix string) (interface{}, error) {
	// look it up
	value, ok := s.items[key] /* shared */
	if !ok {
		return nil, fmt.Errorf("no %s // here", key)
	}
	var count int
	for i := range value.parts {
		count += value.parts[i].key
	}
	return struct{ n int }{count}, nil
}
"""
C = """static int
count_words(const char *text, size_t length)
{
    int words = 0; /* so far { */
    struct state *st = NULL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '{' || st->words)
            words++;
    }
    return words;
}
"""
INDENTED = {
    "JavaScript": "  static async find(key, rest) {\n    const left = `${key}/${rest}`;\n  }\n",
    "TypeScript": "function find(key: string): number {\n  const left = key.size;\n}\n",
    "Java": "  public int find(String key) {\n    int left = key.length();\n  }\n",
    "C#": "  internal static int Find(string find)\n  {\n    int left = find.Length;\n  }\n",
    "Kotlin": '  override fun find(key: String): Int {\n    val left = "$key"\n  }\n',
    "PHP": "  public function find($key)\n  {\n    $left = strlen($key);\n  }\n",
    "Rust": "pub fn find<'a>(key: &'a str) -> usize {\n    let mut left = key.len();\n}\n",
    "Ruby": '  def find(key)\n    left = "#{key}"\n    left.size\n  end\n',
    "Shell": 'find_it() {\n    local left="$1"\n    echo "${left}"\n}\n',
}
ALL = [("Python", PYTHON), ("Go", GO), ("C", C)]


@pytest.mark.parametrize(("language", "text"), ALL)
def test_lexemes_are_the_text(language: str, text: str) -> None:
    for start in range(0, len(text), 7):  # fragments too
        assert "".join(piece.text for piece in lexemes(text[start:], language)) == text[start:]
    kinds = {piece.kind for piece in lexemes(text, language)}
    assert {"name", "comment", "op", "space"} <= kinds


@pytest.mark.parametrize("language", INDENTED)
def test_functions_are_found_by_indentation(language: str) -> None:
    text = INDENTED[language]
    file = f"before = 1\n{text}\n{text.replace('find', 'other')}"
    assert [f.text for f in functions(file, language, 3, 40)] == [
        text, text.replace("find", "other"),
    ]  # fmt: skip
    assert "left" in local_names(text, language)
    renamed = transforms.rename_all(text, language)
    assert "left" not in renamed
    assert len(renamed.split()) == len(text.split())


def test_functions_are_found_by_ast_and_by_braces() -> None:
    file = "import os\n\nclass Store:\n" + PYTHON + "\n\ndef short():\n    return 1\n"
    assert [f.text for f in functions(file, "Python")] == ["".join(lines_of(PYTHON)[1:])]
    assert functions(file, "Python")[0].start_line == 5
    assert not functions("def broken(:\n" * 9, "Python")
    go = "package a\n\n/*\nfunc no(\n) {\n" + "\n" * 9 + "}\n*/\n" + GO + "\nvar x = 1\n"
    assert [f.text for f in functions(go, "Go")] == [GO]
    c = "int declared(int a,\n  int b);\nint table[] = {\n 1,\n};\n#define F(x) {\\\n}\n" + C
    assert [f.text for f in functions(c, "C", 3, 40)] == [C]


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(("language", "text"), ALL)
def test_reindented_has_no_comments_and_the_same_code(language: str, text: str) -> None:
    changed = transforms.reindented(text, language)

    def code(of: str) -> list[str]:
        pieces = lexemes(of, language)
        return [p.text for p in pieces if p.kind not in {"space", "comment"}]

    assert code(changed) == code(text)
    assert not [p for p in lexemes(changed, language) if p.kind == "comment"]
    assert indents(changed) != indents(text)


def indents(text: str) -> list[str]:
    return [line[: len(line) - len(line.lstrip())] for line in text.splitlines()]


def test_reindented_python_means_the_same() -> None:
    changed = transforms.reindented(PYTHON, "Python")
    assert ast.dump(parsed(changed)) == ast.dump(parsed(PYTHON))


def parsed(method: str) -> ast.Module:
    return ast.parse("class Store:\n" + method)


def test_locals_are_renamed_and_nothing_else() -> None:
    assert local_names(PYTHON, "Python") == {"rows", "limit", "found", "row"}
    assert {"s", "ctx", "key", "prefix", "value", "ok", "count", "i"} <= local_names(GO, "Go")
    assert local_names(C, "C") == {"text", "length", "words", "st", "i"}
    changed = transforms.rename_locals(PYTHON, "Python") or ""
    assert "weigh(limit=" in changed  # a keyword of another function
    assert ".value" in changed
    assert "limit=10" not in changed  # its own parameter
    assert "found" not in changed  # in the f-string neither
    go = transforms.rename_locals(GO, "Go") or ""
    assert ".parts" in go
    assert "].key" in go
    assert "s.items[key]" not in go
    c = transforms.rename_locals(C, "C") or ""
    assert "->words" in c
    assert "int words" not in c
    assert transforms.rename_locals("def f():\n    return 1\n", "Python") is None


@pytest.mark.parametrize(("language", "text"), ALL)
def test_all_names_are_renamed_consistently(language: str, text: str) -> None:
    changed = transforms.rename_all(text, language)
    before = [p for p in lexemes(text, language) if p.kind not in {"space", "comment"}]
    after = [p for p in lexemes(changed, language) if p.kind not in {"space", "comment"}]
    assert len(before) == len(after)
    mapping: dict[str, str] = {}
    for old, new in zip(before, after, strict=True):
        if old.kind != "name":
            assert old.text == new.text or old.kind == "string"
        elif old.text in KEYWORDS[language]:
            assert old.text == new.text
        else:
            assert mapping.setdefault(old.text, new.text) == new.text != old.text
    assert len(set(mapping.values())) == len(mapping)
    assert transforms.rename_all(text, language) == changed


def test_one_line_in_eight_is_edited() -> None:
    text = "".join(f"    value_{i} = compute({i})\n" for i in range(32))
    changed = transforms.edited(text, "Python")
    kept = set(text.splitlines()) & set(changed.splitlines())
    assert 28 <= len(kept) < 32
    assert changed != text
    assert transforms.edited(text, "Python") == changed


def test_lines_are_pasted_whole() -> None:
    host = "".join(f"host {i}\n" for i in range(40))
    five = transforms.excerpt(C, 5)
    assert five is not None
    assert five in C
    changed = transforms.pasted(five, host)
    assert five in changed
    assert changed.replace(five, "") == host
    assert transforms.excerpt("one\ntwo\n", 3) is None


def test_truth_is_an_exact_scan_without_white_space(tmp_path: Path) -> None:
    files = []
    for name, text in {"a": GO, "b": GO.replace("\t", "  ").replace("\n", "\r\n"), "c": C}.items():
        (tmp_path / f"{name}.txt").write_bytes(text.encode())
        files.append(
            CorpusFile(str(tmp_path / f"{name}.txt"), name, name, "Go", len(text), name, "fit")
        )
    write_parts(files, tmp_path / "parquet")
    parts = sorted((tmp_path / "parquet").glob("*.parquet"))
    patterns = [GO, C, C.replace("words", "verbs"), "int i;", C[30:90]]
    found = truth.scan(parts, [truth.squeezed(pattern) for pattern in patterns])
    assert found == [{"a", "b"}, {"c"}, set(), None, {"c"}]


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("usr/lib/python3/dist-packages/pip/_vendor/rich/table.py", "rich"),
        ("opt/env/lib/python3.11/site-packages/rich/table.py", "rich"),
        ("usr/lib/python3.11/json/decoder.py", "python"),
        ("opt/env/lib/python3.8/site-packages/setuptools/_distutils/core.py", "python"),
        ("opt/env/lib/python3.8/site-packages/six.py", "six"),
        ("opt/env/lib/python3.8/site-packages/google/auth/jwt.py", "google-auth"),
        ("usr/local/go/src/net/http/server.go", "go"),
        ("usr/local/go/src/cmd/vendor/golang.org/x/mod/semver/semver.go", "golang-org/x/mod"),
        ("home/u/go/pkg/mod/golang.org/x/mod@v0.2.0/semver/semver.go", "golang-org/x/mod"),
        ("usr/include/openssl/ssl.h", "openssl"),
        ("usr/include/node/openssl/ssl.h", "openssl"),
        ("usr/include/stdio.h", "system-headers"),
        ("usr/lib/node_modules/npm/node_modules/@npmcli/fs/lib/cp.js", "@npmcli/fs"),
    ],
)
def test_copies_of_a_package_have_the_same_name(path: str, package: str) -> None:
    assert package_of(tuple(path.split("/"))) == package


def test_whole_packages_are_held_out_and_large_ones_never() -> None:
    files = [file(f"p{i}", "Python", 100, str(i)) for i in range(200)]
    files += [file(f"huge{i}", "Python", 100_000, f"h{i}") for i in range(30)]
    away = held_out(files)
    assert 20 < len(away) < 60
    assert not any(name.startswith("huge") for name in away)
    assert held_out(files[::-1]) == away
    assert {half_of(name) for name in away} == {"fit", "report"}


def test_small_languages_are_taken_whole() -> None:
    files = [file(f"p{i}", "Python", 10, f"p{i:03d}") for i in range(900)]
    files += [file(f"g{i}", "Go", 10, f"g{i:03d}") for i in range(100)]
    files += [file("one", "C", 10, f"c{i:03d}") for i in range(900)]
    taken = select(files, 6_000)
    sizes = {
        language: sum(f.size for f in taken if f.language == language)
        for language in ("Python", "Go", "C")
    }
    assert sizes["Go"] == 1000
    assert sizes["C"] == pytest.approx(720, abs=10)  # one package's largest share
    assert sizes["Python"] == pytest.approx(4_280, abs=10)


def file(package: str, language: str, size: int, document: str) -> CorpusFile:
    return CorpusFile("", package, "", language, size, document, "fit")


def test_arithmetic() -> None:
    assert rate([True, False, True, True]) == 0.75
    assert math.isnan(rate([]))
    assert percent(rate([])) == "-"
    assert percent(0.9734) == "97.3"
    values = [float(i) for i in range(1, 101)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1.0)) == (50, 99, 100)
    # One in a hundred may pass: the threshold is the second largest, which itself does not.
    assert threshold_for(values, 0.01) == 99
    assert threshold_for([0.5, 0.5, 0.5], 0.01) == 0.5
    assert threshold_for([], 0.01) == 0.0
    bins = reliability([0.05, 0.95, 0.99, 1.0], [False, True, True, False])
    assert [(b.low, b.count) for b in bins] == [(0.0, 1), (0.9, 3)]
    assert bins[1].share_right == pytest.approx(2 / 3)


def result(
    confidences: list[float], rights: list[bool], label: Label, *, half: str, indexed: bool = True
) -> QueryResult:
    sample = Sample("text", "Python", "Python", half, "package", "d", indexed, "")
    query = Query("verbatim", 0, "code", "original", sample, frozenset({"d"} if indexed else ()))
    nothing = Evidence(**{field.name: 0.0 for field in fields(Evidence)})
    documents = tuple(
        AlignedDocument("d", right, MatchKind.EDITED, sure, nothing, 0.0, 0.0, 0, 0)
        for sure, right in zip(confidences, rights, strict=True)
    )
    reported_right = label is not Label.NONE and rights[0]
    return QueryResult(query, label, Status.CHECKED, documents, reported_right, 0.0, 0.0, 1, 1.0)


def test_figures_of_recall_and_alarms() -> None:
    unseen = [
        result([i / 100], [False], Label.NONE, half="fit", indexed=False) for i in range(50)
    ]  # so the threshold is .49
    unseen += [
        result([0.95], [False], Label.STRIKING, half="report", indexed=False),
        *[result([0.2], [False], Label.NONE, half="report", indexed=False) for _ in range(3)],
    ]
    known = [
        result([0.9], [True], Label.VERBATIM, half="report"),
        result([0.3], [True], Label.NONE, half="report"),
        result([0.3, 0.8], [False, True], Label.NONE, half="report"),
        result([0.8], [False], Label.SIMILAR, half="report"),
        result([0.9], [False], Label.VERBATIM, half="fit"),  # counts nowhere
    ]
    part = figures([*unseen, *known], QuerySet((), {}))
    got = {bar.what: bar.measured for bar in part.bars}
    assert got["recall@1, verbatim"] == "50.0"
    assert got["at 1 % alarms, verbatim"] == "50.0"  # the first, and the third by its second
    assert got["never indexed, reported: fitted threshold"] == "25.0"
    row = next(r for r in part.tables[0].rows if r[0] == "verbatim")
    assert row == ("verbatim", "4 + 4", "50.0", "50.0", "25.0", "25.0", "25.0")


def test_a_report_is_markdown() -> None:
    part = Part("Title", (Bar("speed", ">= 2", "1", False),))
    assert "| speed | >= 2 | 1        | **no**  |" in part.markdown()
    assert "speed" not in part.markdown(with_bars=False)


def test_all_documents_that_were_compared_are_kept(tmp_path: Path) -> None:
    index = create_index(str(tmp_path / "index"), "recorded")
    with index.writer() as writer:
        writer.add([NewFile(GO.encode(), "go", Occurrence("o/r", "store.go"))])
        writer.commit(())
    index.refresh()
    document = hashlib.sha1(b"blob %d\0" % len(GO.encode()) + GO.encode()).hexdigest()
    sample = Sample(GO, "Go", "Go", "fit", "package", document, True, "")
    query = Query("verbatim", 0, GO, GO, sample, frozenset({document}))
    (result,) = run_queries(index, [query])
    assert result.right
    assert result.reported_right
    assert result.confidence > 0.9
