"""The faster scanner finds the words and licences that the library's own does."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from licenseclassifier._engine import Scanner
from licenseclassifier._engine.dictionary import Dict
from licenseclassifier._engine.matcher import MultiRE
from pytest import fixture

from attribution.licensing.scanner import FastDict, scanner
from attribution.licensing.texts import license_text

# What the library treats in its own way: markup, signs, plurals, accents, numbers, odd letters.
PIECES = (
    "<b>", "</a", "<", ">", "{#x}", "{#", "}", "&copy;", "&COPY;", "&amp;", "&#x41;", "&", "](#a)",
    "](http://a.b)", "]", "(c)", "(C)", "(s)", "(S)", "(", ")", "©", "Copyright", "https", "these",
    "License", "word", "c", "s", "Σ", "ΑΣ", "İ", "é", "É", "½", "Ⅷ", "²", "\u0301", "\u0660", "中",
    "ß", "_", " ", "\n", "\r\n", "/", ":", "@", "-", "1",
)  # fmt: skip


@fixture(scope="module")
def library() -> Scanner:
    """The scanner as the library makes it from the same program."""
    fast = scanner()
    slow = Scanner.__new__(Scanner)
    slow.dict = Dict()
    slow.dict.list, slow.dict._map = fast.dict.list, fast.dict._map
    slow.re = MultiRE.from_compiled(
        fast.re.ops, fast.re.args, fast.re.start, fast.re._start_state, slow.dict
    )
    slow.ids, slow.urls = fast.ids, fast.urls
    slow._copyright, slow._http = fast._copyright, fast._http
    return slow


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_the_same_words(text: str) -> None:
    fast = scanner().dict
    assert isinstance(fast, FastDict)
    assert fast.split(text) == Dict._split(fast, text, insert=False)


def test_the_same_licences_in_texts_with_faults(library: Scanner) -> None:
    rng = random.Random(12)
    found = 0
    for id_ in ("MIT", "BSD-3-Clause", "Apache-2.0", "GPL-2.0-only", "MPL-2.0", "ISC", "Zlib"):
        text = license_text(id_)
        assert text is not None
        words = text.split(" ")
        for faults in (0, 1, 3, 10, 40):
            changed = list(words)
            for _ in range(faults):
                at = rng.randrange(len(changed))
                odd = (changed[at][:-1], changed[at] + "e", f"{changed[at]} (c)", *PIECES)
                changed[at] = rng.choice(odd)
            notice = " ".join(changed) + " see https://www.apache.org/licenses/LICENSE-2.0"
            assert scanner().scan(notice) == library.scan(notice)
            found += bool(library.scan(notice).match)
    assert found > 20
