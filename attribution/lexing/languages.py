"""Languages: their names, how to know one by a file's name, and the syntax family of each.

A canonical name is a lower-case Linguist name ("python", "c++", "jupyter notebook"). A language
is taken from what a corpus or a caller says, else from the file's name, else from the first
line's `#!`. It is never guessed from content.
"""

from __future__ import annotations

from collections.abc import Iterator

from attribution.lexing.language_table import FILE_NAMES, INTERPRETERS, TABLE
from attribution.lexing.syntaxes import SYNTAX_NUMBERS, SYNTAXES, Syntax

__all__ = [
    "LANGUAGES",
    "SYNTAXES",
    "Syntax",
    "canonical_language",
    "language_of_path",
    "languages_to_try",
    "syntax_of",
]

# What an unknown snippet is lexed as: the comments of C's heirs, of Python, of the shells and
# Ruby (where # needs white space before it), and of SQL, Lua, Ada and Haskell.
_REPRESENTATIVES = ("javascript", "python", "shell", "sql")

_SEPARATORS = str.maketrans("", "", " -_'()")


def _key(name: str) -> str:
    """What is left of a name when case and separators do not count ("Emacs-Lisp" too)."""
    return name.lower().translate(_SEPARATORS)


def _rows() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Name, family, extensions and other names of each row of the table."""
    family = ""
    for line in TABLE.splitlines():
        if line.startswith("["):
            family = line[1:-1]
        elif line:
            name, extensions, others = line.split("|")
            yield name.strip(), family, extensions.split(), [
                other for part in others.split(",") if (other := part.strip())
            ]  # fmt: skip


_FAMILY: dict[str, int] = {}  # canonical name -> number
_NAMES: dict[str, str] = {}  # key of any spelling -> canonical name
_EXTENSIONS: dict[str, str] = {}  # ".py" -> canonical name; two-part ones (".d.ts") too
for _name, _family, _parts, _others in _rows():
    _FAMILY[_name] = SYNTAX_NUMBERS[_family]
    for _spelling in (_name, *_others):
        _NAMES.setdefault(_key(_spelling), _name)
    for _part in _parts:
        _EXTENSIONS.setdefault(_part, _name)

# A language's own name always means itself, whatever other language listed it before.
_NAMES.update({_key(name): name for name in _FAMILY})

_FILES = {file: language for language, files in FILE_NAMES.items() for file in files.split()}
_SHEBANGS = {word: language for language, words in INTERPRETERS.items() for word in words.split()}
_COMPOUND_ENDS = frozenset(
    extension[extension.rindex(".") :] for extension in _EXTENSIONS if extension.rfind(".") > 0
)

LANGUAGES: tuple[str, ...] = tuple(_FAMILY)


def syntax_of(language: str | None) -> int:
    """The family number of a language, by canonical name or any known spelling; 0 if unknown."""
    if language is None:
        return 0
    family = _FAMILY.get(language)
    if family is None:
        return _FAMILY.get(_NAMES.get(_key(language), ""), 0)
    return family


def canonical_language(name: str) -> str | None:
    """The canonical name for a Linguist name, an alias or a dataset's folder name.

    Case, spaces, dashes and underscores do not count: "C-Sharp", "csharp" and "C#" are one.
    None when the name is not known.
    """
    return _NAMES.get(_key(name))


def language_of_path(path: str, head: bytes = b"") -> str | None:
    """The language of a file by its name, else by the `#!` line at the start of `head`."""
    name = path[path.rfind("/") + 1 :]
    language = _FILES.get(name)
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
        if language is None:
            first = name.find(".", 1)
            language = _FILES.get(name[:first]) if first > 0 else None
    if language is None and head.startswith(b"#!"):
        language = _language_of_shebang(head)
    return language


def _language_of_shebang(head: bytes) -> str | None:
    line = head[2:200].split(b"\n", 1)[0].decode("latin-1")
    for word in line.split():
        program = word.rpartition("/")[2]
        # `env -S NAME=value program`: the first word that is neither option nor assignment
        if program == "env" or word.startswith("-") or "=" in word:
            continue
        return _SHEBANGS.get(program) or _SHEBANGS.get(program.rstrip("0123456789."))
    return None


def languages_to_try(language: str | None) -> tuple[str, ...]:
    """The languages whose syntaxes a snippet is lexed under: its own, else a few for all.

    The few are representatives of the large families of comments and strings, not a guess.
    """
    known = canonical_language(language) if language is not None else None
    return (known,) if known is not None else _REPRESENTATIVES
