"""The parts of a test server: Elasticsearch's own archive from Maven Central, and a JDK."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path

VERSION = "9.2.8"
# Elastic's published server without its optional modules; 100 MB.
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
SHA256 = "db508f13489de1f46f1af9b487e1589071f34f5eb03a996b851a8bd67880f09b"
LEAST_JAVA = 21

_FETCH = "org.apache.maven.plugins:maven-dependency-plugin:2.8:get"
_FETCH_SECONDS = 300
_JVMS = ("/usr/lib/jvm", "/opt", "/Library/Java/JavaVirtualMachines")


class UnavailableError(Exception):
    """Something that a test server needs is unavailable; the message says what."""


def unpack(folder: Path) -> Path:
    """The server's home, unpacked into an existing folder; raises UnavailableError."""
    with zipfile.ZipFile(_archive()) as archive:
        archive.extractall(folder)
    home = folder / f"elasticsearch-{VERSION}"
    for script in (home / "bin").iterdir():
        script.chmod(0o755)
    return home


@cache
def java_home() -> Path:
    """A JDK that is new enough: from JAVA_HOME, PATH or the usual folders."""
    java = shutil.which("java")
    homes = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if name in os.environ]
    homes += [Path(java).resolve().parent.parent] if java else []
    for folder in map(Path, _JVMS):
        if folder.is_dir():
            homes += [
                one for path in sorted(folder.iterdir()) for one in (path, path / "Contents/Home")
            ]
    seen = {}
    for home in homes:
        major = _java_major(home / "bin" / "java")
        if major is not None and major >= LEAST_JAVA:
            return home
        if major is not None:
            seen[str(home)] = major
    found = ", ".join(f"{home} is {major}" for home, major in seen.items()) or "none found"
    raise UnavailableError(
        f"Elasticsearch {VERSION} needs a JDK >= {LEAST_JAVA} ({found}); "
        "install one, or name it in ES_JAVA_HOME"
    )


def _archive() -> Path:
    """The archive, from the user's cache or else from Maven Central, with its checksum verified."""
    cached = _cache_folder() / f"elasticsearch-{VERSION}.zip"
    if cached.exists() and _sha256(cached) == SHA256:
        return cached
    maven = shutil.which("mvn")
    if maven is None:
        raise UnavailableError(f"mvn, which fetches Elasticsearch {VERSION}, is not on PATH")
    cached.parent.mkdir(parents=True, exist_ok=True)
    # Its own Maven repository, so that the file is where we look and is not copied elsewhere.
    with tempfile.TemporaryDirectory(dir=cached.parent) as repository:
        command = [
            maven, "-B", "-q", _FETCH,
            f"-Dartifact={ARTIFACT}", "-Dtransitive=false", f"-Dmaven.repo.local={repository}",
        ]  # fmt: skip
        _run(command)
        fetched = next(Path(repository).rglob(cached.name), None)
        if fetched is None:
            raise UnavailableError(f"mvn brought no {cached.name}")
        got = _sha256(fetched)
        if got != SHA256:
            raise UnavailableError(f"{cached.name} has SHA-256 {got}, not {SHA256}: not used")
        fetched.replace(cached)
    return cached


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whence" / "tests"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"mvn took more than {_FETCH_SECONDS} s") from None
    if done.returncode:
        raise UnavailableError(f"mvn failed: {(done.stderr or done.stdout)[-500:].strip()}")


def _java_major(java: Path) -> int | None:
    """The version that `java -version` prints: 25 for "25.0.3", 8 for "1.8.0"."""
    if not os.access(java, os.X_OK):
        return None
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found else None
