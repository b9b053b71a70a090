"""Makes the table of `attribution.matching.idioms` from the `common` packages of packages.tsv.

    python -m benchmarks.idioms

To be run again when the lexer's tokens change. None of these packages is indexed or held out by the
benchmarks, so their figures say what the table does for code that it was not made from.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import click
import numpy as np
from numpy.typing import NDArray

from attribution.lexing.languages import canonical_language
from attribution.lexing.lexer import lex
from attribution.matching.idioms import IDIOMS, upper_halves
from attribution.matching.seeds import SEED
from attribution.sketching.fingerprints import kgrams_raw
from attribution.sketching.sketch import SketchParams
from benchmarks.corpus import read_content
from benchmarks.package_corpus import Package, code_of, fetch, packages

__all__ = ["family"]

PROJECTS = 3  # unrelated ones that must have a k-gram
MOST = 1_500_000  # bytes of one package; a random part of larger ones
PREFIXES = re.compile(r"^(golang-\w+-|node-|ruby-|python3?-|librust-|php-|lib(?=.*-java$))")


def family(name: str) -> str:
    """The project of a package: packages of one project copy from each other."""
    if ":" in name:
        return ".".join(name.partition(":")[0].split(".")[:3])
    return re.split(r"[-_.]", PREFIXES.sub("", name), maxsplit=1)[0]


def grams_of(package: Package) -> NDArray[np.uint32]:
    """The distinct k-grams of a package."""
    files = list(code_of(package))
    random.Random(1).shuffle(files)
    found = [np.empty(0, np.uint32)]
    size = 0
    for file in files:
        content = read_content(file.path)
        if content is None or size > MOST:
            continue
        size += len(content)
        tokens = lex(content, canonical_language(file.language))
        grams = np.empty(len(tokens) + 1, np.uint64)
        count = kgrams_raw(tokens.hashes, len(tokens), SEED, grams)
        found.append(np.unique(upper_halves(grams[:count])))
    return np.unique(np.concatenate(found))


@click.command()
def main() -> None:
    """Write attribution/matching/idioms.bin."""
    common = [package for package in packages() if package.use == "common"]
    fetch(common)
    families: dict[str, list[NDArray[np.uint32]]] = defaultdict(list)
    with ProcessPoolExecutor() as pool:
        for package, grams in zip(common, pool.map(grams_of, common), strict=True):
            families[family(package.name)].append(grams)
    everything = np.concatenate([np.unique(np.concatenate(own)) for own in families.values()])
    values, projects = np.unique(everything, return_counts=True)
    table = values[projects >= PROJECTS]
    version = np.array([SketchParams().lexer_version], "<u4")
    IDIOMS.write_bytes(version.tobytes() + table.astype("<u4").tobytes())
    click.echo(f"{len(table)} k-grams of {len(families)} projects, {IDIOMS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
