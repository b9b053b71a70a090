"""Reads folders with the version of Whence that is on PYTHONPATH, and writes each file's licence.

    PYTHONPATH=TREE python license_child.py OUTPUT PACKAGE...

Runs with this version and with the first one, so it uses only what both have. OUTPUT gets a line of
JSON for each file that would be indexed, and at the end one with times in seconds: "read", of
reading all files with licences, and "plain", of reading them without.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attribution.types import UNKNOWN_LICENSE, NewFile
from indexer.sources.folder import FolderSource
from indexer.sources.interface import SourceOptions

try:
    licensing: Any = importlib.import_module("indexer.licensing.repository")
    NOTHING: Any = licensing.LicenseAndHolders(UNKNOWN_LICENSE, ())
except ImportError:  # the first version
    licensing = importlib.import_module("indexer.repository_licenses")
    NOTHING = UNKNOWN_LICENSE


def read(packages: list[Path]) -> Iterator[tuple[str, NewFile]]:
    """The files of all packages that would be indexed, without Debian's own folder."""
    for package in packages:
        debians = (str(package / "debian"), str(package / ".pc"))  # .pc: backups of its patches
        source = FolderSource(package, SourceOptions(leave_out=debians))
        for item in source.read():
            if isinstance(item[0], NewFile):
                yield package.name, item[0]


def nothing(*_args: object, **_keywords: object) -> Any:
    """What is known of a file when no licence is read."""
    return NOTHING


def main(output: str, *names: str) -> None:
    """Read twice, first with licences."""
    packages = [Path(name) for name in names]
    size = 0
    with Path(output).open("w", encoding="utf-8") as lines:
        started = time.process_time()
        for package, file in read(packages):
            size += len(file.content)
            license_ = file.occurrence.license
            entry: dict[str, Any] = {
                "package": package,
                "path": file.occurrence.path,
                "expression": license_.expression,
                "evidence": license_.evidence,
                "conflict": bool(license_.conflict),
                "bytes": len(file.content),
                "holders": [h.name for h in getattr(file.occurrence, "holders", ())],
            }
            lines.write(json.dumps(entry) + "\n")
        seconds = time.process_time() - started
        licensing.RepositoryLicenses.of = nothing
        started = time.process_time()
        for _ in read(packages):
            pass
        plain = time.process_time() - started
        lines.write(json.dumps({"read": seconds, "plain": plain, "bytes": size}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
