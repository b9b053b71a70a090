"""Changes in a checkout since a revision: `git diff`, and files that are not tracked yet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from attribution.errors import InputError
from audit.inputs.checkout import GitFailed, GitTooSlow, Repository
from audit.inputs.diff import PatchedFiles
from audit.inputs.files import Files, unicode_name
from audit.inputs.ignoring import SECONDS, nothing_ignored
from audit.inputs.interface import Input, InputOptions
from audit.inputs.patch import read_patches
from audit.inputs.revision import Revision
from audit.inputs.selection import Selection
from audit.types import Item, LeftOut

__all__ = ["GitInput"]

# Overrides what the configuration of the user or the repository may have set.
_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
    "--find-renames", "--unified=0", "--inter-hunk-context=0", "--submodule=short",
    "--ignore-submodules=dirty", f"-O{os.devnull}", "--relative",
)  # fmt: skip


class GitInput(Input):
    """The lines of the working tree that were added since a revision."""

    empty_is_fine = True
    is_change = True

    def __init__(
        self, root: str, paths: Sequence[str], revision: str, options: InputOptions
    ) -> None:
        """Nothing is read yet.

        Args:
            root: absolute path of a folder in a checkout.
            paths: absolute paths within `root` to look at; empty for all of it.
            revision: any name of a commit; with "..." at its end, its merge base with HEAD.
        """
        self.root = root
        self.title = f"since {revision}"
        self._revision = revision
        self._paths = [path[len(root.rstrip("/")) + 1 :] or "." for path in paths]
        self._options = options
        self._repository = Repository(root)

    def before(self) -> Revision:
        return Revision(self._repository, self._commit())

    def items(self) -> Iterator[Item | LeftOut]:
        assert self.root is not None
        commit = self._commit()
        patched = PatchedFiles(self.root, self._options)
        arguments = (*_DIFF, commit, "--", *self._paths)
        with self._repository.stream(*arguments) as diff:
            for patch in read_patches(diff, self._options.max_file_size):  # type: ignore[arg-type]
                yield from patched.items(patch)
        yield from self._untracked()

    def _untracked(self) -> Iterator[Item | LeftOut]:
        files = Files(self._options, Selection(self._options, self.root))
        ignored = ("--exclude-standard",) if self._options.gitignore else ()
        list_ = ("ls-files", "-z", "--others")
        try:
            listed = self._repository.output(*list_, *ignored, "--", *self._paths, seconds=SECONDS)
        except GitTooSlow as error:
            if not ignored:
                raise
            yield nothing_ignored("./", str(error))
            listed = self._repository.output(*list_, "--", *self._paths, seconds=SECONDS)
        for name in sorted(filter(None, listed.split("\0"))):
            shown = unicode_name(name)
            if name.endswith("/"):
                yield LeftOut(shown, "submodule", "a nested checkout; audit it separately")
            else:
                yield files.take(f"{self.root}/{name}", shown)

    def _commit(self) -> str:
        """The id of the commit to compare with."""
        self._in_checkout()
        revision, dots, after = self._revision.partition("...")
        if ".." in revision or after not in ("", "HEAD") or not revision:
            raise InputError(
                f"--since {self._revision}: the working tree is compared with one revision; write "
                "REV, or REV... for the merge base of HEAD and REV"
            )
        commit = self._resolved(revision)
        if not dots:
            return commit
        try:
            return self._repository.output("merge-base", commit, self._resolved("HEAD")).strip()
        except GitFailed as error:
            raise InputError(
                f"--since {self._revision}: HEAD and {revision} have no common commit"
                f"{self._shallow()}"
            ) from error

    def _resolved(self, revision: str) -> str:
        # --end-of-options, so that a revision starting with a dash is not taken for an option.
        try:
            return self._repository.output(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            ).strip()
        except GitFailed as error:
            raise InputError(
                f"--since: git knows no revision {revision!r} in {self.root}{self._shallow()}"
            ) from error

    def _shallow(self) -> str:
        """The remedy if the clone is shallow; else ""."""
        if self._repository.output("rev-parse", "--is-shallow-repository").strip() != "true":
            return ""
        return (
            "; the clone is shallow, run git fetch --unshallow, or use fetch-depth: 0 in "
            "actions/checkout"
        )

    def _in_checkout(self) -> None:
        try:
            self._repository.output("rev-parse", "--show-toplevel")
        except GitFailed as error:
            if "bare repository" in error.said:
                raise InputError(
                    f"{self.root} is a bare repository, and --since needs the files of a checkout; "
                    "create one with git worktree add FOLDER or git clone"
                ) from error
            if "not a git repository" not in error.said and "work tree" not in error.said:
                raise
            raise InputError(
                f"{self.root} is not in a git checkout, and --since needs its history"
            ) from error
