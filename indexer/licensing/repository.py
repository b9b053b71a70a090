"""The licence of each file of one repository: what it says itself, and what is said about it."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass

from attribution.licenses import NOASSERTION, license_ids
from indexer.licensing.comments import leading_comments
from indexer.licensing.license_files import (
    governed_folder,
    is_license_file,
    is_readme,
    join,
    read_license_file,
    read_readme,
)
from indexer.licensing.manifests import is_manifest, read_manifest
from indexer.licensing.notices import Statement, find_statement
from indexer.licensing.phrases import family_of

__all__ = ["Evidence", "RepositoryLicenses"]


@dataclass(frozen=True, slots=True)
class Evidence:
    expression: str
    kind: str
    file: str
    matcher: str
    lines: tuple[int, int] | None = None
    against: tuple[str, ...] = ()


class RepositoryLicenses:
    def __init__(self, paths, read, sample=(), metadata=None, language=None):
        """`paths`: all of the repository."""
        self._read = read
        self._language = language
        self._folders: dict[str, list[str]] = {}
        self._by_lower = {p.lower(): p for p in paths}
        self._manifests: dict[str, list[str]] = {}
        self._readmes: dict[str, list[str]] = {}
        for path in sorted(paths):
            folder = path.rpartition("/")[0]
            if is_license_file(path):
                self._folders.setdefault(governed_folder(path), []).append(path)
            if is_manifest(path):
                self._manifests.setdefault(folder, []).append(path)
            elif is_readme(path):
                self._readmes.setdefault(folder, []).append(path)
        self._nearest = {}
        self._stated = {}
        self._sample = sample
        self._notices: Counter[str] | None = None
        self._counted = 0
        self._metadata = metadata

    # ---- one file ----

    def of(self, path: str, content: bytes) -> Evidence:
        statement = find_statement(leading_comments(content, self._language(path)))
        folder = path.rpartition("/")[0]
        nearest = self.nearest(folder)
        if statement is not None:
            found = self._own(path, statement, nearest)
            if found is not None:
                if nearest is not None and found.kind == "file header" and not self._agree(found.expression, nearest.expression):
                    return Evidence(found.expression, found.kind, found.file, found.matcher, found.lines, (nearest.expression,))
                return found
            if statement.family and nearest is not None:
                return Evidence(nearest.expression, nearest.kind, nearest.file, nearest.matcher, nearest.lines, (statement.family,))
        if nearest is not None:
            return nearest
        return self._majority() or Evidence(NOASSERTION, "none", "", "")

    def _majority(self):
        """What nearly all files say that say anything, where nothing speaks of the repository."""
        notices = self._neighbours()
        if not notices:
            return None
        expression, count = notices.most_common(1)[0]
        if count >= 5 and count * 5 >= sum(notices.values()) * 4:
            return Evidence(expression, "other files", "", "notice")
        return None

    def _agree(self, a, b):
        return loose(a) & loose(b) != set() or b == NOASSERTION

    def _own(self, path, statement: Statement, nearest):
        if statement.expression != NOASSERTION:
            return Evidence(statement.expression, "file header", path, statement.matcher, statement.lines)
        if statement.family:
            if nearest is not None:
                ids = [i for i in license_ids(nearest.expression) if family_of(i) == statement.family]
                if ids:
                    return Evidence(join(tuple(sorted(ids)), choice=" OR " in nearest.expression), "file header", path, "family", statement.lines)
            return None
        if statement.file and statement.file != ".":
            named = self._resolve(path, statement.file)
            if named is not None:
                return self._evidence([named])
        return None

    def _resolve(self, path, name):
        folder = path.rpartition("/")[0]
        while True:
            candidate = posixpath.normpath(f"{folder}/{name}" if folder else name)
            for ext in ("", ".txt", ".md", ".rst"):
                found = self._by_lower.get((candidate + ext).lower())
                if found is not None:
                    return found
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    # ---- licence files ----

    def nearest(self, folder: str) -> Evidence | None:
        """What is known about a folder: licence files, then manifests, then the README."""
        files = self._up(folder, self._nearest, self._in_files)
        manifest = self._up(folder, self._stated, self._in_manifests)
        if files is None:
            return manifest[1] if manifest else None
        # A licence file further down than the manifest is of something that the package bundles.
        if manifest is not None and len(files[0]) <= len(manifest[0]):
            return self._finer(files[1], manifest[1])
        return files[1]

    def _up(self, folder, known, read):
        if folder not in known:
            found = read(folder)
            known[folder] = (folder, found) if found else None
            if not found and folder:
                known[folder] = self._up(folder.rpartition("/")[0], known, read)
        return known[folder]

    def _in_files(self, folder):
        return self._evidence(self._folders.get(folder, []))

    def _in_manifests(self, folder):
        for path in self._manifests.get(folder, ()):
            content = self._read(path)
            stated = read_manifest(path, content) if content else None
            if stated is not None:
                line = (stated.line, stated.line) if stated.line else None
                return Evidence(stated.expression, "package metadata", path, "field", line)
        for path in self._readmes.get(folder, ()):
            content = self._read(path)
            said = read_readme(content) if content else None
            if said is not None:
                return Evidence(said.expressions[0], "readme", path, said.matcher, said.lines)
        return None

    def _finer(self, file: Evidence, manifest: Evidence) -> Evidence:
        """A manifest says what texts cannot: later versions, a choice, or which one is meant."""
        ours, theirs = loose(file.expression), loose(manifest.expression)
        if theirs and theirs <= ours and file.matcher in ("license text", "title"):
            if manifest.kind == "package metadata" or "-or-later" in manifest.expression or len(ours) > 1:
                if not (ours == theirs and "-or-later" in file.expression):
                    return Evidence(manifest.expression, file.kind, file.file, file.matcher, file.lines)
            return file
        if ours != theirs and manifest.kind == "package metadata":
            return Evidence(file.expression, file.kind, file.file, file.matcher, file.lines, (manifest.expression,))
        return file

    def _evidence(self, paths):
        read = []
        for path in sorted(paths, key=lambda p: (p.count("/"), p)):
            content = self._read(path)
            file = read_license_file(content) if content else None
            if file is not None and file.expressions:
                read.append((path, file))
        if not read:
            return None
        own = [x for x in read if x[0].rpartition("/")[0].rpartition("/")[2].lower() not in ("licenses", "licences")]
        read = own or read
        overview = [x for x in read if x[1].choice]
        if overview:
            read = overview[:1]
        expressions = tuple(dict.fromkeys(e for _, f in read for e in f.expressions))
        expression = self._finish(expressions, bool(overview), len(read) > 1)
        path, file = read[0]
        return Evidence(expression, "license file", path, file.matcher, file.lines)

    def _finish(self, expressions, choice, several):
        """What notices in the repository say about what texts leave open."""
        if set(expressions) == {"GPL-3.0-only", "LGPL-3.0-only"}:
            expressions = ("LGPL-3.0-only",)
        notices = self._neighbours()
        total = sum(notices.values())
        if len(expressions) > 1 and not choice:
            said = [e for e, n in notices.most_common() if loose(e) and loose(e) <= loose_all(expressions) and n * 4 >= total]
            if said:
                return said[0]
            if not several:  # one file: its first licence is the project's own
                expressions = expressions[:1]
        out = []
        for e in expressions:
            if e.endswith("-only"):
                later = f"{e[:-5]}-or-later"
                if notices[later] > notices[e]:
                    e = later
            out.append(e)
        return join(tuple(dict.fromkeys(out)), choice=choice)

    def _neighbours(self):
        if self._notices is None:
            self._notices = Counter()
            for path, content in self._sample:
                self._counted += 1
                statement = find_statement(leading_comments(content, self._language(path)))
                if statement is not None and statement.expression != NOASSERTION and not statement.expression.startswith("FSF"):
                    self._notices[statement.expression] += 1
        return self._notices


def loose(expression):
    return {i.split(" WITH ")[0].removesuffix("-only").removesuffix("-or-later") for i in license_ids(expression)}


def loose_all(expressions):
    return set().union(*(loose(e) for e in expressions))
