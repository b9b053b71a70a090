"""Python's standard library, as installed with an interpreter."""

from __future__ import annotations

import platform
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from attribution.untrusted_files import is_file
from indexer.sources.files import RepositoryInfo, try_read
from indexer.sources.folder import FolderSource
from indexer.sources.interface import SourceOptions
from indexer.sources.listing import Folder, list_folders

__all__ = ["StandardLibrary", "is_standard_library", "standard_library_path"]

# Written when Python is built or used, so not in its repository; or other projects' packages.
_NOT_OURS = re.compile(r"site-packages|dist-packages|__pycache__|config-\d.*|lib-dynload")


def standard_library_path() -> Path:
    """The standard library of the running interpreter."""
    return Path(sysconfig.get_path("stdlib"))


def is_standard_library(folder: Path) -> bool:
    """Whether a folder is a standard library: it has modules that no other folder has together."""
    return all(is_file(folder / name) for name in ("os.py", "site.py", "abc.py", "codecs.py"))


class StandardLibrary(FolderSource):
    """The library's files under their paths in CPython's repository, at the tag of the version."""

    def __init__(self, root: Path, options: SourceOptions) -> None:
        version = _version(root)
        repository = RepositoryInfo(
            "python/cpython",
            f"v{version}" if version.count(".") == 2 else version or None,
            "https://github.com/python/cpython",
            prefix="Lib/",
        )
        # Linux distributions remove LICENSE.txt; the licence is the same.
        super().__init__(root, options, repository=repository, metadata="PSF-2.0")
        self.name = f"stdlib:{root}"

    def _listed(self) -> Iterator[Folder]:
        for folder in list_folders(str(self.root), self._leave_out):
            if not folder.prefix:
                folder.keep([n for n in folder.names if not n.startswith("_sysconfigdata")])
                folder.inside = [n for n in folder.inside if not _NOT_OURS.fullmatch(n)]
            folder.inside = [n for n in folder.inside if n != "__pycache__"]
            yield folder


def _version(root: Path) -> str:
    """Three numbers where they are known, else the two in the folder's name, else ""."""
    if root == standard_library_path():
        return platform.python_version()
    header = root.parent.parent / "include" / root.name / "patchlevel.h"
    found = re.search(rb'PY_VERSION\s+"([\w.]+)', try_read(str(header)) or b"")
    if found:
        return found[1].decode()
    named = re.search(r"\d+\.\d+", root.name)
    return named[0] if named else ""
