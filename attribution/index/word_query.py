"""Search words as typed, parsed to a WordQuery; the command line and the API share this."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attribution.errors import InputError
from attribution.index.interface import WordQuery
from attribution.lexing.languages import canonical_language
from attribution.licensing.expressions import license_ids
from attribution.licensing.names import normalize_license
from attribution.repository_names import read_name

__all__ = ["split_query", "word_query"]

# A quotation opens after white space and closes before it, so that quotes in code, such as
# print("hello"), are ordinary characters.
_PHRASE = re.compile(r'(?<!\S)"(.+?)"(?!\S)', re.DOTALL)


def word_query(
    arguments: Sequence[str],
    language: str | None = None,
    license_: str | None = None,
    repository: str | None = None,
) -> WordQuery:
    """A query of words and quoted phrases, with filters under the names that people use.

    Raises:
        InputError: a filter is not a known language or licence, or names no repository.
    """
    if language is not None:
        known = canonical_language(language)
        if known is None:
            raise InputError(f"no language is called {language!r}; `whence info` lists those held")
        language = known
    if license_ is not None:
        license_ = _spdx_id(license_)
    words, phrases = split_query(arguments)
    if repository is not None:
        repository = read_name(repository).path
    return WordQuery(words, phrases, language, license_, repository)


def split_query(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words and phrases of a query; unpaired quotes are part of words."""
    text = " ".join(arguments)
    phrases = tuple(_PHRASE.findall(text))
    return tuple(_PHRASE.sub(" ", text).split()), phrases


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
