"""Report words of scripts/words.txt in the files of this repository; exit 1 if there are any.

    python scripts/check_words.py [FILE...]

Without arguments, every text file that git tracks or would add is read. A line that needs one of
the words, such as a test of this check, ends in a comment with `words: allow`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORDS = Path(__file__).with_name("words.txt")
SUFFIXES = {
    ".css", ".html", ".js", ".json", ".md", ".mjs", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"
}  # fmt: skip
NAMES = {"Dockerfile", "Makefile", ".env.example", ".gitignore", ".dockerignore"}
SKIPPED = ("tests/corpus/", "scripts/words.txt", "webapp/page/package-lock.json")
# What a space of an expression matches; a comment or a docstring may break the line there.
GAP = r"(?: |_|\s*\n\s*(?:#|//|\*|>)?\s*)"


def read_words() -> list[tuple[re.Pattern[str], str]]:
    """The expressions, with what to write instead."""
    entries = []
    for line in WORDS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            expression, advice = line.split("\t")
            # A look-behind has a fixed width, so its spaces match one character.
            wide = re.sub(
                r"(\(\?<![^)]*\))| ",
                lambda m: m[1].replace(" ", r"[\s_]") if m[1] else GAP,
                expression,
            )
            whole = rf"(?<![a-z])(?:{wide})(?![a-z])"
            entries.append((re.compile(whole, re.IGNORECASE), advice))
    return entries


def tracked_files() -> list[Path]:
    """All text files that git tracks or would add, without those that are not ours."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [Path(name) for name in listed.splitlines() if not name.startswith(SKIPPED)]
    return [p for p in paths if p.suffix in SUFFIXES or p.name in NAMES]


def findings(text: str, entries: list[tuple[re.Pattern[str], str]]) -> Iterator[tuple[int, str]]:
    """The line number and a message for each use of a word."""
    lines = text.splitlines()
    for pattern, advice in entries:
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            if "words: allow" not in lines[number - 1]:
                yield number, f"{' '.join(match[0].split())!r}: write {advice}"


def main(names: list[str]) -> int:
    entries = read_words()
    count = 0
    for path in map(Path, names) if names else tracked_files():
        full = path if names else ROOT / path
        if full.is_file():
            for number, message in sorted(findings(full.read_text("utf-8"), entries)):
                print(f"{path}:{number}: {message}")
                count += 1
    if count:
        print(f"{count} words that we do not use; scripts/words.txt has the list")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
