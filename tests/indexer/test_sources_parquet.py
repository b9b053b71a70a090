"""Parquet datasets: every published layout, mapped columns, odd rows, resuming in the middle."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.errors import InputError, SourceError
from attribution.licensing.evidence import DATASET_COLUMN, FILE_HEADER
from attribution.types import LicenseEvidence, NewFile, Occurrence, Skip
from indexer.dataset_options import parse_mapping
from indexer.filters import FileFilter
from indexer.sources import Source, SourceItem, SourceOptions, open_sources
from tests.support.license_evidence import said

CODE = "def f(x):\n    return x + 1\n"


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def dataset(
    path: Path, rows: list[dict[str, Any]], schema: pa.Schema | None = None, **how: Any
) -> Source:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, **how)
    return source(path)


def source(path: Path, mapping: str = "", **rules: Any) -> Source:
    (found,) = open_sources(str(path), SourceOptions(FileFilter(**rules), parse_mapping(mapping)))
    return found


def files(source: Source) -> list[NewFile]:
    found = [item.file for item in source.read()]
    assert not [file for file in found if isinstance(file, Skip)]
    return [file for file in found if isinstance(file, NewFile)]


def reasons(source: Source) -> list[str]:
    return [file.reason if isinstance(file, Skip) else "in" for file, _ in source.read()]


def assert_resumable(make: Any) -> list[SourceItem]:
    """Reading from any position gives the rest; at most the occurrences of one row are repeated."""
    items: list[SourceItem] = list(make().read())
    for at, item in enumerate(items):
        rest = list(make().read(item.position))
        again = len(rest) - (len(items) - at - 1)
        assert 0 <= again <= 2
        assert rest == items[at + 1 - again :]
    return items


def v1(content: str | bytes | None = CODE, **changed: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "hexsha": "0" * 40, "size": 1, "ext": "py", "lang": "Python", "content": content,
        "avg_line_length": 1.0, "max_line_length": 1, "alphanum_fraction": 0.5,
    }  # fmt: skip
    for kind in ("stars", "issues", "forks"):
        row |= {
            f"max_{kind}_repo_path": "src/a.py",
            f"max_{kind}_repo_name": "owner/name",
            f"max_{kind}_repo_head_hexsha": "a" * 40,
            f"max_{kind}_repo_licenses": ["MIT"],
            f"max_{kind}_count": 12.0,
            f"max_{kind}_repo_{kind}_event_min_datetime": "2015-03-04T05:06:07.000Z",
            f"max_{kind}_repo_{kind}_event_max_datetime": "2020-01-01T00:00:00.000Z",
        }
    return {**row, **changed}


def test_the_stack_v1(tmp_path: Path) -> None:
    (found,) = files(dataset(tmp_path / "v1.parquet", [v1()]))
    assert found.content == CODE.encode()
    assert found.language == "python"
    assert found.occurrence == Occurrence(
        repository="owner/name",
        path="src/a.py",
        revision="a" * 40,
        origin="https://github.com/owner/name",
        date="2015-03-04",
        stars=12,
        license=LicenseEvidence("MIT", DATASET_COLUMN),
    )


def test_all_repositories_of_a_v1_row_count(tmp_path: Path) -> None:
    row = v1(
        max_issues_repo_name="fork/name",
        max_issues_repo_licenses=["Apache-2.0", "MIT"],
        max_forks_repo_name="owner/name",
        max_forks_repo_head_hexsha="b" * 40,
        max_forks_count=None,
    )
    found = [file.occurrence for file in files(dataset(tmp_path / "v1.parquet", [row]))]
    assert [(o.repository, (o.revision or "")[0], o.stars) for o in found] == [
        ("owner/name", "a", 12),
        ("fork/name", "a", None),
        ("owner/name", "b", None),
    ]
    assert found[1].license.expression == "Apache-2.0 AND MIT"


def test_odd_v1_rows(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {
        f"max_{kind}_{field}": None
        for kind in ("stars", "issues", "forks")
        for field in ("repo_name", "repo_path", "repo_head_hexsha", "repo_licenses", "count")
    }
    rows = [
        v1(None),
        v1(""),
        v1(CODE + "\0"),
        v1("x = 1\n" * 200_000),
        v1(max_stars_count=None),
        v1(max_stars_count=float("nan")),
        v1(max_stars_repo_licenses=None, max_stars_repo_stars_event_min_datetime=None),
        v1(max_stars_repo_licenses=[]),
        v1(max_stars_repo_licenses=["no-such-license"]),
        v1(**nothing),
        v1(lang="Klingon"),
        v1(lang=None, max_stars_repo_path="a/b.unknown"),
        v1("# SPDX-License-Identifier: GPL-2.0+\n" + CODE),
    ]
    found = [file for file, _ in dataset(tmp_path / "v1.parquet", rows).read()]
    assert [w.reason for w in found if isinstance(w, Skip)] == [
        "malformed",
        "empty",
        "binary",
        "too large",
        "not code",
    ]
    good = [w for w in found if isinstance(w, NewFile)]
    by_content = {id(w.content): w.occurrence for w in good}
    assert len(by_content) == 8
    firsts = list(by_content.values())
    assert [o.stars for o in firsts[:2]] == [None, None]
    assert firsts[2].date is None
    assert {o.license.expression for o in firsts[2:5]} == {"NOASSERTION"}
    assert firsts[5].path == "v1.parquet#9"
    assert (firsts[5].repository, firsts[5].origin) == ("", "")
    assert said(good[-1].occurrence.license) == LicenseEvidence(
        "GPL-2.0-or-later",
        FILE_HEADER,
        "the file header says GPL-2.0-or-later, but the dataset column says MIT",
    )


def test_text_that_is_not_utf8_is_kept_as_it_is(tmp_path: Path) -> None:
    latin, noise = "s = 'é'\n".encode("latin-1"), bytes(range(1, 256))
    table = pa.Table.from_pylist([v1(CODE), v1(CODE)])
    broken = pa.array([latin, noise], pa.binary()).view(pa.string())  # arrow does not check
    names = pa.array([b"caf\xe9", b"b"], pa.binary()).view(pa.string())
    table = table.set_column(table.schema.get_field_index("content"), "content", broken)
    at = table.schema.get_field_index("max_stars_repo_path")
    pq.write_table(table.set_column(at, "max_stars_repo_path", names), tmp_path / "v1.parquet")
    found = [file for file, _ in source(tmp_path / "v1.parquet").read()]
    assert isinstance(found[0], NewFile)
    assert found[0].content == latin
    assert found[0].occurrence.path == "caf\ufffd"
    assert [w.reason for w in found if isinstance(w, Skip)] == ["not decodable"]


def test_starcoderdata(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"max_stars_repo_path": "a.py", "max_stars_repo_name": "o/n", "max_stars_count": 3},
        {"max_stars_repo_path": "a.py", "max_stars_repo_name": "o/n", "max_stars_count": 3},
        {"max_stars_repo_path": None, "max_stars_repo_name": None, "max_stars_count": None},
        {"max_stars_repo_path": "<b>.html", "max_stars_repo_name": "o/n", "max_stars_count": 0},
    ]
    contents = [
        CODE,
        "<gh_stars>10-100\n" + CODE,
        "<reponame>x/y<filename>z.py<gh_stars>1-10\n" + CODE,
        "<b>bold</b>\n",
    ]
    for i, (row, content) in enumerate(zip(rows, contents, strict=True)):
        row |= {"id": str(i), "content": content}
    found = files(dataset(tmp_path / "python/train-00000.parquet", rows))
    assert [file.content for file in found] == [CODE.encode()] * 3 + [b"<b>bold</b>\n"]
    assert {file.language for file in found} == {"python"}  # as the folder says
    assert [(f.occurrence.repository, f.occurrence.path) for f in found[1:3]] == [
        ("o/n", "a.py"),
        ("x/y", "z.py"),
    ]
    assert found[0].occurrence.stars == 3
    assert found[0].occurrence.revision is None
    assert found[2].occurrence.stars is None  # a bucket is not a count


def v2(content: str = CODE, **changed: Any) -> dict[str, Any]:
    return {
        "blob_id": blob(content.encode()), "directory_id": "d", "path": "/src/a.py",
        "content_id": "c", "detected_licenses": ["MIT", "GPL-3.0"], "license_type": "permissive",
        "repo_name": "o/n", "snapshot_id": "s", "revision_id": "b" * 40, "branch_name": "main",
        "visit_date": datetime.datetime(2023, 1, 1), "revision_date": datetime.datetime(2022, 1, 1),
        "committer_date": datetime.datetime(2021, 7, 8, 9), "github_id": 1,
        "star_events_count": 5, "fork_events_count": 0, "src_encoding": "UTF-8",
        "language": "Python", "is_vendor": False, "is_generated": False, "length_bytes": 10,
        "extension": "py", "content": content, **changed,
    }  # fmt: skip


def test_the_stack_v2(tmp_path: Path) -> None:
    path = tmp_path / "v2.parquet"
    first, vendored, _, _ = rows = [v2(), v2(is_vendor=True), v2(is_generated=True), v2()]
    assert first != vendored
    assert reasons(dataset(path, rows)) == ["in", "in", "generated", "in"]
    assert reasons(source(path, include_generated=True)) == ["in"] * 4
    found = [file for file, _ in source(path).read() if isinstance(file, NewFile)]
    assert found[0].occurrence == Occurrence(
        repository="o/n",
        path="src/a.py",
        revision="b" * 40,
        origin="https://github.com/o/n",
        date="2021-07-08",
        stars=5,
        license=LicenseEvidence("MIT AND GPL-3.0-only", DATASET_COLUMN),
    )
    assert [file.occurrence.vendored for file in found] == [False, True, False]


def test_v2_contents_are_restored_to_the_bytes_of_their_id(tmp_path: Path) -> None:
    text = "s = 'déjà'\n"
    latin, wide = text.encode("latin-1"), text.encode("utf-16")
    rows = [
        v2(text, src_encoding="ISO-8859-1", blob_id=blob(latin)),
        v2(text, src_encoding="ISO-8859-1", blob_id=hashlib.sha1(latin).hexdigest()),
        v2(text, src_encoding="ISO-8859-1", blob_id="0" * 40),  # not proven: the column's own
        v2(text, src_encoding="no-such", blob_id=blob(latin)),
        v2(text, src_encoding="UTF-16", blob_id=blob(wide)),  # would be no text to us
        v2(text + "→", src_encoding="ISO-8859-1"),
    ]
    found = [file.content for file in files(dataset(tmp_path / "v2.parquet", rows))]
    assert found[:2] == [latin, latin]
    assert found[2:] == [text.encode(), text.encode(), text.encode(), (text + "→").encode()]


def v3(name: str, paths: list[str], **changed: Any) -> dict[str, Any]:
    listed = [
        {"content_id": "c", "path": path, "content": f"# {path}\n{CODE}", "language": "Python",
         "license_type": "permissive", "detected_licenses": ["MIT"]}
        for path in paths
    ]  # fmt: skip
    metadata = {"branch": "main", "stars": 7, "is_fork": False, "repo_created_at": "2019-02-03"}
    return {
        "repo_path": name, "repo_id": 1, "commit_id": "c" * 40, "github_metadata": metadata,
        "num_files": len(paths), "files": listed, **changed,
    }  # fmt: skip


V3 = [
    v3("o/one", ["a.py", "vendor/b.py"]),
    v3("o/none", []),
    v3("o/two", ["c.py", "d.py", "e.py"], github_metadata=None),
    v3("o/null", [], files=None),
    v3("o/three", ["f.py"]),
]
V3_SCHEMA = pa.Table.from_pylist([v3("o/n", ["a.py"])]).schema


@pytest.mark.parametrize("group", [1, 2, 100])
def test_the_stack_v3(tmp_path: Path, group: int) -> None:
    path = tmp_path / "v3.parquet"
    found = files(dataset(path, V3, V3_SCHEMA, row_group_size=group))
    assert [(f.occurrence.repository, f.occurrence.path, f.occurrence.stars) for f in found] == [
        ("o/one", "a.py", 7),
        ("o/one", "vendor/b.py", 7),
        ("o/two", "c.py", None),
        ("o/two", "d.py", None),
        ("o/two", "e.py", None),
        ("o/three", "f.py", 7),
    ]
    assert found[0].content == f"# a.py\n{CODE}".encode()
    occurrence = found[1].occurrence
    assert (occurrence.revision, occurrence.date, occurrence.vendored) == (
        "c" * 40,
        "2019-02-03",
        True,
    )
    assert occurrence.license == LicenseEvidence("MIT", DATASET_COLUMN)
    assert_resumable(lambda: source(path))


def test_v3_is_read_in_small_batches_and_only_as_far_as_needed(tmp_path: Path) -> None:
    rows = [v3(f"o/{i}", ["a.py"]) for i in range(3)]
    for row in rows:
        row["files"][0]["unused"] = "x" * 100
    found = dataset(tmp_path / "v3.parquet", rows)
    assert len(files(found)) == 3
    assert found.done_bytes == found.total_bytes() == (tmp_path / "v3.parquet").stat().st_size


def test_reading_resumes_in_the_middle_of_v1(tmp_path: Path) -> None:
    rows = [v1(f"x = {i}\n", max_issues_repo_name=f"o/{i % 3}") for i in range(7)]
    path = tmp_path / "v1.parquet"
    dataset(path, rows, row_group_size=2)
    assert len(assert_resumable(lambda: source(path))) == 14


def test_mapped_columns(tmp_path: Path) -> None:
    meta = {"where": "x/a.py", "from": "proj"}
    rows = [{"body": CODE, "meta": meta, "lic": "Apache 2.0", "day": datetime.date(2020, 2, 3)}]
    path = tmp_path / "mine.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    mapping = "content=body, path=meta.where, repository=meta.from, licenses=lic, date=day"
    (found,) = files(source(path, mapping))
    assert found.occurrence == Occurrence(
        repository="proj",
        path="x/a.py",
        date="2020-02-03",
        license=LicenseEvidence("Apache-2.0", DATASET_COLUMN),
    )
    assert found.language == "python"


def test_a_mapping_may_correct_a_known_layout(tmp_path: Path) -> None:
    path = tmp_path / "v1.parquet"
    pq.write_table(pa.Table.from_pylist([v1(CODE, fixed="y = 2\n")]), path)
    assert files(source(path, "content=fixed"))[0].content == b"y = 2\n"


def test_mapped_lists_of_files(tmp_path: Path) -> None:
    rows = [{"name": "p", "docs": [{"text": CODE, "at": "a.py"}, {"text": CODE, "at": "b.py"}]}]
    path = tmp_path / "mine.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    found = files(source(path, "content=docs.text,path=docs.at,repository=name"))
    assert [(f.occurrence.repository, f.occurrence.path) for f in found] == [
        ("p", "a.py"),
        ("p", "b.py"),
    ]


def test_unknown_columns_are_listed_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "odd.parquet"
    pq.write_table(pa.Table.from_pylist([{"body": CODE, "where": "a.py"}]), path)
    with pytest.raises(
        SourceError, match=r"a known corpus; it has: body, where\. .*--map content=COLUMN"
    ):
        source(path)
    with pytest.raises(SourceError, match=r"no column 'text' to read the content .*: body, where"):
        source(path, "content=text")


@pytest.mark.parametrize("mapping", ["content", "body=content", "content=", "=x"])
def test_an_invalid_mapping_is_refused(mapping: str) -> None:
    with pytest.raises(InputError, match="write FIELD=COLUMN, where FIELD is one of content, path"):
        parse_mapping(mapping)


@pytest.mark.parametrize("data", [b"PAR1 but not really", b""])
def test_a_file_that_is_not_parquet(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "fake.parquet"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="not a readable parquet file"):
        source(path)


def test_a_damaged_row_group_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "v1.parquet"
    rows = [v1(f"x = {i}  # {hashlib.sha512(b'%d' % i).hexdigest() * 20}\n") for i in range(400)]
    dataset(path, rows, row_group_size=100, compression="snappy", use_dictionary=False)
    group = pq.ParquetFile(path).metadata.row_group(2)
    columns = [group.column(i) for i in range(group.num_columns)]
    (column,) = [c for c in columns if c.path_in_schema == "content"]
    begin, length = column.data_page_offset + 40, column.total_compressed_size - 80
    data = bytearray(path.read_bytes())
    data[begin : begin + length] = b"\xff" * length
    path.write_bytes(data)
    items = list(source(path).read())
    (at,) = [i for i, item in enumerate(items) if isinstance(item.file, Skip)]
    lost = items[at].file
    assert isinstance(lost, Skip)
    assert (lost.name, lost.reason) == (f"{path}#200-299", "unreadable")
    assert len(items) == 301
    assert list(source(path).read(items[at].position)) == items[at + 1 :]


def test_a_folder_gives_a_source_for_each_file(tmp_path: Path) -> None:
    for name in ("data/python/b.parquet", "data/python/a.parquet", "data/c/c.parquet"):
        dataset(tmp_path / name, [v1()])
    sources = open_sources(str(tmp_path))
    assert [s.name.rpartition("/")[2] for s in sources] == ["c.parquet", "a.parquet", "b.parquet"]
    assert len({s.name for s in sources}) == 3


def test_test_data_in_a_tree_of_code_is_not_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "data/x.parquet")
    (tmp_path / "data/doc.json.gz").write_bytes(b"no gzip")
    (only,) = open_sources(str(tmp_path))
    names = {file.name for file, _ in only.read() if isinstance(file, Skip)}
    assert names == {f"{tmp_path.name}/data/x.parquet", f"{tmp_path.name}/data/doc.json.gz"}


def test_json_without_lines_does_not_make_other_test_data_a_dataset(tmp_path: Path) -> None:
    traces = {
        "a": json.dumps({"events": [1, 2]}, indent=1),  # no line of it is an object
        "b": json.dumps({f"key_{n}": n for n in range(99)}),
        "c": "[1, 2]",
    }
    for name, text in traces.items():
        (tmp_path / f"{name}.json.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "a.py").write_text(CODE)
    (only,) = open_sources(str(tmp_path))
    skips = [file for file, _ in only.read() if isinstance(file, Skip)]
    assert [skip.reason for skip in skips] == ["not code"] * 3
    with pytest.raises(SourceError, match=r"key_26 and 79 more\. Say") as error:
        open_sources(str(tmp_path / "b.json.gz"))
    assert len(str(error.value)) < 1000


def test_a_folder_with_only_an_unknown_dataset_lists_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"body": ["x"]}), tmp_path / "x.parquet")
    with pytest.raises(SourceError, match=r"a known corpus; it has: body\. Say what they mean"):
        open_sources(str(tmp_path))
    assert len(open_sources(str(tmp_path), SourceOptions(mapping=(("content", "body"),)))) == 1


def test_a_damaged_file_among_good_ones_is_still_a_source(tmp_path: Path) -> None:
    (tmp_path / "0.parquet").write_bytes(b"PAR1")
    dataset(tmp_path / "1.parquet", [v1()])
    bad, good = open_sources(str(tmp_path))
    with pytest.raises(SourceError, match=r"0\.parquet is not a readable parquet file"):
        list(bad.read())
    assert len(files(good)) == 1


def test_dictionaries_and_large_strings(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([v1(), v1()])
    for name, kind in (
        ("content", pa.large_string()),
        ("lang", pa.dictionary(pa.int32(), pa.string())),
        ("max_stars_repo_name", pa.dictionary(pa.int32(), pa.string())),
    ):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table[name].cast(kind))
    pq.write_table(table, tmp_path / "v1.parquet")
    found = files(source(tmp_path / "v1.parquet"))
    assert [(f.content, f.occurrence.repository) for f in found] == [
        (CODE.encode(), "owner/name")
    ] * 2
