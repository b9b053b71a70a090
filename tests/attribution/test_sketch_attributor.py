"""Private mode: sources of a text that is not sent, with lines on both sides."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.errors import InputError
from attribution.index.memory import MemoryIndex
from attribution.reports.answer_schema import published_schema
from attribution.reports.json_report import as_json
from attribution.settings import AttributorSettings
from attribution.sketch_only.sketch_attributor import SketchAttributor
from attribution.sketch_only.sketch_file import read_sketch_file, sketch_file
from attribution.sketching.sketch import SketchParams
from attribution.types import Attribution, Label, MatchKind, Status
from tests.support.index_engines import code, file, fill

STDLIB = Path(sysconfig.get_path("stdlib"))
NAMES = ("textwrap", "heapq", "bisect", "shlex", "fnmatch", "csv", "sched")


@pytest.fixture(scope="module")
def attributor() -> Iterator[SketchAttributor]:
    with MemoryIndex() as index:
        files = [
            file((STDLIB / f"{name}.py").read_bytes(), "cpython", f"{name}.py", language="python")
            for name in NAMES
        ]
        common = [file(code(1) + code(n), f"o{n}/r", language="python") for n in range(50, 64)]
        fill(index, [*files, *common])
        yield SketchAttributor(index)


def look_up(
    attributor: SketchAttributor, text: bytes, language: str | None = "python"
) -> Attribution:
    sent = json.loads(json.dumps(sketch_file(text, language).as_json()))
    answer = attributor.attribute(read_sketch_file(sent))
    jsonschema.validate(json.loads(json.dumps(as_json(answer))), json.loads(published_schema()))
    return answer


def lines(name: str, first: int, last: int) -> bytes:
    text = (STDLIB / f"{name}.py").read_bytes().split(b"\n")
    return b"\n".join(text[first - 1 : last]) + b"\n"


@pytest.mark.parametrize("language", ["python", None])
def test_a_copied_piece_is_found_with_its_lines(
    attributor: SketchAttributor, language: str | None
) -> None:
    own = b"my_own_first_line = 17\n\n"
    answer = look_up(attributor, own + lines("heapq", 130, 170), language)
    assert answer.status is Status.PARTIAL
    assert "the text was not compared" in (answer.status_reason or "")
    assert answer.label is Label.SIMILAR
    source = answer.sources[0]
    assert source.kind is MatchKind.SIMILAR
    assert source.occurrences[0].path == "heapq.py"
    match = source.matches[0]
    shift = 130 - 3
    assert match.kind is MatchKind.SIMILAR
    assert abs(match.source.start_line - match.snippet.start_line - shift) <= 1
    assert abs(match.source.end_line - match.snippet.end_line - shift) <= 1
    assert match.snippet.end_line > 25
    assert 0.7 < source.containment <= 1
    assert "heapq.py" in answer.reason
    assert "not compared" in answer.reason


def test_spans_contain_the_same_text_on_both_sides(attributor: SketchAttributor) -> None:
    text = lines("shlex", 130, 160)
    match = look_up(attributor, text).sources[0].matches[0]
    whole = (STDLIB / "shlex.py").read_bytes()
    ours = text[match.snippet.start : match.snippet.end]
    assert len(ours) > 0.8 * len(text)
    assert ours == whole[match.source.start : match.source.end]


def test_a_long_text_is_found_by_its_winnowed_fingerprints(attributor: SketchAttributor) -> None:
    answer = look_up(attributor, (STDLIB / "textwrap.py").read_bytes())
    assert answer.sources[0].occurrences[0].path == "textwrap.py"
    assert answer.sources[0].containment > 0.9
    assert answer.sources[0].longest_run_tokens > 500


def test_renamed_code_is_found(attributor: SketchAttributor) -> None:
    text = lines("heapq", 130, 170)
    for old, new in ((b"heap", b"pile"), (b"item", b"thing"), (b"pos", b"place")):
        text = text.replace(old, new)
    answer = look_up(attributor, text)
    assert answer.sources[0].occurrences[0].path == "heapq.py"


def test_two_sources_are_two(attributor: SketchAttributor) -> None:
    answer = look_up(attributor, lines("heapq", 130, 170) + lines("shlex", 130, 160))
    assert {s.occurrences[0].path for s in answer.sources} == {"heapq.py", "shlex.py"}


def test_original_code_is_none_and_never_checked(attributor: SketchAttributor) -> None:
    answer = look_up(attributor, code(999))
    assert answer.label is Label.NONE
    assert answer.status is Status.PARTIAL
    assert answer.sources == ()


def test_common_code_is_called_common() -> None:
    with MemoryIndex() as index:
        fill(index, [file(code(1) + code(n), f"o{n}/r", language="python") for n in range(50, 64)])
        few = SketchAttributor(index, AttributorSettings(min_confidence=1.0))
        answer = look_up(few, code(1))
    assert answer.label is Label.COMMON
    assert answer.common_count == 14


@pytest.mark.parametrize(
    ("text", "says"), [(b"a = 1\n", "too short"), (b"# only this\n", "no code")]
)
def test_a_short_text_is_not_checked(attributor: SketchAttributor, text: bytes, says: str) -> None:
    answer = look_up(attributor, text)
    assert answer.status is Status.NOT_CHECKED
    assert answer.label is None
    assert says in (answer.status_reason or "")


def test_limits_are_kept(attributor: SketchAttributor) -> None:
    text = lines("heapq", 130, 170) + lines("shlex", 130, 160)
    one = SketchAttributor(attributor.index, AttributorSettings(max_sources=1))
    assert len(look_up(one, text).sources) == 1
    hurried = SketchAttributor(attributor.index, AttributorSettings(max_seconds=0.0))
    answer = look_up(hurried, text)
    assert "the time limit of 0 s was reached" in (answer.status_reason or "")
    assert answer.candidates_verified == 1


def test_other_parameters_are_refused(attributor: SketchAttributor) -> None:
    made = sketch_file(code(1), "python", params=SketchParams(raw_k=10))
    with pytest.raises(InputError, match="raw_k 10 instead of 12"):
        attributor.attribute(made)


@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_sketch_with_false_positions_breaks_nothing(
    attributor: SketchAttributor, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = json.loads(json.dumps(sketch_file(lines("heapq", 130, 170), "python").as_json()))
    for kind, k in (("raw", 12), ("renamed", 20)):
        columns = shape[kind]
        kept = rng.random(len(columns["fingerprints"])) < rng.random()
        kept[0] = True  # an empty list is refused, see test_sketch_command.py
        size = int(kept.sum())
        starts = rng.integers(0, 1 << 20, size)
        first = rng.integers(1, shape["lines"] + 1, size)
        columns["fingerprints"] = [
            f for f, k in zip(columns["fingerprints"], kept, strict=True) if k
        ]
        columns["positions"] = rng.integers(0, shape["tokens"] - k + 1, size).tolist()
        columns["starts"] = starts.tolist()
        columns["ends"] = (starts + rng.integers(1, 1000, size)).tolist()
        columns["start_lines"] = first.tolist()
        columns["end_lines"] = rng.integers(first, shape["lines"] + 1).tolist()
    shape["minhash"], shape["bands"] = [], []
    answer = attributor.attribute(read_sketch_file(shape))
    assert answer.status is Status.PARTIAL
    jsonschema.validate(json.loads(json.dumps(as_json(answer))), json.loads(published_schema()))
    for source in answer.sources:
        assert source.similarity <= 1
        assert all(match.kind is MatchKind.SIMILAR for match in source.matches)
