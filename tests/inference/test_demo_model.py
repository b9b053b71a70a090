"""The demo model: its lessons, tokenizer and examples, and a very small one that is trained."""

from __future__ import annotations

import ast
import multiprocessing
import random
import re
import shutil
from pathlib import Path

import pytest
import torch

from inference.demo_corpus import Lesson, digest_of, read_lessons, runs_of
from inference.demo_examples import Examples
from inference.demo_model import default_cache, demo_model, examples
from inference.demo_originals import brew_tea, moon_garden_schedule, tidy_shelf
from inference.demo_tokenizer import SPECIAL_TOKENS, train_tokenizer
from inference.errors import ModelError
from inference.interface import Chat, Completion, Infill, Message, Mode, Parameters
from inference.opening import open_generator
from inference.training import Recipe
from inference.training_progress import TrainingProgress

LESSONS = read_lessons()
TINY = Recipe(vocabulary=600, width=48, layers=2, heads=2, context=64, steps=200)
FEW = (
    Lesson("m", "one", "def one(x):\n    return x + 1\n", "Add one."),
    Lesson("m", "two", "def two(x):\n    return x + 2\n", ""),
    Lesson("", "own", "def own(y):\n    return y\n", "Give back."),
)


def test_lessons_are_whole_functions_that_are_known() -> None:
    names = {(lesson.module, lesson.name) for lesson in LESSONS}
    assert {("heapq", "heappush"), ("textwrap", "shorten"), ("", "tidy_shelf")} <= names
    assert 15_000 < sum(len(lesson.code) for lesson in LESSONS) < 45_000
    for lesson in LESSONS:
        (node,) = ast.parse(lesson.code).body
        assert isinstance(node, ast.FunctionDef | ast.ClassDef)
        assert node.name == lesson.name


def test_every_example_prompt_is_from_the_lessons() -> None:
    prompts = examples()
    codes = [lesson.code for lesson in LESSONS]
    names = {lesson.name for lesson in LESSONS}
    assert {type(prompt) for prompt in prompts} == {Completion, Chat, Infill}
    for prompt in prompts:
        if isinstance(prompt, Completion):
            assert any(code.startswith(prompt.text) for code in codes), prompt
        elif isinstance(prompt, Infill):
            assert any(
                code.startswith(prompt.prefix) and code.endswith(prompt.suffix) for code in codes
            )
        else:
            assert prompt.messages[0].content.removeprefix("Write ") in names


def test_without_sources_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"use a Python with its \.py files"):
        read_lessons(tmp_path)
    (tmp_path / "heapq.py").write_text("def broken(:\n")
    (tmp_path / "bisect.py").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="has 0 of its functions"):
        read_lessons(tmp_path)


def test_the_digest_changes_with_any_letter() -> None:
    other = (*FEW[:2], Lesson("", "own", FEW[2].code + "#", "Give back."))
    assert digest_of(FEW) == digest_of(FEW) != digest_of(other)


def test_runs_end_with_their_module() -> None:
    assert runs_of(FEW) == [f"{FEW[0].code}\n\n{FEW[1].code}", FEW[1].code, FEW[2].code]


def test_our_own_functions_do_what_they_say() -> None:
    assert "2 cups at 78 degrees" in brew_tea("green", 2)
    assert tidy_shelf({"a": 3, "b": 2, "c": 2}, 5) == [["a", "b"], ["c"]]
    with pytest.raises(ValueError, match="a shelf is 1 wide"):
        tidy_shelf({"a": 3}, 1)
    assert moon_garden_schedule(["fallow north", "south"], 0) == {
        "fallow north": "rest",
        "south": "water",
    }


def test_the_tokenizer_round_trips() -> None:
    tokenizer = train_tokenizer((lesson.code for lesson in LESSONS), 1000)
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == list(range(19))
    rng = random.Random(3)
    for lesson in LESSONS:
        code = lesson.code
        cut = rng.randrange(len(code))
        halves = [tokenizer.encode(part).ids for part in (code[:cut], code[cut:])]
        assert tokenizer.decode([*halves[0], *halves[1]]) == code
    assert (
        tokenizer.decode(tokenizer.encode("é\u20ac\U0001f600\r\n\t").ids)
        == "é\u20ac\U0001f600\r\n\t"
    )


def test_a_prompt_that_ends_with_a_line_has_the_tokens_of_the_lessons() -> None:
    tokenizer = train_tokenizer((lesson.code for lesson in LESSONS), 1000)
    whole = "def f(x):\n    return x\n"
    ids = tokenizer.encode(whole).ids
    for end in ("def f(x):", "def f(x):\n", "def f(x):\n    "):
        start = tokenizer.encode(end).ids
        assert ids[: len(start)] == start, end


def test_examples_are_the_same_for_a_seed_and_of_all_three_shapes() -> None:
    tokenizer = train_tokenizer((lesson.code for lesson in LESSONS), 1000)

    def encode(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text).ids
        return ids

    first, again, other = (Examples(LESSONS, encode, seed) for seed in (1, 1, 2))
    rows = [first.row(300) for _ in range(40)]
    assert rows == [again.row(300) for _ in range(40)] != [other.row(300) for _ in range(40)]
    assert {len(row) for row in rows} == {300}
    texts = [tokenizer.decode(row, skip_special_tokens=False) for row in rows]
    gap = r"<fim_prefix>(.*?)<fim_suffix>(.*?)<fim_middle>(.*?)<\|endoftext\|>"
    gaps = [found for text in texts for found in re.findall(gap, text, re.S)]
    assert len(gaps) >= 5
    sources = [lesson.code for lesson in LESSONS]
    for prefix, suffix, middle in gaps:
        assert any(prefix + middle + suffix in code for code in sources)
    assert any(re.search(r"(^|<\|endoftext\|>)# .*\ndef ", text) for text in texts)


class Steps(TrainingProgress):
    def __init__(self) -> None:
        self.losses: list[float] = []

    def advanced(self, done: int, steps: int, loss: float) -> None:
        assert done == len(self.losses)
        assert steps == TINY.steps
        self.losses.append(loss)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    cache = tmp_path_factory.mktemp("models")
    torch.set_num_threads(1)  # for matrices so small, threads only wait for each other
    steps = Steps()
    return demo_model(cache, steps, recipe=TINY, lessons=FEW), steps.losses


def test_it_learns_by_heart_and_is_kept(trained: tuple[Path, list[float]]) -> None:
    folder, losses = trained
    assert losses[1] > 3
    assert losses[-1] < 1
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= names
    assert "license_name: python-2.0" in (folder / "README.md").read_text()
    unused = Steps()
    assert demo_model(folder.parent, unused, recipe=TINY, lessons=FEW) == folder
    assert unused.losses == []
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]


def test_it_answers_all_three_kinds_of_prompt(
    trained: tuple[Path, list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = trained
    monkeypatch.setattr("inference.demo_model.demo_model", lambda **_: folder)
    with open_generator("demo") as generator:
        card = generator.card
        assert (card.id, card.engine) == ("demo", "demo")
        assert card.modes == frozenset(Mode)
        assert card.license.name == "python-2.0"
        assert not card.license.needs_acceptance
        greedy = Parameters(max_tokens=30, temperature=0)

        def say(prompt: Completion | Infill | Chat) -> str:
            return "".join(piece.text for piece in generator.generate(prompt, greedy))

        assert say(Completion("def own(y):\n")).startswith("    return y\n")
        assert "def" in say(Chat((Message("user", "Add one."),)))
        assert isinstance(say(Infill("def own(y):\n", "\n")), str)


def _train(cache: Path, number: int, done: multiprocessing.SimpleQueue[str]) -> None:
    recipe = Recipe(vocabulary=400, width=16, layers=1, heads=2, context=16, steps=3 + 0 * number)
    done.put(str(demo_model(cache, recipe=recipe, lessons=FEW)))


def test_several_processes_at_once_train_one_model(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    done: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    processes = [context.Process(target=_train, args=(tmp_path, i, done)) for i in range(2)]
    for process in processes:
        process.start()
    folders = {done.get() for _ in processes}
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(folders) == 1
    assert [str(path) for path in tmp_path.iterdir() if path.is_dir()] == list(folders)


def test_an_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(TrainingProgress):
        def advanced(self, done: int, steps: int, loss: float) -> None:  # noqa: ARG002
            if done == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_model(tmp_path, Interrupted(), recipe=TINY, lessons=FEW)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="WHENCE_CACHE_HOME"):
        demo_model(tmp_path / "file" / "below", recipe=TINY, lessons=FEW)
    shutil.rmtree(tmp_path)


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.delenv("WHENCE_CACHE_HOME", raising=False)
    assert default_cache() == Path("/x/whence/demo-model")
    monkeypatch.setenv("WHENCE_CACHE_HOME", "/y")
    assert default_cache() == Path("/y/demo-model")


@pytest.mark.parametrize("spec", ["", "gpt", "local", "local:", "remote:", "demo:x", "http://x"])
def test_a_wrong_specification_names_the_three_forms(spec: str) -> None:
    with pytest.raises(ModelError, match=r"demo, local:.* or remote:"):
        open_generator(spec)
