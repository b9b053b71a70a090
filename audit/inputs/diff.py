"""Unified diffs, of which only the added lines are judged.

If the working tree has the new file and it agrees with the diff, the whole file is the context;
otherwise the hunks are. Names in a diff are only followed below the root.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import accumulate

from attribution.errors import InputError
from attribution.lexing.languages import language_of_path
from attribution.lexing.notebooks import NOTEBOOK
from audit.inputs.files import Files, too_large, unicode_name, with_cells
from audit.inputs.interface import Input, InputOptions
from audit.inputs.patch import FilePatch, Hunk, read_patches
from audit.inputs.patch_names import new_names, old_name
from audit.inputs.selection import Selection
from audit.inputs.streams import DAMAGE, open_stream
from audit.types import Item, LeftOut

__all__ = ["DiffInput", "PatchedFiles"]

# Hunks become one text with empty lines in between, so that its line numbers are those of the
# file. Hunks that are further apart than this become two texts.
_MAX_GAP = 10_000  # lines


class DiffInput(Input):
    """A diff in a file, or on standard input for "-"."""

    empty_is_fine = True
    is_change = True

    def __init__(self, name: str, root: str | None, options: InputOptions) -> None:
        """Nothing is read yet.

        Args:
            root: absolute path of the working tree that the names in the diff are relative to.
        """
        self.root = root
        self.title = unicode_name(name)
        self._name = name
        self._patched = PatchedFiles(root, options)
        self._limit = options.max_file_size

    def items(self) -> Iterator[Item | LeftOut]:
        with open_stream(self._name) as stream:
            try:
                for patch in read_patches(stream, self._limit):
                    yield from self._patched.items(patch)
            except DAMAGE as error:
                raise InputError(f"{self.title} cannot be read to its end: {error}") from error
            except InputError as error:
                raise InputError(f"{self.title}: {error}") from error


class PatchedFiles:
    """Items of the files that patches change."""

    def __init__(self, root: str | None, options: InputOptions) -> None:
        self._root = None if root is None else os.path.realpath(root)
        self._options = options
        self._selection = Selection(options, root)
        self._files = Files(options, self._selection)

    def items(self, patch: FilePatch) -> Iterator[Item | LeftOut]:
        """The items of one file: none if nothing was added, one if its text is known."""
        if patch.deleted:
            yield from _of_deleted(patch)
            return
        path, raw = self._find(patch)
        name = unicode_name(raw) or f"line {patch.line} of the diff"
        if patch.mode in ("160000", "120000"):
            if patch.hunks:
                kind = "submodule" if patch.mode == "160000" else "link"
                yield LeftOut(name, kind, "its code is not in this repository; audit it separately")
            return
        if patch.binary:
            yield self._binary(path, name)
            return
        hunks = [hunk for hunk in patch.hunks or () if hunk.lines]
        if not patch.problem and not any(True in hunk.added for hunk in hunks):
            return
        left_out = self._selection.excluded(name)
        if left_out is not None:
            yield left_out
            return
        text = self._text(path, name)
        language = language_of_path(name, text or (hunks[0].lines[0] if hunks else b""))
        left_out = self._selection.refused(name, language)
        if left_out is not None:
            yield left_out
        elif patch.problem:
            yield LeftOut(name, *patch.problem, wanted=True)
        elif text is not None and (judged := _added_in(text, hunks)) is not None:
            yield with_cells(Item(name, text, language, judged))
        elif language == NOTEBOOK:
            detail = "the diff has no whole cells; audit a checkout with the changed notebook"
            yield LeftOut(name, "notebook", detail, wanted=True)
        else:
            yield from _texts_of(hunks, name, language, self._options.max_file_size)

    def _find(self, patch: FilePatch) -> tuple[str | None, str]:
        """The path of the new file in the working tree, if it exists, and its name."""
        names = (patch.new,) if patch.exact else new_names(patch.new, patch.old)
        for raw in names:
            name = os.fsdecode(raw)
            if self._root is None or not name or name.startswith("/") or "\0" in name:
                continue
            path = f"{self._root}/{name}"
            # A name with "..", or below a link to elsewhere, does not belong to this tree.
            if os.path.realpath(path) == path and os.path.isfile(path):  # noqa: PTH113 - may raise
                return path, name
        return None, os.fsdecode(names[0])

    def _text(self, path: str | None, name: str) -> bytes | None:
        item = None if path is None else self._files.read(path, name, named=True)
        return item.code if isinstance(item, Item) else None

    def _binary(self, path: str | None, name: str) -> Item | LeftOut:
        """A file whose change is not shown, because git treats it as binary."""
        if path is not None:
            return self._files.take(path, name)
        if not self._selection.wanted(name):
            return LeftOut(name, "binary", "the diff does not show it")
        detail = "the diff does not show its lines; make it with git diff --text"
        return LeftOut(name, "binary", detail, wanted=True)


def _of_deleted(patch: FilePatch) -> Iterator[LeftOut]:
    """Nothing to judge, unless the diff is damaged: it adds lines to a file that it deletes."""
    problem = patch.problem
    if problem is None and any(True in hunk.added for hunk in patch.hunks or ()):
        detail = f"line {patch.line} of the diff: it deletes the file and adds lines to it"
        problem = ("malformed", detail)
    if problem is not None:
        name = unicode_name(os.fsdecode(old_name(patch.old)))
        yield LeftOut(name or f"line {patch.line} of the diff", *problem, wanted=True)


def _added_in(text: bytes, hunks: list[Hunk]) -> tuple[tuple[int, int], ...] | None:
    """Byte ranges of the added lines in a file; None if it is not the new file of the diff."""
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    ranges: list[tuple[int, int]] = []
    for hunk in hunks:
        for number, (line, added) in enumerate(
            zip(hunk.lines, hunk.added, strict=True), hunk.start
        ):
            # git shows a line as it would store it, maybe without its carriage return.
            if not 0 < number <= len(lines) or line.rstrip(b"\r\n") != lines[number - 1].rstrip(
                b"\r"
            ):
                return None
            if added:
                _extend(ranges, starts[number - 1], min(starts[number], len(text)))
    return tuple(ranges)


def _texts_of(
    hunks: list[Hunk], name: str, language: str | None, limit: int
) -> Iterator[Item | LeftOut]:
    """The hunks of a file as one item, or as several if they are far apart."""
    run: list[Hunk] = []
    first = True
    for hunk in [*hunks, None]:
        if run:
            gap = -1 if hunk is None else hunk.start - run[-1].start - len(run[-1].lines)
            if not 0 <= gap <= _MAX_GAP:
                own = name if first else f"{name}#L{run[0].start}"
                yield from _text_of(run, own, language, limit)
                run, first = [], False
        if hunk is not None:
            run.append(hunk)


def _text_of(
    run: list[Hunk], name: str, language: str | None, limit: int
) -> Iterator[Item | LeftOut]:
    code = bytearray()
    ranges: list[tuple[int, int]] = []
    number = run[0].start
    for hunk in run:
        if code and not code.endswith(b"\n"):
            code += b"\n"
        code += b"\n" * (hunk.start - number)
        number = hunk.start + len(hunk.lines)
        for line, added in zip(hunk.lines, hunk.added, strict=True):
            if added:
                _extend(ranges, len(code), len(code) + len(line))
            code += line
    if len(code) > limit:
        yield too_large(name, len(code), limit)
    elif ranges:
        yield Item(name, bytes(code), language, tuple(ranges), max(run[0].start, 1))


def _extend(ranges: list[tuple[int, int]], start: int, end: int) -> None:
    """Add a range; one that touches the last range extends it."""
    if ranges and ranges[-1][1] == start:
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))
