"""`scripts/check_words.py`, the part of `make lint` that keeps words out of the repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "check_words.py"


def check(path: Path, text: str) -> tuple[int, str]:
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = 1\n# The user is told.\n", "told"),  # words: allow
        ("x = 1\ndef what_is_told(): ...\n", "told"),  # words: allow
        ("x = 1\nNobody = None\n", "Nobody"),  # words: allow
        ("x = 1\n# It was written by\n# hand.\n", "by # hand"),
        ("\ngoes_on_with = 1\n", "goes_on_with"),  # words: allow
    ],
)
def test_a_planted_word_fails(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "planted.py"
    code, output = check(path, text)
    assert code == 1
    assert f"{path}:2: {word!r}: write " in output


@pytest.mark.parametrize(
    "text",
    [
        "# Two decimal places, done by hand; it stands for the rest, and stands out.\n",
        "# The untold, standing bystander understands.\n",
        "# told, on purpose  # words: allow\n",
    ],
)
def test_other_uses_pass(tmp_path: Path, text: str) -> None:
    assert check(tmp_path / "clean.py", text) == (0, "")
