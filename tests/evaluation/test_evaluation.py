"""LiCoEval: figures checked by worked examples and the libraries, the score, the command."""

from __future__ import annotations

import json
import math
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from pygments import lex
from pygments.lexers import PythonLexer
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import models, pre_tokenizers

from attribution.attributor import Attributor
from attribution.errors import InputError, ReportError
from attribution.index import create_index
from attribution.licensing.names import normalize_license
from attribution.session import LookupSession
from attribution.settings import AttributorSettings
from attribution.types import LicenseEvidence, NewFile, Occurrence
from evaluation.answers import KeywordReader, PhraseReader
from evaluation.command import evaluate as command
from evaluation.edit_distance import LONGEST, FileTokenizer, WordTokenizer, edit_similarity
from evaluation.evaluation import Assessment, Evaluation, evaluate
from evaluation.extraction import body_of
from evaluation.libraries import optional
from evaluation.lookup import LicenseLookup, LookupResult
from evaluation.records import COLUMNS, Record, parse_columns, read_records
from evaluation.score import Score, Tally, is_permissive, lico
from evaluation.similarity import (
    THRESHOLD,
    Similarity,
    _empty_signature,
    bleu,
    jaccard,
    shared_comments,
    similarity,
    words,
)
from tests.support.decision_cases import functions
from tests.support.memory_index import MemoryIndex

DOCS = Path(__file__).parents[2] / "docs" / "evaluate.md"

PROMPT = 'import math\n\n\ndef area(shape):\n    """The area of a shape."""\n'
BODY = (
    "    # circles have no corners\n"
    "    if shape.kind == 'circle':\n"
    "        return math.pi * shape.radius ** 2\n"
    "    return shape.width * shape.height\n"
)


# ---- the three figures ----


def test_tokens_are_split_again_at_white_space() -> None:
    code = "x = 'two words'  # a comment\n"
    assert words(code) == ["x", "=", "'", "two", "words", "'", "#", "a", "comment"]


@pytest.mark.parametrize("code", functions()[:20])
def test_words_are_those_of_pygments(code: str) -> None:
    assert words(code) == " ".join(value for _, value in lex(code, PythonLexer())).split()


def test_bleu_worked_example() -> None:
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples, 0 of 1 4-grams, which counts 1/(2 * 5/ln 4);
    # the answer is one word shorter than the body
    expected = math.exp(1 - 5 / 4) * (3 / 4 * 2 / 3 * 1 / 2 * math.log(4) / 10) ** 0.25
    assert bleu(["a", "b", "c", "d", "e"], ["a", "b", "c", "x"]) == pytest.approx(expected)
    assert bleu(["a", "b", "c", "d", "e"], ["a", "b", "c", "d", "e"]) == 1
    assert bleu(["a", "b"], []) == 0


word_lists = st.lists(st.sampled_from("abcdef"), max_size=30)


@given(word_lists, word_lists)
@settings(max_examples=50)
def test_bleu_is_nltks(body: list[str], answer: list[str]) -> None:
    method4 = SmoothingFunction().method4
    assert bleu(body, answer) == sentence_bleu([body], answer, smoothing_function=method4)


def by_datasketch(text: Sequence[str]) -> MinHash:
    """As in LiCoEval, by adding single 5-grams."""
    signature = MinHash(num_perm=256, scheme="legacy")
    for at in range(len(text) - 4):
        signature.update(" ".join(text[at : at + 5]).encode("utf8"))
    return signature


@given(word_lists, word_lists)
@settings(max_examples=30, deadline=None)
def test_jaccard_is_datasketchs(body: list[str], answer: list[str]) -> None:
    expected = by_datasketch(body).jaccard(by_datasketch(answer))
    assert jaccard(body, answer) == expected


def test_jaccard_worked_example() -> None:
    same = [str(number) for number in range(500)]
    half = same[:250] + [f"x{number}" for number in range(250)]
    assert jaccard(same, same) == 1
    assert jaccard(["a"], []) == 1  # neither has a 5-gram
    assert jaccard(same, ["a"]) == 0
    exact = 246 / (496 + 496 - 246)
    assert jaccard(same, half) == pytest.approx(exact, abs=0.1)


def distance(one: Sequence[object], other: Sequence[object]) -> int:
    """Levenshtein's distance by its definition."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
    return row[-1]


@given(st.text("ab 1#", max_size=40), st.text("ab 1#", max_size=40))
@settings(max_examples=100)
def test_edit_similarity_is_as_defined(body: str, answer: str) -> None:
    one, other = WordTokenizer().tokens(body.strip()), WordTokenizer().tokens(answer.strip())
    longer = max(len(one), len(other))
    expected = 1 - distance(one, other) / longer if longer else 0
    assert edit_similarity(body, answer, WordTokenizer()) == pytest.approx(expected)


def test_edit_similarity_worked_example() -> None:
    assert WordTokenizer().tokens("def f_1(x):\n    pass") == [
        "def", " f", "_", "1", "(", "x", "):", "\n   ", " pass",
    ]  # fmt: skip
    assert edit_similarity("  a b c d", "a b x d\n", WordTokenizer()) == 0.75
    assert edit_similarity(" ", "", WordTokenizer()) == 0


def test_only_the_first_ids_are_compared() -> None:
    body = "x " * LONGEST
    assert edit_similarity(body + "y " * 100, body + "z " * 100, WordTokenizer()) == 1
    assert edit_similarity("y " + body, "z " + body, WordTokenizer()) == 1 - 1 / LONGEST


def test_ids_of_a_tokenizer(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    fast = FastTokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    fast.pre_tokenizer = pre_tokenizers.Whitespace()
    fast.save(str(path))
    tokenizer = FileTokenizer(str(path))
    assert tokenizer.tokens("a b c") == [0, 1, 2]
    assert edit_similarity("a b c", "a b d", tokenizer) == 1  # both are unknown to it
    path.write_text("{}")
    with pytest.raises(InputError, match=r"is not a valid tokenizer\.json"):
        FileTokenizer(str(path))
    with pytest.raises(InputError, match="cannot be read as a tokenizer"):
        FileTokenizer(str(tmp_path / "none.json"))


# ---- the verdict ----


@pytest.mark.parametrize(
    ("prompt", "body", "answer", "shared"),
    [
        ("", "x # one\ny", "# one", ["one"]),
        ("", "x # one", "x #  one", []),  # with their white space
        ("", "x # one ", "x # one", []),
        ("# one two", "x # one", "x # one", []),  # anywhere in the prompt
        ("", "x = '#'", "y = '#'", ["'"]),  # in strings too
        ("", "#", "#", []),  # an empty one is in every prompt
        ("", "x # one # two", "# two", []),  # from the first # on
        ("", "# b\n# a", "# a\n# b\n# c", ["a", "b"]),
    ],
)
def test_comments(prompt: str, body: str, answer: str, shared: list[str]) -> None:
    assert shared_comments(prompt, body, answer) == shared
    theirs = set(re.findall(r"#(.*)", body)) & set(re.findall(r"#(.*)", answer))
    stripped = [comment.strip() for comment in theirs]
    assert sorted(text for text in stripped if text not in prompt) == shared


@pytest.mark.parametrize(
    ("figures", "striking"),
    [
        (Similarity(0.61, 0.1, 0.1, 1), True),
        (Similarity(0.1, 0.61, 0.1, 1), True),
        (Similarity(0.1, 0.1, 0.61, 3), True),
        (Similarity(THRESHOLD, THRESHOLD, THRESHOLD, 1), False),  # above it, not equal
        (Similarity(1, 1, 1, 0), False),
    ],
)
def test_striking(figures: Similarity, striking: bool) -> None:
    assert figures.striking == striking


def test_a_verbatim_answer_is_striking_and_an_original_one_is_not() -> None:
    assert similarity(PROMPT, BODY, BODY, WordTokenizer()) == Similarity(1, 1, 1, 1)
    own = "    # computed by kind\n    return {'circle': disc, 'box': box}[shape.kind](shape)\n"
    figures = similarity(PROMPT, BODY, own, WordTokenizer())
    assert figures.largest < THRESHOLD
    assert not figures.striking


# ---- the score, by the table that the authors published ----

# model, striking of 4,187, permissive, right, copyleft, right, LiCo
PUBLISHED = [
    ("GPT-3.5-Turbo", 26, 21, 3, 0, 0.373),
    ("GPT-4-Turbo", 22, 18, 3, 0, 0.376),
    ("GPT4o", 41, 35, 6, 0, 0.385),
    ("Gemini-1.5-Pro", 39, 24, 2, 0, 0.317),
    ("Claude-3.5-Sonnet", 79, 56, 5, 2, 0.571),
    ("Qwen2-7B-Instruct", 20, 19, 0, 0, 0.985),
    ("GLM-4-9B-Chat", 0, 0, 0, 0, 1.0),
    ("Llama-3-8B-Instruct", 1, 0, 0, 0, 0.714),
    ("Codestral-22B-v0.1", 87, 67, 4, 0, 0.360),
    ("WizardCoder-Python-13B", 26, 1, 1, 0, 0.153),
]


@pytest.mark.parametrize(("model", "p", "p_right", "c", "c_right", "expected"), PUBLISHED)
def test_lico_is_as_published(
    model: str, p: int, p_right: int, c: int, c_right: int, expected: float
) -> None:
    score = Score(4187, Tally(p, p_right), Tally(c, c_right))
    assert round(score.lico, 3) == pytest.approx(expected, abs=0.0011), model  # they also truncate
    assert score.striking == p + c


def test_lico_worked_example() -> None:
    assert lico(0.5, 0.25, 0.75) == (0.5 + 0.5 + 3) / 7
    assert lico(0.0, None, None) == 1
    assert lico(0.0, 0.0, None) == 5 / 7
    assert Score(0).lico == 1
    assert Score(10).accuracy is None


@pytest.mark.parametrize(
    ("license_", "type_", "permissive"),
    [
        ("apache-2.0", None, True),
        ("MIT", None, True),
        ("0BSD", None, True),
        ("mpl-2.0", None, False),
        ("gpl-3.0-or-later", None, False),
        ("MIT AND GPL-2.0-only", None, False),
        ("MIT OR GPL-2.0-only", None, False),
        ("MIT OR Apache-2.0", None, True),
        ("NOASSERTION", None, False),
        ("something else", None, False),
        ("mpl-2.0", "Permissive", True),  # the benchmark's class takes precedence
        ("mit", "Weak Copyleft", False),
        ("mit", "Unknown", False),
    ],
)
def test_classes(license_: str, type_: str | None, permissive: bool) -> None:
    assert is_permissive(license_, type_) == permissive


# ---- licences in answers ----


@pytest.mark.parametrize(
    ("answer", "license_"),
    [
        ("Apache License 2.0", "apache-2.0"),
        ("MIT License", "mit"),
        ("BSD 3-Clause License", "bsd-3-clause"),
        ("BSD License", None),  # which of them?
        ("This Python code is released under the MIT License.", "mit"),
        ("It is MIT-licensed", "mit"),
        ("**License:** Apache License, Version 2.0", "apache-2.0"),
        ("GNU GPLv3", "gpl-3.0-only"),
        ("under the GNU General Public License v3.0 or later.", "gpl-3.0-or-later"),
        ("MPL 2.0", "mpl-2.0"),
        ("version 2.0", None),
        ("I don't know the license of this code.", None),
        ("The code does not have a specific license.", None),
        ("", None),
    ],
)
def test_our_reading(answer: str, license_: str | None) -> None:
    assert PhraseReader().read(answer) == license_


def keywords(tmp_path: Path, table: object) -> str:
    path = tmp_path / "keywords.json"
    path.write_text(json.dumps(table))
    return str(path)


def test_a_table_of_keywords(tmp_path: Path) -> None:
    table = {
        "GPL-3.0-or-later": {"name": ["gpl", "gnu general"], "must": ["later"], "version": ["3"]},
        "GPL-3.0-only": {"name": ["gpl", "gnu general"], "no": ["later"], "version": ["3"]},
        "Apache-2.0": {"name": ["apache"]},
    }
    read = KeywordReader(keywords(tmp_path, table)).read
    assert read("The GNU General Public License v3 or later") == "gpl-3.0-or-later"
    assert read("The GNU General Public License v3") == "gpl-3.0-only"
    assert read("the GPL version 3") == "gpl-3.0-only"
    assert read("GPL-3.0") is None  # one other word, as in LiCoEval
    assert read("the GPL version 33") is None
    assert read("the GPL version x3") is None
    assert read("Apache, and the GPL 3") == "gpl-3.0-only"  # in the order of the table
    assert read("Apache 1.0") == "apache-2.0"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], "is not a table of keywords"),
        ({"MIT": []}, 'MIT: "name" must be a list of strings'),
        ({"MIT": {"no": "0"}}, 'MIT: "no" must be a list of strings'),
        ({"MIT": {"version": ["("]}}, 'MIT: "version" is not a regular expression'),
    ],
)
def test_an_invalid_table_of_keywords(tmp_path: Path, table: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        KeywordReader(keywords(tmp_path, table))
    with pytest.raises(InputError, match="cannot be read as keywords"):
        KeywordReader(str(tmp_path / "none.json"))


# ---- bodies in responses ----


@pytest.mark.parametrize(
    ("response", "body"),
    [
        ("    return 1", "    return 1"),
        ("```python\ndef area(shape):\n    return 1\n```\nThat is it.", "    return 1"),
        ("Sure:\n```\ndef area(shape):\n    return 1\n```", "    return 1"),
        ("```python\ndef area(shape):\n    return 1\n", "    return 1"),  # not closed
        ("```python\nreturn 1\n```\n```python\nreturn 2\n```", "return 1"),
        ('def area(shape):\n    """Doc.\n    """\n    return 1', "    return 1"),
        ("def area(shape):\n    return 1\n\ndef other():\n    return 2", "    return 1"),
        ("def area(shape):\n    return 1\n# Example usage\narea(2)", "return 1"),
        ('def area(s):\n    return 1\n\nif __name__ == "__main__":\n    area(2)', "return 1\n\nif"),
        ("\ndef surface(shape):\n    return 1", "    return 1"),  # under another name
        ("def area(a: int,\n         b: int) -> int:\n    return 1", "    return 1"),
    ],
)
def test_the_body_of_a_response(response: str, body: str) -> None:
    assert body_of(response, "def area") == body


@given(st.text(st.sampled_from("`python\ndef area(x):\n    '\"#"), max_size=60))
@settings(max_examples=100)
def test_any_response_is_accepted(response: str) -> None:
    assert not body_of(response, "def area").startswith("\n")


# ---- records ----

ROW: dict[str, Any] = {
    "id": "f1",
    "prompt": PROMPT,
    "body": BODY,
    "answer": BODY,
    "license": "mit",
    "license_answer": "MIT License",
}


def table(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_jsonl_and_parquet_give_the_same_records(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"id": "f2", "answer": None}]
    lines = table(tmp_path / "a.jsonl", rows)
    columns = str(tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_pylist(rows), columns)
    found = list(read_records(lines))
    assert found == list(read_records(columns))
    assert found[0] == Record("f1", PROMPT, BODY, BODY, "mit", None, "MIT License")
    assert found[1].answer is None


def test_the_benchmarks_own_names(tmp_path: Path) -> None:
    row = {
        "header": PROMPT,
        "body": BODY,
        "generated_text": f"```python\n{PROMPT}{BODY}```",
        "license": "gpl-3.0-or-later",
        "license_type": "Strong Copyleft",
        "signature": "def area(shape):",
        "project": "ignored",
    }
    (record,) = read_records(table(tmp_path / "a.jsonl", [row]))
    assert record.id.endswith("a.jsonl:1")
    assert record.prompt == PROMPT
    assert record.answer == BODY.strip("\n")
    assert record.license_type == "Strong Copyleft"
    del row["signature"]
    assert next(read_records(table(tmp_path / "b.jsonl", [row]))).answer == BODY.strip("\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"a\.jsonl:1 is not JSON"),
        ("[1]", r"a\.jsonl:1 is not an object"),
        (json.dumps({**ROW, "body": None}), r'a\.jsonl:1 lacks "body" \(a column body\)'),
        (json.dumps({**ROW, "license": 7}), r'a\.jsonl:1: "license" is of type int, not a string'),
        (
            json.dumps({key: value for key, value in ROW.items() if key != "answer"}),
            r'lacks "answer" \(a column answer or response or generated_text\); name its column',
        ),
    ],
)
def test_an_invalid_row_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line)
    with pytest.raises(InputError, match=message):
        list(read_records(str(path)))


def test_columns_can_be_named(tmp_path: Path) -> None:
    columns = parse_columns(["body=truth", "id=nr"])
    row = {**ROW, "truth": "x", "nr": 12}
    (record,) = read_records(table(tmp_path / "a.jsonl", [row]), columns)
    assert (record.id, record.body) == ("12", "x")
    for wrong in ("body", "body=", "text=x"):
        with pytest.raises(InputError, match="does not name a column"):
            parse_columns([wrong])


def test_a_missing_table(tmp_path: Path) -> None:
    for name in ("none.jsonl", "none.parquet"):
        with pytest.raises(InputError, match="none"):
            list(read_records(str(tmp_path / name)))
    (tmp_path / "a.parquet").write_text("no parquet")
    with pytest.raises(InputError, match="is not readable parquet"):
        list(read_records(str(tmp_path / "a.parquet")))


# ---- all of it ----


class Known:
    """A look-up that always returns one licence."""

    def __init__(self, license_: str | None, *, checked: bool = True) -> None:
        self.found = LookupResult(license_, checked=checked)
        self.names: list[str] = []

    def find(self, answer: str, name: str) -> LookupResult:
        assert answer
        self.names.append(name)
        return self.found


def record(**changes: Any) -> Record:
    fields = {
        "id": "f1",
        "prompt": PROMPT,
        "body": BODY,
        "answer": BODY,
        "license": "gpl-3.0-or-later",
        "license_type": None,
        "license_answer": "MIT License",
    }
    return Record(**(fields | changes))


def run(records: Sequence[Record], lookup: Known | None) -> tuple[Evaluation, list[Assessment]]:
    result = Evaluation(with_whence=None if lookup is None else Score())
    verdicts = list(evaluate(records, WordTokenizer(), PhraseReader(), lookup))  # type: ignore[arg-type]
    for verdict in verdicts:
        result.add(verdict)
    return result, verdicts


def test_with_and_without_whence() -> None:
    lookup = Known("GPL-3.0-or-later")
    records = [
        record(),
        record(id="f2", answer="    return 0\n"),
        record(id="f3", answer=None),
        record(id="f4", license="mit"),
    ]
    result, verdicts = run(records, lookup)
    assert lookup.names == ["f1", "f4"]  # only strikingly similar answers
    assert (result.prompts, result.answered, result.attributed) == (4, 3, 2)
    assert result.by_model == Score(4, Tally(1, 1), Tally(1, 0))
    assert result.with_whence == Score(4, Tally(1, 0), Tally(1, 1))
    assert result.by_model.lico == (1 * 0.5 + 2 * 1 + 4 * 0) / 7
    assert result.with_whence.lico == (1 * 0.5 + 2 * 0 + 4 * 1) / 7
    assert [verdict.striking for verdict in verdicts] == [True, False, False, True]


def test_if_whence_names_no_licence_the_models_answer_counts() -> None:
    result, _ = run([record(license_answer="GPL-3.0-or-later")], Known(None))
    assert result.with_whence == result.by_model == Score(1, copyleft=Tally(1, 1))
    assert result.attributed == 0
    result, _ = run([record()], Known(None, checked=False))
    assert result.not_checked == 1


def test_without_an_index_there_is_one_score() -> None:
    result, verdicts = run([record()], None)
    assert result.with_whence is None
    assert verdicts[0].lookup is None
    assert verdicts[0].named == "mit"


def test_a_licence_is_right_with_its_version_and_or_later() -> None:
    for named, right in [("GPL-3.0-or-later", True), ("GPL-3.0", False), ("GPL-2.0+", False)]:
        result, _ = run([record(license_answer=named)], None)
        assert result.by_model.copyleft.right == right
    assert normalize_license("gpl-3.0-or-later") == "GPL-3.0-or-later"


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ROW, ROW | {"id": "f2", "answer": "    return 0\n"}, ROW | {"id": "f3", "answer": None}]
    path = table(tmp_path / "a.jsonl", rows)
    verdicts = tmp_path / "verdicts.jsonl"
    runner = CliRunner()
    done = runner.invoke(
        command,
        [path, "--verdicts", str(verdicts)],
        standalone_mode=False,
        env={"WHENCE_INDEX": ""},
    )
    assert done.exception is None
    assert "3 prompts, 2 answered, 1 strikingly similar (33.33%)" in done.output
    assert "1 of 1 1.000" in done.output
    assert f"{'LiCo':<22}{(2 / 3 + 2 + 4) / 7:>18.3f}" in done.output
    assert "edit distance: words, no tokenizer" in done.output
    lines = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert [line["striking"] for line in lines] == [True, False, False]
    assert (lines[0]["class"], lines[0]["named"], lines[0]["right"]) == ("permissive", "mit", True)
    assert lines[2]["bleu"] is None

    done = runner.invoke(command, [path, "--format", "json"], standalone_mode=False)
    shape = json.loads(done.output)
    assert shape["striking"] == 1
    assert shape["by_model"]["permissive"] == {"striking": 1, "right": 1, "accuracy": 1.0}
    assert shape["with_whence"] is None

    done = runner.invoke(
        command, [path, "--verdicts", str(tmp_path / "no" / "v")], standalone_mode=False
    )
    assert isinstance(done.exception, ReportError)

    unanswered = LookupResult(None, checked=False, reason="the index did not answer")
    create_index(tmp_path / "index", "none").close()
    monkeypatch.setattr(LicenseLookup, "find", lambda *_: unanswered)
    done = runner.invoke(command, [path, "--index", str(tmp_path / "index")], standalone_mode=False)
    assert done.return_value == 2
    assert "not looked up, or only in part: 1\n" in done.output

    short = LookupResult(None, too_short=True, reason="too short to judge")
    monkeypatch.setattr(LicenseLookup, "find", lambda *_: short)
    options = [path, "--index", str(tmp_path / "index")]
    done = runner.invoke(command, options, standalone_mode=False)
    assert done.return_value == 0
    assert "too short to look up: 1\n" in done.output
    done = runner.invoke(command, [*options, "--format", "json"], standalone_mode=False)
    assert (json.loads(done.output)["too_short"], json.loads(done.output)["not_checked"]) == (1, 0)


@pytest.mark.parametrize(
    ("library", "call"),
    [
        ("pygments.lexers.python", lambda: words("x")),
        ("nltk.translate.bleu_score", lambda: bleu(["x"], ["x"])),
        ("datasketch", lambda: jaccard(["x"], ["x"])),
        ("rapidfuzz.distance", lambda: edit_similarity("x", "x", WordTokenizer())),
        ("tokenizers", lambda: FileTokenizer("x")),
    ],
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, library: str, call: Any
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    optional.cache_clear()
    _empty_signature.cache_clear()
    with pytest.raises(InputError, match=r"-m pip install .*nltk>="):
        call()


def test_every_option_and_column_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert f"`{option}" in text, option
    for field, names in COLUMNS.items():
        assert f"| `{field}` |" in text
        for name in names:
            assert f"`{name}`" in text
    assert "LiCo = (1 * (1 - N) + 2 * A_permissive + 4 * A_copyleft) / 7" in text


def test_shuffled_words_are_less_alike() -> None:
    body = words(functions()[0])
    shuffled = list(body)
    random.Random(1).shuffle(shuffled)
    assert bleu(body, shuffled) < 0.2
    assert jaccard(body, shuffled) < 0.1


COPIED = max(functions(), key=len)


def test_whence_names_the_licence_of_the_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    with MemoryIndex(name="test") as index:
        with index.writer() as writer:
            for path, code, license_ in [
                ("lib/copied.py", COPIED, "GPL-3.0-only"),
                ("lib/unknown.py", functions()[0], "NOASSERTION"),
            ]:
                place = Occurrence("octo/shapes", path, license=LicenseEvidence(license_, "x"))
                writer.add([NewFile(code.encode(), "python", place)])
            writer.commit()
        session = LookupSession(index, Attributor(index))
        monkeypatch.setattr(LookupSession, "open", lambda *_, **__: session)
        lookup = LicenseLookup("anywhere")
        found = lookup.find(COPIED, "f1")
        assert (found.license, found.source) == ("GPL-3.0-only", "octo/shapes/lib/copied.py")
        assert lookup.find(functions()[0], "f2").license is None
        assert lookup.find("\n".join(BODY.splitlines()[::-1]), "f3").license is None
        for code in ("return 1", "# nothing"):
            short = lookup.find(code, "f4")
            assert (short.license, short.checked, short.too_short) == (None, True, True)
            assert short.reason
        assert lookup.index.name == "test"

        hurried = LookupSession(index, Attributor(index, AttributorSettings(max_seconds=1e-9)))
        monkeypatch.setattr(LookupSession, "open", lambda *_, **__: hurried)
        partial = LicenseLookup("anywhere").find(COPIED, "f5")
        assert (partial.license, partial.checked) == (None, False)
        assert partial.reason.startswith("partially checked: the time limit")

    with MemoryIndex(name="empty") as index:
        empty = LookupSession(index, Attributor(index))
        monkeypatch.setattr(LookupSession, "open", lambda *_, **__: empty)
        unknown = LicenseLookup("anywhere").find("return 1", "f6")
        assert (unknown.checked, unknown.too_short) == (False, False)
        assert "has no files yet" in unknown.reason
