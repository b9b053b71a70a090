"""A small real corpus for the tests of the page: own code, hostile code, and many small files."""

from __future__ import annotations

from pathlib import Path

from attribution.index import create_index
from attribution.types import LicenseEvidence, NewFile, Occurrence, OptOut, Skip
from tests.support.webapp_client import FILES

# What a page that trusts its corpus would run, break on, or send away.
HOSTILE_PATH = 'a/"><img src=x onerror=alert(1)>.py'
HOSTILE_REPOSITORY = "mallory/<script>alert(1)</script>"
HOSTILE = '''\
def mooring_gallows(rope):
    """</textarea><script>document.title = "taken"</script>"""
    banner = "<img src=x onerror=document.title='taken'>"
    knots = [turn for turn in rope if "${alert(1)}" not in turn and "{{7*7}}" not in turn]
    return banner + "".join(knots) + "\\u202egnp.exe"  # <svg onload=alert(2)>
'''
LONG = "".join(f"BEACON_{number} = {number * 7919 % 1000}\n" for number in range(1, 601))
LANTERNS = 45  # files with the word lantern: three pages of twenty


def lantern(number: int) -> NewFile:
    """One of many small files."""
    python = number % 3 != 0
    text = (
        f"def trim_lantern_{number}(oil, wick):\n    level = oil * {number + 2} - wick\n"
        f"    return max(level, {number})  # lantern number {number}\n"
        if python
        else f"function trimLantern{number}(oil, wick) {{\n"
        f"  const lantern = oil - wick * {number};\n"
        f"  return lantern > {number} ? lantern : 0;\n}}\n"
    )
    ending, name = ("py", "python") if python else ("js", "javascript")
    return NewFile(
        text.encode(),
        name,
        Occurrence(
            f"coast/lights{number % 4}",
            f"lamps/lantern_{number:02}.{ending}",
            f"{number:040x}",
            f"https://github.com/coast/lights{number % 4}",
            "2020-01-01",
            number,
            license=LicenseEvidence("MIT" if number % 2 else "BSD-3-Clause", "license file"),
        ),
    )


CONFLICT = "The file header says Apache-2.0, the licence file says GPL-2.0-only"
MORE = (
    NewFile(
        HOSTILE.encode(),
        "python",
        Occurrence(
            HOSTILE_REPOSITORY,
            HOSTILE_PATH,
            "e" * 40,
            license=LicenseEvidence("Apache-2.0", "file header", CONFLICT),
        ),
    ),
    NewFile(
        LONG.encode(),
        "python",
        Occurrence("coast/beacons", "beacons.py", "f" * 40, "https://github.com/coast/beacons"),
    ),
    *(lantern(number) for number in range(LANTERNS)),
)


def make_corpus(folder: Path) -> Path:
    """The index, with files that were left out and an owner who asked to be."""
    with create_index(folder, "harbour") as index:
        with index.writer() as writer:
            writer.add([*FILES, *MORE])
            writer.skip([Skip("quay/harbour/map.png", "binary"), Skip("quay/harbour/x", "empty")])
            writer.commit()
        index.remove([OptOut("owner", "hermit")])
    return folder
