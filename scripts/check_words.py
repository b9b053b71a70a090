"""Report words of scripts/words.txt in the files of this repository; exit 1 if there are any.

    python scripts/check_words.py [FILE...]

Without arguments it reads every text file that git tracks or would add. A line that needs one of
the words all the same, such as a test of this check, ends in a comment with `words: allow`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LIST = Path(__file__).with_name("words.txt")
SUFFIXES = {".css", ".html", ".js", ".md", ".mjs", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"}
NAMES = {"Dockerfile", "Makefile", ".env.example"}
SKIPPED = ("tests/corpus/", "scripts/words.txt")


def read_list() -> list[tuple[re.Pattern[str], str]]:
    entries = []
    for line in LIST.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, advice = line.split("\t")
            whole = rf"(?<![a-z])(?:{pattern.replace(' ', '[ _]')})(?![a-z])"
            entries.append((re.compile(whole, re.IGNORECASE), advice))
    return entries


def tracked() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if not name.startswith(SKIPPED)]


def main(names: list[str]) -> int:
    entries = read_list()
    count = 0
    for name in names or tracked():
        path = Path(name)
        if (path.suffix not in SUFFIXES and path.name not in NAMES) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if "words: allow" in line:
                continue
            for pattern, advice in entries:
                for match in pattern.finditer(line):
                    print(f"{name}:{number}: {match[0]!r}: write {advice}")
                    count += 1
    if count:
        print(f"{count} words that we do not use; scripts/words.txt has the list")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
