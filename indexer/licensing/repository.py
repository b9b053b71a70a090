"""The licence of each file of one repository: what the file says, and what is said about it.

The order is that of `attribution.licensing.evidence`: the file's own statement, a declaration about
it, the nearest licence file, the nearest manifest, the README, and what nearly all other files say.
Each of these is read once, whatever the number of files.

A licence text does not say whether later versions may be used, and several texts in one folder do
not say whether they are a choice. Notices of other files, the manifest or the README do, and are
asked for that alone.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from attribution.lexing.languages import language_of_path
from attribution.licensing.evidence import (
    DECLARATION,
    FILE_HEADER,
    LICENSE_FILE,
    OTHER_FILES,
    PACKAGE_METADATA,
    README,
    UNIDENTIFIED,
    combine_evidence,
)
from attribution.licensing.expressions import NOASSERTION, license_ids, license_texts
from attribution.types import Holder, LicenseEvidence
from indexer.licensing.comments import leading_comments
from indexer.licensing.credits import Credits, asks_for_notice
from indexer.licensing.declarations import Declarations, is_declaration, is_dep5
from indexer.licensing.holders import find_holders, read_holder
from indexer.licensing.license_files import (
    LicenseFile,
    governed_folder,
    is_license_file,
    is_plain,
    is_readme,
    join,
    read_license_file,
    read_readme,
)
from indexer.licensing.manifests import is_manifest, read_manifest
from indexer.licensing.notices import Statement, statement_of
from indexer.licensing.phrases import family_of

__all__ = [
    "LicenseAndHolders",
    "RepositoryLicenses",
    "of_content",
]

_KEPT = 8  # files
_MOST_SAMPLED = 10_000  # files
_FEW = 3  # notices at least that speak for a folder
_MAJORITY = 5  # files that must agree before they speak for the others
_ANY_VERSION = {"GPL": "GPL-1.0-or-later", "LGPL": "LGPL-2.0-or-later"}
_GNU = re.compile(r"([AL]?GPL)-(\d\.\d)-(only|or-later)")


class LicenseAndHolders(NamedTuple):
    """What is known of a file."""

    license: LicenseEvidence
    holders: tuple[Holder, ...]
    notice: str = ""  # contents of NOTICE, where the licence asks for them


def of_content(
    content: bytes, language: str | None, rest: tuple[LicenseEvidence, ...]
) -> LicenseAndHolders:
    """What a file says itself, combined with all else that is known of it."""
    comment = leading_comments(content, language)
    statement = statement_of(content, language, comment)
    own = () if statement is None else (_own(statement, rest),)
    return LicenseAndHolders(combine_evidence((*own, *rest)), find_holders(comment))


def _own(statement: Statement, rest: Iterable[LicenseEvidence]) -> LicenseEvidence:
    """A file's statement as evidence."""
    expression = _resolved(statement, rest)
    matcher = statement.matcher
    if expression == NOASSERTION and (statement.family or not _is_file_of_licenses(statement.file)):
        matcher = UNIDENTIFIED
    return LicenseEvidence(expression, FILE_HEADER, lines=statement.lines, matcher=matcher)


def _is_file_of_licenses(name: str) -> bool:
    """Whether a pointer is to what the licence files say; in most repositories, one of them."""
    return name in ("", ".") or is_license_file(name)


def _resolved(statement: Statement, rest: Iterable[LicenseEvidence]) -> str:
    """The licence of a statement; of a family, what other evidence says that belongs to it."""
    if not statement.family:
        return statement.expression
    for evidence in rest:
        ids = [i for i in license_ids(evidence.expression) if family_of(i) == statement.family]
        if ids and statement.expression != NOASSERTION:
            return join((*sorted(ids), statement.expression), choice=True)
        if ids:
            return join(tuple(sorted(ids)), choice=" OR " in evidence.expression)
    # A GNU licence of which no version is named is of any version: its text says so.
    gnu = _ANY_VERSION.get(statement.family)
    known = (e for e in (gnu, statement.expression) if e not in (None, NOASSERTION))
    return join(tuple(known), choice=True)


def _with_later(expression: str, notices: Callable[[], Counter[str]]) -> str:
    """The licence of a GNU text: the notices say from which version on it holds, if from any.

    "Version 2 or (at your option) any later version" goes with the text of version 3 too.
    """
    text = _GNU.fullmatch(expression)
    if text is None or text[3] != "only":
        return expression
    for said, count in notices().most_common():
        notice = _GNU.fullmatch(said)
        if notice and notice[1] == text[1] and notice[2] <= text[2] and notice[3] == "or-later":
            return said if count > notices()[expression] else expression
    return expression


class RepositoryLicenses:
    """Licence evidence for the files of one repository."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], bytes | None],
        metadata: str | None = None,
        sample: Callable[[str], Sequence[str]] = lambda _: (),
        authors: tuple[Holder, ...] = (),
    ) -> None:
        """
        Args:
            paths: those that `has_license_evidence`, "/" between parts.
            read: gives the bytes of one of them, or of the sample.
            metadata: the SPDX expression that is stated for the whole package.
            sample: gives some of the code files below a folder, see `LicensePaths`.
            authors: those that are stated for the whole package.
        """
        read = lru_cache(_KEPT)(read)  # a manifest is asked for its licence, then for its authors
        self._read = read
        self._metadata = metadata
        self._sample = sample
        self._authors = authors
        self._files: dict[str, list[str]] = {}  # by the folder that they speak of
        self._manifests: dict[str, list[str]] = {}
        self._readmes: dict[str, list[str]] = {}
        declared = []
        self._by_lower: dict[str, str] = {}
        paths = sorted(paths)
        self._credits = Credits(paths, read)
        for path in paths:
            folder = path.rpartition("/")[0]
            self._by_lower.setdefault(path.lower(), path)
            if is_declaration(path):
                declared.append(path)
            elif is_license_file(path):
                self._files.setdefault(governed_folder(path), []).append(path)
            elif is_manifest(path):
                self._manifests.setdefault(folder, []).append(path)
            elif is_readme(path):
                self._readmes.setdefault(folder, []).append(path)
        self._declarations = Declarations(declared, read)
        self._nearest: dict[tuple[str, str], tuple[str, LicenseEvidence] | None] = {}
        self._rest: dict[str, tuple[LicenseEvidence, ...]] = {}
        self._pointed: dict[str, LicenseEvidence | None] = {}
        self._holders: dict[str, tuple[Holder, ...]] = {}  # of the licence files read so far
        self._notices: dict[str, Counter[str]] = {}  # by folder
        self._stated: dict[str, str] = {}  # by path of a file of the samples
        # The own words of files of the samples, until `of` is asked for them: with language.
        self._sampled: dict[str, tuple[str | None, Statement | None, tuple[Holder, ...]]] = {}

    def of(self, path: str, content: bytes, language: str | None) -> LicenseAndHolders:
        """The licence of one file and its holders: its own, else those of its licence file.

        Args:
            language: canonical name, of the comments that are read.
        """
        rest = self._for_folder(path.rpartition("/")[0])
        statement, holders = self._own_words(path, content, language)
        own: list[LicenseEvidence] = []
        if statement is not None:
            own.append(_own(statement, rest))
            if own[0].expression != NOASSERTION:  # then other files do not speak for this one
                rest = tuple(e for e in rest if e.evidence != OTHER_FILES)
            if own[0].expression == NOASSERTION and statement.file not in ("", "."):
                named = self._named(path, statement.file)
                own = own if named is None else [named]
        declared = self._declarations.of(path)
        if declared:
            lines = (declared.line, declared.line)
            evidence = LicenseEvidence(
                declared.expression, DECLARATION, file=declared.file, lines=lines
            )
            holders = holders or tuple(filter(None, map(read_holder, declared.holders)))
            if declared.overrides:
                return self._with_credits(path, combine_evidence((evidence,)), holders)
            own.append(evidence)
        evidence = combine_evidence((*own, *rest))
        if not holders and evidence.evidence == LICENSE_FILE and evidence.file:
            holders = self._holders.get(evidence.file, ())
        return self._with_credits(path, evidence, holders)

    def _own_words(
        self, path: str, content: bytes, language: str | None
    ) -> tuple[Statement | None, tuple[Holder, ...]]:
        """What a file says of its licence and its holders."""
        sampled = self._sampled.pop(path, None)
        if sampled is not None and sampled[0] == language:
            return sampled[1:]
        comment = leading_comments(content, language)
        return statement_of(content, language, comment), find_holders(comment)

    def _with_credits(
        self, path: str, license_: LicenseEvidence, holders: tuple[Holder, ...]
    ) -> LicenseAndHolders:
        holders = holders or self._credits.authors(path) or self._authors
        notice = self._credits.notice(path) if asks_for_notice(license_.expression) else ""
        return LicenseAndHolders(license_, holders, notice)

    # ---- what is said about folders ----

    def _for_folder(self, folder: str) -> tuple[LicenseEvidence, ...]:
        if folder not in self._rest:
            file = self._up(folder, LICENSE_FILE, self._in_license_files)
            manifest = self._up(folder, PACKAGE_METADATA, self._in_manifest)
            if manifest is None and self._metadata:
                manifest = ("", LicenseEvidence(self._metadata, PACKAGE_METADATA))
            found = [file[1]] if file else []
            # A licence file further down than the manifest is of something that the package
            # bundles: of that, the manifest does not speak.
            if manifest is not None and (file is None or len(file[0]) <= len(manifest[0])):
                found.append(manifest[1])
            readme = self._up(folder, README, self._in_readme)
            # A README mentions licences of much else: where others speak, it is asked only for
            # what their texts leave open.
            if readme is not None and (
                not found
                or (file is not None and len(readme[0]) > len(file[0]))
                or license_texts(readme[1].expression) == license_texts(found[0].expression)
            ):
                found.append(readme[1])
            if not found or found[0].evidence == README:
                others = self._majority()
            else:
                others = self._neighbours(folder, file[0] if file else "", found[0])
            if others:
                found.append(LicenseEvidence(others, OTHER_FILES))
            self._rest[folder] = tuple(found)
        return self._rest[folder]

    def _up(
        self, folder: str, kind: str, read: Callable[[str], LicenseEvidence | None]
    ) -> tuple[str, LicenseEvidence] | None:
        """The nearest folder, going up, in which something is said, and what."""
        key = (kind, folder)
        if key not in self._nearest:
            evidence = read(folder)
            found = None if evidence is None else (folder, evidence)
            if found is None and folder:
                found = self._up(folder.rpartition("/")[0], kind, read)
            self._nearest[key] = found
        return self._nearest[key]

    def _in_manifest(self, folder: str) -> LicenseEvidence | None:
        for path in self._manifests.get(folder, ()):
            content = self._read(path)
            stated = read_manifest(path, content) if content else None
            if stated is not None:
                lines = (stated.line, stated.line) if stated.line else None
                return LicenseEvidence(
                    stated.expression, PACKAGE_METADATA, file=path, lines=lines, matcher="field"
                )
        return None

    def _in_readme(self, folder: str) -> LicenseEvidence | None:
        for path in self._readmes.get(folder, ()):
            content = self._read(path)
            said = read_readme(content) if content else None
            if said is not None:
                return LicenseEvidence(
                    said.expressions[0], README, file=path, lines=said.lines, matcher=said.matcher
                )
        return None

    def _in_license_files(self, folder: str) -> LicenseEvidence | None:
        return self._read_files(self._files.get(folder, ()))

    def _read_files(self, paths: Iterable[str]) -> LicenseEvidence | None:
        """What several licence files of one folder say together."""
        found: list[tuple[str, LicenseFile]] = []
        for path in sorted(paths, key=lambda p: (p.count("/"), p)):
            content = self._read(path)
            if content and is_dep5(content):
                self._declarations.add_dep5(governed_folder(path), path)
                continue
            file = read_license_file(content) if content else None
            if file is not None:
                found.append((path, file))
                if is_license_file(path):
                    self._holders[path] = file.holders
        plain = [entry for entry in found if is_plain(entry[0])]
        found = plain or found  # LICENSE.zlib-ng beside LICENSE is of what is bundled
        beside = [(p, f) for p, f in found if "/licen" not in f"/{p.rpartition('/')[0].lower()}"]
        names: dict[str, str] = {}
        for path, _ in beside:  # COPYING decides, not doc/COPYING; docs/FTL.TXT is another text
            names.setdefault(path.rpartition("/")[2].lower(), path)
        files = [(p, f) for p, f in beside if p in names.values()] or found
        if not files:
            return None
        texts = {license_texts(e) for _, f in files for e in f.expressions}
        if not beside and len(texts) > 1 and not self._said_in_files():
            return None  # of several texts in LICENSES/, only the files say which one is theirs
        overview = [(path, file) for path, file in files if file.choice][:1]
        files = overview or files
        expressions = tuple(dict.fromkeys(e for _, f in files for e in f.expressions))
        expression = self._meant(expressions, choice=bool(overview), several=len(files) > 1)
        if expression == NOASSERTION:
            return None
        path, file = next(
            (x for x in files if license_texts(x[1].expressions[0]) & license_texts(expression)),
            files[0],
        )
        return LicenseEvidence(
            expression, LICENSE_FILE, file=path, lines=file.lines, matcher=file.matcher
        )

    def _meant(self, expressions: tuple[str, ...], *, choice: bool, several: bool) -> str:
        """Licence texts as one expression; the notices of files say what texts leave open.

        Args:
            several: the texts are in several files, so none of them comes first.
        """
        if set(expressions) == {"GPL-3.0-only", "LGPL-3.0-only"}:
            # the LGPL 3 is a supplement to the GPL 3, whose text has to be beside it
            expressions = ("LGPL-3.0-only",)
        if len(expressions) > 1 and not several and not choice:
            expressions = expressions[:1]  # the first licence of a file is the project's own
        if len(expressions) > 1 and not choice:
            texts = license_texts(join(expressions, choice=False))
            notices = self._said_in_files()
            for said, count in notices.most_common():
                ours = license_texts(said)
                enough = ours == texts or count >= _FEW  # a single file may be someone else's
                if ours and ours <= texts and enough and count * 4 >= notices.total():
                    return said
        later = tuple(dict.fromkeys(_with_later(e, self._said_in_files) for e in expressions))
        texts_alone = {e.replace("-or-later", "-only") for e in later if e.endswith("-or-later")}
        return join(tuple(e for e in later if e not in texts_alone), choice=choice)

    # ---- what other files say ----

    def _said_in_files(self, folder: str = "") -> Counter[str]:
        """Expressions of the notices in the sample of a folder, with the number of files."""
        if folder not in self._notices:
            notices = self._notices[folder] = Counter()  # a pointer in a file may ask for them
            for expression in map(self._said_in, self._sample(folder)):
                # FSF's all-permissive licences are those of build files, not of a project
                if expression and "FSF" not in expression:
                    notices[expression] += 1
        return self._notices[folder]

    def _said_in(self, path: str) -> str:
        """The expression of a file's own notice; "" without one."""
        if path not in self._stated:
            content = self._read(path) or b""
            language = language_of_path(path)
            said, holders = self._own_words(path, content, language)
            if content and len(self._sampled) < _MOST_SAMPLED:
                self._sampled[path] = (language, said, holders)
            expression = said.expression if said else NOASSERTION
            if said and expression == NOASSERTION and language_of_path(said.file):
                named = self._named(path, said.file)
                expression = named.expression if named else NOASSERTION
            self._stated[path] = "" if expression == NOASSERTION else expression
        return self._stated[path]

    def _majority(self) -> str | None:
        """What four in five of the files say that say anything."""
        notices = self._said_in_files()
        expression, count = next(iter(notices.most_common(1)), ("", 0))
        return expression if count >= _MAJORITY and count * 5 >= notices.total() * 4 else None

    def _neighbours(self, folder: str, top: str, known: LicenseEvidence) -> str | None:
        """What most files around say; looked for in each folder going up, `top` being the last.

        Asked only where some files of the repository contradict what is known of all.
        """
        texts = license_texts(known.expression)
        if all(license_texts(said) <= texts for said in self._said_in_files()):
            return None
        while not (notices := self._said_in_files(folder)) or notices.total() < _FEW:
            if folder in (top, ""):
                return None
            folder = folder.rpartition("/")[0]
        ((expression, count),) = notices.most_common(1)
        most = count * 5 >= notices.total() * 4 and count * 2 >= len(self._sample(folder))
        return expression if most else None

    def _named(self, path: str, name: str) -> LicenseEvidence | None:
        """What the file says that a notice points to; looked for in each folder going up."""
        folder = path.rpartition("/")[0]
        while True:
            target = posixpath.normpath(f"{folder}/{name}" if folder else name).lower()
            for ending in ("", ".txt", ".md", ".rst"):
                found = self._by_lower.get(target + ending)
                if found is not None:
                    if found not in self._pointed:
                        self._pointed[found] = self._read_files([found])
                    return self._pointed[found]
            if language_of_path(name):  # "See Copyright Notice in lua.h"
                if target not in self._pointed:
                    self._pointed[target] = self._read_files([target])
                if (evidence := self._pointed[target]) is not None:
                    return evidence
            if not folder:
                return None
            folder = folder.rpartition("/")[0]
