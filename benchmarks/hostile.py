"""`python -m benchmarks.hostile`: time and memory against size, for readers and look-ups of texts
that are made to be slow. Exits with 1 if one grows faster than n log n without a bound.

With `--fuzz MINUTES`, readers and look-ups get inputs with random damage: see `benchmarks.fuzz`.

Each case runs in a process of its own with n, 2n and 4n bytes. Growth is the exponent between the
first and the last run; below a tenth of a second it is noise. n log n gives about 1.1 here.
"""

from __future__ import annotations

import math
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import click

__all__ = ["CASES", "Run", "growth", "measure"]

_MOST_GROWTH = 1.4  # exponent: a little above n log n, for noise
_SHORT = 0.1  # seconds below which a growth is noise
_SECONDS = 60  # per run
# Cases that may grow faster up to some size, where a limit holds them: see docs/security.md.
_BOUNDED = {"look-up, numbered calls"}

Reader = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a case."""

    size: int  # bytes
    seconds: float  # of CPU, because the machine may be busy
    memory: int  # bytes that the process grew by


def _repeat(text: str) -> Callable[[int], bytes]:
    """Texts of n bytes that repeat a piece."""
    return lambda n: (text * (n // len(text.encode()) + 1)).encode()[:n]


def _before(head: str, text: str) -> Callable[[int], bytes]:
    return lambda n: head.encode() + _repeat(text)(n)


def _table(n: int) -> bytes:
    rng = random.Random(1)
    return b", ".join(rng.choice((b"0", b"NULL", b"1", b"ab")) for _ in range(n // 4))


def _manifest(name: str) -> Reader:
    def read(text: bytes) -> object:
        from indexer.licensing.authors import manifest_authors
        from indexer.licensing.manifests import read_manifest

        read_manifest(name, text)
        return manifest_authors(name, text.decode("utf-8", "replace"))

    return read


def _comment(text: bytes) -> object:
    from indexer.licensing.comments import later_comments, leading_comments, plain_text
    from indexer.licensing.holders import find_holders
    from indexer.licensing.notices import find_statement

    later_comments(text, "python")
    for comment in (leading_comments(text, "python"), plain_text(text.decode("utf-8", "replace"))):
        find_statement(comment)
        find_holders(comment)
    return None


def _license_file(text: bytes) -> object:
    from indexer.licensing.license_files import read_license_file, read_readme

    return read_license_file(text), read_readme(text)


def _notebook(text: bytes) -> object:
    from attribution.errors import InputError
    from attribution.lexing.notebooks import notebook_code
    from attribution.types import Snippet

    try:
        return notebook_code(Snippet(text, "jupyter notebook", "a.ipynb"))
    except InputError:
        return None


def _toml(text: bytes) -> object:
    from attribution.untrusted_files import parse_toml

    try:
        return parse_toml(text.decode())
    except ValueError:
        return None


def _diff(text: bytes) -> object:
    import io

    from attribution.errors import InputError
    from audit.inputs.patch import read_patches

    try:
        return list(read_patches(io.BytesIO(text), 1 << 30))
    except InputError:
        return None


def _decisions(text: bytes) -> object:
    from audit.decisions.inline import inline_decisions
    from audit.types import Item

    return inline_decisions(Item("a.py", text, "python"))


def _look_up(text: bytes, indexed: bytes = b"") -> object:
    """Look up a text in an index that has another, or itself, three times, slightly changed."""
    from attribution.attributor import Attributor
    from attribution.settings import AttributorSettings
    from attribution.sketching.sketch import SketchParams
    from attribution.types import LicenseEvidence, NewFile, Occurrence, Snippet
    from tests.support.memory_index import MemoryIndex

    index = MemoryIndex(SketchParams())
    license_ = LicenseEvidence("MIT", "file header")
    with index.writer() as writer:
        for number in range(3):
            seen = Occurrence(f"o/{number}", "a.py", origin=f"o/{number}", license=license_)
            writer.add([NewFile((indexed or text) + b"\nrow = %d" % number, "python", seen)])
        writer.commit()
    settings = AttributorSettings(max_seconds=3600)
    return Attributor(index, settings).attribute(Snippet(text, "python"))


_PIECE = b"".join(b"total_%d = combine(left, right_%d) // %d\n" % (n, n, n) for n in range(6))


def _pieces(n: int) -> bytes:
    """A text with thousands of copies of a piece, and other code between them."""
    other = b"".join(b"%b unique_%d[%d] ^= ~%d;\n" % (_PIECE, i, i, i) for i in range(n // 250 + 1))
    return other[:n]


CASES: dict[str, tuple[Callable[[int], bytes], Reader]] = {
    "build.gradle, nested openings": (
        _repeat("licenses {license {name\n"),
        _manifest("build.gradle"),
    ),
    "build.gradle, openings, then names": (
        lambda n: _repeat("licenses {license {")(n // 2) + _repeat("name name ")(n // 2),
        _manifest("build.gradle"),
    ),
    "pom.xml, openings": (_repeat("<licenses><name><url><!--"), _manifest("pom.xml")),
    "pom.xml, names and spaces": (
        lambda n: b"<licenses>" + _repeat("<name>   \n ")(n) + b"</licenses>",
        _manifest("pom.xml"),
    ),
    "package.json, nesting": (_repeat("["), _manifest("package.json")),
    "setup.py, quotes": (_repeat("license='''\"License :: "), _manifest("setup.py")),
    "setup.cfg, continuations": (_before("[metadata]\n", "license=\n \n"), _manifest("setup.cfg")),
    "meson.build, openings": (_repeat("project( license "), _manifest("meson.build")),
    "podspec, openings": (_repeat(".license = { type "), _manifest("a.podspec")),
    "gemspec, lists": (_repeat(".licenses = ["), _manifest("a.gemspec")),
    "opam, lists": (_repeat("license: ["), _manifest("opam")),
    "pubspec.yaml, empty items": (_before("licenses:\n", "  -\n \n"), _manifest("pubspec.yaml")),
    "DESCRIPTION, continuations": (_before("License: a\n", " |\n"), _manifest("DESCRIPTION")),
    "cabal, spaces": (_repeat("license:   \n"), _manifest("a.cabal")),
    "app.src, braces": (_repeat("{licenses,["), _manifest("a.app.src")),
    "pyproject.toml, dotted keys": (_repeat("a."), _manifest("pyproject.toml")),
    "comment of brackets and spaces": (_repeat("# Copyright (c) 19   , 20  -\n"), _comment),
    "comment of addresses": (_repeat("# Copyright 2020 <a@( at [ at <"), _comment),
    "comment of phrases": (_repeat("# licensed under the terms of the either or "), _comment),
    "comment of SPDX snippets": (_repeat("# SPDX-SnippetBegin REUSE-IgnoreStart\n"), _comment),
    "comment of digits": (_repeat("# Copyright 2000, 2001-"), _comment),
    "licence file of titles": (_repeat("MIT License version 2 or GPL\n"), _license_file),
    "licence file of spaces": (_repeat("   \n\t  "), _license_file),
    "licence file of GPL": (_repeat("GNU General Public License either version "), _license_file),
    "README of headings": (_repeat("# License\n\n"), _license_file),
    "notebook of strings": (_repeat('  "\\\\\\\\\\\\ \n'), _notebook),
    "TOML of tables": (_repeat("[a.b.c]\n"), _toml),
    "diff of hunks": (
        _before("diff --git a/a b/a\n--- a/a\n+++ b/a\n", "@@ -1 +1 @@\n-a\n+b\n"),
        _diff,
    ),
    "diff of headers": (_repeat("diff --git a/b b/c d/e\n"), _diff),
    "decisions": (_repeat("# whence: ignore   \n"), _decisions),
    "decisions on one line": (_repeat("# whence:ignore "), _decisions),
    "look-up, table": (_table, _look_up),
    "look-up, zeros": (_repeat("0, "), _look_up),
    "look-up, brackets": (_repeat("("), _look_up),
    "look-up, quotes": (_repeat('\'"""`'), _look_up),
    "look-up, one word": (_repeat("x"), _look_up),
    "look-up, calls": (_repeat("call(a, b)\n"), _look_up),
    "look-up, numbered calls": (
        lambda n: b"".join(b"call(a, %d)\n" % i for i in range(n // 12))[:n],
        _look_up,
    ),
    "look-up, comment": (_before("/*", " * a b c\n"), _look_up),
    "look-up, pieces": (_pieces, lambda text: _look_up(text, _PIECE)),
    "look-up, licences": (
        _repeat("# Permission is hereby granted, free of charge, to any\n"),
        _look_up,
    ),
}


def measure(name: str, size: int) -> Run:
    """Run a case; the first of a process also loads code, so a small one goes before it."""
    text, read = CASES[name]
    read(text(1000))
    data = text(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    read(data)
    seconds = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Run(len(data), seconds, (after - before) << 10)


def growth(runs: list[Run]) -> float:
    """The exponent with which time grows with size; 0 for what takes no time."""
    if runs[-1].seconds < _SHORT:
        return 0.0
    first, last = runs[0], runs[-1]
    return math.log(last.seconds / max(first.seconds, _SHORT / 50)) / math.log(
        last.size / first.size
    )


def _measured(name: str, sizes: list[int]) -> list[Run] | None:
    """The runs of a case; None when one takes too long or too much memory."""
    context = multiprocessing.get_context("spawn")
    runs = []
    for size in sizes:
        with ProcessPoolExecutor(1, context) as pool:
            future = pool.submit(measure, name, size)
            try:
                runs.append(future.result(_SECONDS))
            except (TimeoutError, BrokenProcessPool, MemoryError):
                for worker in (pool._processes or {}).values():
                    worker.kill()
                return None
    return runs


@click.command()
@click.option("--size", default=100_000, show_default=True, help="Bytes of the smallest text.")
@click.option("--only", default="", help="Cases whose names contain this.")
@click.option("--fuzz", "minutes", type=float, help="Read inputs with random damage for so long.")
def main(size: int, only: str, minutes: float | None) -> None:
    """Print time and memory against size."""
    if minutes is not None:
        from benchmarks.fuzz_profile import print_profile

        sys.exit(not print_profile(minutes, only))
    sizes = [size, 2 * size, 4 * size]
    slow = 0
    click.echo(f"| case | {' | '.join(f'{s // 1000} kB' for s in sizes)} | growth | memory |")
    click.echo("|---|" + "---:|" * (len(sizes) + 2))
    for name in CASES:
        if only not in name:
            continue
        runs = _measured(name, sizes)
        if runs is None:
            slow += 1
            click.echo(f"| {name} | | | | over {_SECONDS} s, or out of memory | **slow** |")
            continue
        exponent = growth(runs)
        slow += exponent > _MOST_GROWTH and name not in _BOUNDED
        times = " | ".join(f"{run.seconds:.3f} s" for run in runs)
        flag = " **slow**" if exponent > _MOST_GROWTH else ""
        click.echo(f"| {name} | {times} | {exponent:.1f}{flag} | {runs[-1].memory >> 20} MB |")
    sys.exit(slow > 0)


if __name__ == "__main__":
    main()
