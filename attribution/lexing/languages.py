"""Languages: names, file names, and the syntax family of each. The table is languages.json.

A canonical name is a lower-case Linguist name ("python", "c++", "jupyter notebook"). The table
covers the 358 languages of The Stack v1 (whose older names are aliases) and those of v2 and v3 as
far as they are known.

A language is taken from the corpus or the caller, else from the file's name, else from the `#!`
line, never from the content: guessing was found to do more harm than good. So an extension belongs
to one language only. Where Linguist reads the file to decide (.m, .pl, .v, .h), it belongs to the
more common one.
"""

from __future__ import annotations

import json
from pathlib import Path

from attribution.lexing.syntaxes import SYNTAX_NUMBERS, SYNTAXES, Syntax
from attribution.line_ends import with_lone_returns_ended

__all__ = [
    "DATA_LANGUAGES",
    "LANGUAGES",
    "LOCK_FILES",
    "SYNTAXES",
    "Syntax",
    "canonical_language",
    "language_of_path",
    "languages_to_try",
    "syntax_of",
]

# A snippet of an unknown language is lexed as each of these. So as many renamed copies are found as
# if its language were given (benchmarks/unknown_language.py), which a guess from the content would
# not achieve: the best detector tried (magika) is wrong for one snippet in six.
_REPRESENTATIVES = (
    "javascript", "python", "shell", "sql", "ruby", "rust", "swift", "php", "go", "c", "kotlin",
    "scala", "c#", "java", "perl",
)  # fmt: skip

# Files that package managers write; some are in a language that people write code in, as YAML.
LOCK_FILES = frozenset(
    (
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
        "composer.lock", "cargo.lock", "gemfile.lock", "poetry.lock", "pdm.lock", "uv.lock",
        "pipfile.lock", "go.sum", "mix.lock", "pubspec.lock", "podfile.lock", "flake.lock",
        "packages.lock.json", "gradle.lockfile",
    )
)  # fmt: skip

_SEPARATORS = str.maketrans("", "", " -_'()")


def _key(name: str) -> str:
    """A name without case and separators: "Emacs-Lisp" and "emacs lisp" have the same key."""
    return name.lower().translate(_SEPARATORS)


_TABLE = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))


def _by(column: str) -> dict[str, str]:
    """The language of each value of a column of the table."""
    return {value: name for name, row in _TABLE.items() for value in row.get(column, ())}


LANGUAGES: tuple[str, ...] = tuple(_TABLE)
DATA_LANGUAGES = frozenset(name for name, row in _TABLE.items() if row.get("data"))  # not code

_FAMILIES = {name: SYNTAX_NUMBERS[row["syntax"]] for name, row in _TABLE.items()}
_NAMES = {_key(spelling): name for spelling, name in _by("aliases").items()}
_NAMES |= {_key(name): name for name in LANGUAGES}
_EXTENSIONS = _by("extensions")  # ".py" -> "python"; two-part ones (".html.erb") too
_FILE_NAMES = _by("file_names")
_INTERPRETERS = _by("interpreters")  # what a `#!` line names, without path and version digits
_COMPOUND_ENDS = frozenset(
    extension[extension.rindex(".") :] for extension in _EXTENSIONS if extension.rfind(".") > 0
)


def syntax_of(language: str | None) -> int:
    """The family number of a language, by canonical name or any known spelling; 0 if unknown."""
    if language is None:
        return 0
    family = _FAMILIES.get(language)
    if family is None:
        return _FAMILIES.get(_NAMES.get(_key(language), ""), 0)
    return family


def canonical_language(name: str) -> str | None:
    """The canonical name for a Linguist name, an alias or a dataset's folder name.

    Case, spaces, dashes and underscores are ignored: "C-Sharp", "csharp" and "C#" are the same.
    None when the name is unknown.
    """
    return _NAMES.get(_key(name))


def language_of_path(path: str, head: bytes = b"") -> str | None:
    """The language of a file by its name, else by the `#!` line at the start of `head`."""
    name = path[path.rfind("/") + 1 :]
    language = _FILE_NAMES.get(name)
    if language is not None:
        return language
    dot = name.rfind(".")
    if dot >= 0:
        extension = name[dot:]
        lower = extension.lower()
        if lower in _COMPOUND_ENDS:
            before = name.rfind(".", 0, dot)
            if before >= 0:
                language = _EXTENSIONS.get(name[before:].lower())
        # ".C" and ".S" mean something else than ".c" and ".s".
        language = language or _EXTENSIONS.get(extension) or _EXTENSIONS.get(lower)
        if language is None:  # "Dockerfile.prod"
            first = name.find(".", 1)
            language = _FILE_NAMES.get(name[:first]) if first > 0 else None
    if language is None and head.startswith(b"#!"):
        language = _language_of_shebang(head)
    return language


def _language_of_shebang(head: bytes) -> str | None:
    line = with_lone_returns_ended(head[2:200]).split(b"\n", 1)[0].decode("latin-1")
    for word in line.split():
        program = word.rpartition("/")[2]
        # `env -S NAME=value program`: the first word that is neither option nor assignment
        if program == "env" or word.startswith("-") or "=" in word:
            continue
        return _INTERPRETERS.get(program) or _INTERPRETERS.get(program.rstrip("0123456789."))
    return None


def languages_to_try(language: str | None) -> tuple[str, ...]:
    """The languages under whose syntaxes a snippet is lexed: its own, else the most common ones."""
    known = canonical_language(language) if language is not None else None
    return (known,) if known is not None else _REPRESENTATIVES
