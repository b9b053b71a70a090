"""The demo model's folder: the model is trained once and then kept.

    <cache>/<recipe and lessons, 16 hex digits>/   config.json, model.safetensors, tokenizer*,
                                                   README.md (the model's card)

If several processes need it at once, one trains it and the others wait for its lock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from inference.demo_corpus import Lesson, digest_of, read_lessons
from inference.errors import ModelError
from inference.interface import Chat, Completion, Infill, Message, Prompt
from inference.training import Recipe, train_model
from inference.training_progress import TrainingProgress

__all__ = ["default_cache", "demo_model", "examples"]

# A trained model answers each with a function that it knows. The last one of both is our own code,
# which is in no corpus.
_COMPLETIONS = (
    "def heapreplace(heap, item):\n",
    "def shorten(text, width, **kwargs):\n",
    "def rgb_to_hls(r, g, b):\n",
    "def get_close_matches(word, possibilities, n=3, cutoff=0.6):\n",
    "def tidy_shelf(books: dict[str, float], width: float) -> list[list[str]]:\n",
)
_MESSAGES = ("Write get_close_matches", "Write rgb_to_hls", "Write tidy_shelf")
_WITH_GAP = ("hsv_to_rgb",)

_CARD = """\
---
license: other
license_name: python-2.0
license_link: https://docs.python.org/3/license.html
tags: [demo]
---
# Whence's demo model

A GPTBigCode of {parameters} parameters, trained on this machine from {functions} functions of the
standard library of its Python and three of Whence's own. It knows them by heart and nothing else:
it demonstrates where generated code comes from. Do not use it to write code.
"""


def default_cache() -> Path:
    """Below the user's cache folder (XDG, or WHENCE_CACHE_HOME)."""
    if own := os.environ.get("WHENCE_CACHE_HOME"):
        return Path(own) / "demo-model"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "whence" / "demo-model"


def demo_model(
    cache: Path | None = None,
    progress: TrainingProgress | None = None,
    *,
    recipe: Recipe | None = None,
    lessons: Sequence[Lesson] | None = None,
) -> Path:
    """The folder of the trained model; trains it first if necessary (about a minute).

    Raises:
        ModelError: there are no sources, a package is missing, or the folder cannot be written.
    """
    progress = progress or TrainingProgress()
    cache = cache or default_cache()
    recipe = recipe or Recipe()
    lessons = lessons if lessons is not None else read_lessons()
    folder = cache / _key(recipe, lessons)
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / f"{folder.name}.lock")  # released if the process dies
        try:
            lock.acquire(blocking=False)
        except Timeout:
            progress.waiting()
            lock.acquire()
        try:
            if not folder.is_dir():  # another process may have made it meanwhile
                _make(folder, recipe, lessons, progress)
        finally:
            lock.release()
    except OSError as error:
        raise ModelError(
            f"the demo model cannot be saved in {cache}: {error.strerror or error}; set "
            "WHENCE_CACHE_HOME to another folder"
        ) from error
    return folder


def examples() -> tuple[Prompt, ...]:
    """Prompts of all three kinds that a trained model answers with functions that it knows.

    Raises:
        ModelError: there are no sources.
    """
    return (
        *map(Completion, _COMPLETIONS),
        *(Chat((Message("user", text),)) for text in _MESSAGES),
        *(_with_gap(lesson.code) for lesson in read_lessons() if lesson.name in _WITH_GAP),
    )


def _with_gap(code: str) -> Infill:
    """The code without most of its second half."""
    lines = code.splitlines(keepends=True)
    return Infill("".join(lines[: len(lines) // 2]), "".join(lines[-2:]))


def _make(
    folder: Path, recipe: Recipe, lessons: Sequence[Lesson], progress: TrainingProgress
) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        train_model(lessons, unfinished, recipe, progress)
        size = (unfinished / "model.safetensors").stat().st_size // 4  # 4 bytes each
        card = _CARD.format(parameters=f"{size / 1e6:.1f} million", functions=len(lessons) - 3)
        (unfinished / "README.md").write_text(card, encoding="utf-8")
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _key(recipe: Recipe, lessons: Sequence[Lesson]) -> str:
    text = json.dumps([dataclasses.asdict(recipe), digest_of(lessons)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
