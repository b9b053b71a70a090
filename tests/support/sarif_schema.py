"""The JSON Schema of SARIF 2.1.0, from the npm package that has it, once for this user.

No package of PyPI carries it, and it is OASIS', so it is not in this repository. It comes by
`npm pack`, which runs no script, and its bytes are compared. Where npm or the network is lacking,
tests that need it are skipped; the others hold what GitHub needs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest

from webapp.page_build import BuildError, find_node

PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
SHA256 = "2d99159ae54a3eea97f81781cff48780548657c35949f4b7f25e99a2ba4de4f8"
_SECONDS = 60


@cache
def sarif_schema() -> dict[str, object]:
    """The schema (draft 4); skips the calling test if it is unavailable."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = home / "whence" / "tests" / "sarif-2.1.0-rtm.5.json"
    text = kept.read_bytes() if kept.exists() else b""
    if hashlib.sha256(text).hexdigest() != SHA256:
        text = _fetched()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(text)
    schema: dict[str, object] = json.loads(text)
    return schema


def _fetched() -> bytes:
    try:
        node = find_node()
    except BuildError as error:
        pytest.skip(f"the SARIF schema comes by npm: {error}")
    with tempfile.TemporaryDirectory() as folder:
        command = [*node.npm, "pack", PACKAGE, "--silent", "--pack-destination", folder]
        path = os.pathsep.join(filter(None, (node.path, os.environ.get("PATH"))))
        try:
            subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "PATH": path},
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"npm could not bring {PACKAGE}: {error}")
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            member = archive.extractfile(MEMBER)
            assert member is not None
            text = member.read()
    assert hashlib.sha256(text).hexdigest() == SHA256, f"{PACKAGE} has another {MEMBER}"
    return text
