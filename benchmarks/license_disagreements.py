"""Candidates for licences_debian.tsv: files that say themselves that Debian is wrong.

    python -m benchmarks.licences --disagreements

A candidate is a group of files of one package whose own SPDX tag or whole notice, as Whence reads
it, differs from Debian's licence. A person reads the notice of each group, and copies the rows of
those in which the file is right. Answers from licence files and manifests are never candidates.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from attribution.lexing.languages import language_of_path
from attribution.licensing.expressions import NOASSERTION
from benchmarks.debian_licenses import ListedError, compare, expression_of, words_of
from benchmarks.license_judge import Judged
from indexer.licensing.comments import leading_comments
from indexer.licensing.notices import find_statement

__all__ = ["candidates"]

# What is below it in a notice is the same for many licences.
DISCLAIMER = re.compile("is distributed in the hope|is provided by the|is provided as is")
FEWEST_WORDS = 5  # of a statement: fewer could be anywhere
MOST_WORDS = 60
EXAMPLES = 12  # files of a group whose statements are compared


def candidates(folder: Path, judged: Iterable[Judged]) -> Iterator[tuple[int, ListedError, str]]:
    """The groups, largest first: number of files, the row for the list, and one of the files."""
    groups: dict[tuple[str, str, str], list[tuple[str, int, list[str]]]] = defaultdict(list)
    for one in judged:
        if one.kind == "exact" or one.listed or one.answer.evidence != "file header":
            continue
        statement = stated(folder / one.answer.package / one.answer.path)
        if statement is None:
            continue
        expression, line, words = statement
        if compare(expression, expression_of(one.debian), conflict=False) != "exact":
            group = (one.answer.package, one.debian, expression)
            groups[group].append((one.answer.path, line, words))
    for (package, debian, expression), files in sorted(groups.items(), key=lambda g: -len(g[1])):
        for some in alike(files):
            shared = " ".join(shared_words([w for _, _, w in some])[:MOST_WORDS])
            glob = glob_of([path for path, _, _ in some])
            row = ListedError(package, glob, debian, expression, some[0][1], shared)
            yield len(some), row, some[0][0]


def stated(path: Path) -> tuple[str, int, list[str]] | None:
    """What a file says by a tag or a whole notice: expression, line, and the words."""
    content = path.read_bytes()
    comment = leading_comments(content, language_of_path(str(path), content[:256]))
    statement = find_statement(comment)
    if comment is None or statement is None or statement.expression == NOASSERTION:
        return None
    if statement.matcher not in ("SPDX tag", "notice"):
        return None
    first, last = statement.lines
    lines = [
        line
        for line, number in zip(comment.lines, comment.numbers, strict=True)
        if first <= number <= last
    ]
    words = words_of(" ".join(lines))
    above = DISCLAIMER.split(words)[0]
    return statement.expression, first, (above if len(above) > 60 else words).split()


def alike(
    files: Sequence[tuple[str, int, list[str]]],
) -> Iterator[list[tuple[str, int, list[str]]]]:
    """Files whose statements have enough words in common, each in one group."""
    rest = list(files)
    while rest:
        first = rest[0][2]
        group = [
            f for f in rest if len(shared_words([first, f[2]])) >= min(FEWEST_WORDS * 3, len(first))
        ]
        yield group
        rest = [f for f in rest if f not in group]


def shared_words(statements: Sequence[list[str]]) -> list[str]:
    """The longest run of words that the first statements share."""
    shared = statements[0]
    for other in statements[1:EXAMPLES]:
        matcher = SequenceMatcher(None, shared, other, autojunk=False)
        match = matcher.find_longest_match(0, len(shared), 0, len(other))
        shared = shared[match.a : match.a + match.size]
    return shared


def glob_of(paths: Sequence[str]) -> str:
    """The folder that some paths share, and the ending if it is the same."""
    if len(paths) == 1:
        return paths[0]
    folder = os.path.commonpath([posixpath.dirname(path) for path in paths])
    endings = {posixpath.splitext(path)[1] for path in paths}
    ending = endings.pop() if len(endings) == 1 else ""
    return (f"{folder}/*" if folder else "*") + ending
