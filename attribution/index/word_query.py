"""Search words as typed, parsed to a WordQuery; the command line, the API and MCP share this.

    heap "import os"  /def \\w+_merge\\(/  lang:python -repo:owner/name path:tests/ license:MIT

Words, "exact phrases" and /regular expressions/ must all occur. Filters restrict the files, with a
minus exclude them. All else is text, so code can be pasted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from attribution.errors import InputError
from attribution.index.interface import WordQuery
from attribution.lexing.languages import canonical_language
from attribution.licensing.expressions import license_ids
from attribution.licensing.names import normalize_license
from attribution.repository_names import read_name

__all__ = ["word_query"]

# An item opens after white space and closes before it, so that quotes and slashes in code, such as
# print("hello"), are ordinary characters. A comment is not a regular expression.
_ITEM = re.compile(
    r"""(?<!\S)(?:
        (?P<sign>-?)(?P<field>[A-Za-z]+):(?P<value>"[^"]*"|\S*)
        | "(?P<phrase>.+?)"
        | /(?P<regex>(?![*/])(?:\\.|[^/\\])+)/
    )(?!\S)""",
    re.DOTALL | re.VERBOSE,
)
_FIELDS = {
    "lang": "language",
    "language": "language",
    "license": "license",
    "licence": "license",
    "repo": "repository",
    "repository": "repository",
    "path": "path",
    "file": "path",
}
_NAMES = {"language": "lang:", "license": "license:", "repository": "repo:"}
_EXCLUDED_WORD = re.compile(r"-[A-Za-z]\w+")


def word_query(
    arguments: Sequence[str],
    language: str | None = None,
    license_: str | None = None,
    repository: str | None = None,
) -> WordQuery:
    """A query of words, phrases, regular expressions and filters under the names that people use.

    Raises:
        InputError: a filter is empty, given twice with different values, or not a known language
            or licence, or names no repository.
    """
    phrases: list[str] = []
    regexes: list[str] = []
    notes: list[str] = []
    given: list[tuple[str, str]] = [
        (field, _known(field, value))
        for field, value in (
            ("language", language),
            ("license", license_),
            ("repository", repository),
        )
        if value is not None
    ]
    excluded: list[tuple[str, str]] = []

    def take(item: re.Match[str]) -> str:
        """Take an item out of the text, or leave it there."""
        if item["phrase"] is not None:
            phrases.append(item["phrase"])
        elif item["regex"] is not None:
            regexes.append(item["regex"])
        elif field := _FIELDS.get(item["field"].lower()):
            value = item["value"].strip('"').strip()
            if not value.strip("/"):
                raise InputError(
                    f"the filter {item['field']}: is empty; write its value behind the colon, "
                    "without a space, or in double quotes: lang:go, repo:owner/name, "
                    'path:"my folder"'
                )
            (excluded if item["sign"] else given).append((field, _known(field, value)))
        else:
            if item["value"][:1] not in (":", "/", ""):  # std::sort, https://, `default:`
                notes.append(
                    f"{item[0]} was searched as text: {item['field']}: is not a filter. Filters "
                    "are lang:, repo:, path: and license:"
                )
            return item[0]
        return " "

    words = tuple(_ITEM.sub(take, " ".join(arguments)).split())
    notes += [
        f"{word} was searched as a word: files must contain all words"
        for word in words
        if word in ("AND", "OR", "NOT")
    ]
    notes += [
        f"{word} was searched as text: a minus excludes only filters, as in -lang:go"
        for word in words
        if _EXCLUDED_WORD.fullmatch(word)
    ]
    return WordQuery(
        words,
        tuple(phrases),
        language=_only("language", given),
        license=_only("license", given),
        repository=_only("repository", given),
        paths=tuple(value for field, value in given if field == "path"),
        regexes=tuple(regexes),
        excluded=tuple(excluded),
        notes=tuple(notes),
    )


def _only(field: str, given: Sequence[tuple[str, str]]) -> str | None:
    """The value of a filter that can have one."""
    values = list(dict.fromkeys(value for name, value in given if name == field))
    if len(values) > 1:
        raise InputError(
            f"two filters {_NAMES[field]} are given: {values[0]!r} and {values[1]!r}; leave one out"
        )
    return values[0] if values else None


def _known(field: str, value: str) -> str:
    """The value of a filter, as the index writes it."""
    normal: Callable[[str], str] = {
        "language": _language,
        "license": _spdx_id,
        "repository": lambda name: read_name(name).path,
    }.get(field, str)
    return normal(value)


def _language(named: str) -> str:
    known = canonical_language(named)
    if known is None:
        raise InputError(f"no language is called {named!r}; `whence info` lists those held")
    return known


def _spdx_id(named: str) -> str:
    """The identifier under which a licence is indexed: `GPL-3.0` is GPL-3.0-only, and so on."""
    if named.upper() == "NOASSERTION":
        return "NOASSERTION"
    ids = license_ids(normalize_license(named)) - {"NOASSERTION"}
    if len(ids) != 1:
        raise InputError(
            f"the licence {named!r} does not name one licence; give an SPDX identifier such as "
            "MIT, or NOASSERTION for files whose licence is not known. `whence info` lists those "
            "held"
        )
    (known,) = ids
    return known
