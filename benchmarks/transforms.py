"""Changes that people and models make to code; the same text always gives the same result."""

from __future__ import annotations

import random
import re
from itertools import accumulate, pairwise

from benchmarks.lexemes import KEYWORDS, Lexeme, lexemes
from benchmarks.locals import local_names

__all__ = ["edited", "excerpt", "pasted", "reindented", "rename_all", "rename_locals"]

# Common names, which also occur in the corpus, so that a rename can mislead.
COMMON_NAMES = """
value item result data node entry count index total buffer offset limit source target current
previous first last left right parent child record field option config state status flag mode kind
level depth width height size length start stop begin finish part piece chunk block group table row
column cell key label title name text word line token symbol letter number amount rate ratio score
weight rank order queue stack heap tree graph edge path route step phase stage event signal message
request response reply answer question client server session user account owner member role rule
policy filter mask pattern match found missing extra spare backup cache store load save read write
"""
WORDS = COMMON_NAMES.split()
WORD = re.compile(r"[^\W\d]\w*|\d+")
STATEMENTS = {
    "Python": "{indent}{a} = {b}({c}, {n})\n",
    "Go": "{indent}{a} := {b}({c}, {n})\n",
    "C": "{indent}{a} = {b}({c}, {n});\n",
}


INTERPOLATED = {
    "Python": re.compile(r"\{[^{}]*\}"),
    "Ruby": re.compile(r"#\{[^{}]*\}"),
    "JavaScript": re.compile(r"\$\{[^{}]*\}"),
    "Shell": re.compile(r"\$\w+|\$\{[^{}]*\}"),
}
INTERPOLATED["TypeScript"] = INTERPOLATED["JavaScript"]
INTERPOLATED["Kotlin"] = INTERPOLATED["PHP"] = INTERPOLATED["Shell"]


def reindented(text: str, language: str) -> str:
    """Other indentation, without comments and their lines; strings stay the same."""
    pieces = [p for p in lexemes(text, language) if p.kind != "comment"]
    bare = "".join(piece.text for piece in pieces)
    # Lines that begin within a string keep their indentation.
    inside: set[int] = set()
    line = 0
    for piece in pieces:
        ends = piece.text.count("\n")
        if piece.kind == "string":
            inside.update(range(line + 1, line + ends + 1))
        line += ends
    lines = bare.split("\n")
    unit = indent_unit(lines)
    kept = [
        old if number in inside else other_indent(old, unit)
        for number, old in enumerate(lines)
        if number in inside or old.strip()
    ]
    return "\n".join(kept) + "\n"


def indent_unit(lines: list[str]) -> int:
    """Columns of one level, 2 or 4; 0 for tabs."""
    starts = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    if any("\t" in start for start in starts):
        return 0
    widths = [abs(len(b) - len(a)) for a, b in pairwise(starts) if a != b]
    return 2 if widths.count(2) > widths.count(4) else 4


def other_indent(line: str, unit: int) -> str:
    """The line with another indentation; deeper stays deeper, so Python stays valid."""
    body = line.lstrip()
    start = line[: len(line) - len(body)]
    if unit == 0:
        return "    " * start.count("\t") + " " * start.count(" ") + body.rstrip()
    return " " * (len(start) * (4 if unit == 2 else 2) // unit) + body.rstrip()


def rename_locals(text: str, language: str) -> str | None:
    """The text with parameters and local variables renamed; None without any."""
    names = local_names(text, language)
    return renamed(text, language, names, keep_members=True) if names else None


def rename_all(text: str, language: str) -> str:
    """The text with all names but keywords renamed consistently, in attributes and calls too."""
    keywords = KEYWORDS.get(language, frozenset())
    pieces = lexemes(text, language)
    names = {p.text for p in pieces if p.kind == "name" and p.text not in keywords}
    return renamed(text, language, names, keep_members=False)


def renamed(text: str, language: str, names: set[str], *, keep_members: bool) -> str:
    """The text with `names` renamed; `keep_members`: not after a dot or as `name=` in a call."""
    new = new_names(text, names, KEYWORDS.get(language, frozenset()))
    pieces = lexemes(text, language)
    code = [i for i, piece in enumerate(pieces) if piece.kind not in {"space", "comment"}]
    after = dict(zip(code, [*code[1:], -1], strict=False))
    before = dict(zip(code, [-1, *code[:-1]], strict=False))
    depths = list(accumulate(depth_change(piece) for piece in pieces))
    header_end = next((i for i in code if pieces[i].text == ":" and not depths[i]), 0)
    parts = []
    for i, piece in enumerate(pieces):
        word = piece.text
        if piece.kind == "name" and word in new:
            follows = pieces[after[i]].text if after[i] >= 0 else ""
            leads = pieces[before[i]].text if before[i] >= 0 else ""
            member = leads == "." or (
                leads == ">" and language in {"C", "C++"} and arrow(pieces, i)
            )
            keyword = language == "Python" and follows == "=" and depths[i] and i > header_end
            word = word if keep_members and (member or keyword) else new[word]
        elif piece.kind == "string":
            word = in_string(word, new, language)
        parts.append(word)
    return "".join(parts)


def depth_change(piece: Lexeme) -> int:
    """How a piece changes the depth of brackets."""
    if piece.kind != "op":
        return 0
    return 1 if piece.text in "([{" else -1 if piece.text in ")]}" else 0


def arrow(pieces: list[Lexeme], i: int) -> bool:
    """Whether the name at `i` follows "->"."""
    return i >= 2 and pieces[i - 1].text == ">" and pieces[i - 2].text == "-"


def in_string(string: str, new: dict[str, str], language: str) -> str:
    """A string in which the names of interpolated expressions are renamed."""
    head = string.partition(string[-1])[0].lower()
    if language == "Python" and "f" not in head:
        return string

    def fields(found: re.Match[str]) -> str:
        return re.sub(r"(?<!\.)\b[^\W\d]\w*", lambda name: new.get(name[0], name[0]), found[0])

    return INTERPOLATED[language].sub(fields, string) if language in INTERPOLATED else string


def new_names(text: str, names: set[str], keywords: frozenset[str]) -> dict[str, str]:
    """A new name for each, all different and none of them in the text or a keyword."""
    rng = random.Random(text)
    present = {*WORD.findall(text), *keywords}
    plain = [word for word in WORDS if word not in present]
    rng.shuffle(plain)
    pairs = (f"{rng.choice(WORDS)}_{rng.choice(WORDS)}" for _ in iter(int, 1))
    new: dict[str, str] = {}
    for name in sorted(names):
        fresh = plain.pop() if plain else next(p for p in pairs if p not in present)
        present.add(fresh)
        new[name] = fresh
    return new


def edited(text: str, language: str) -> str:
    """One line in eight changed, deleted, or followed by a new one."""
    rng = random.Random(text)
    lines = text.splitlines(keepends=True)
    filled = [i for i, line in enumerate(lines) if line.strip()]
    chosen = set(rng.sample(filled, max(1, round(len(filled) / 8))))
    out: list[str] = []
    for i, line in enumerate(lines):
        if i not in chosen:
            out.append(line)
            continue
        what = rng.choice(("change", "delete", "insert"))
        if what == "change":
            out.append(changed_line(line, language, rng))
        elif what == "insert":
            out += [line, new_line(line, language, rng)]
    return "".join(out)


def changed_line(line: str, language: str, rng: random.Random) -> str:
    """The line with one or two of its names or numbers replaced."""
    keywords = KEYWORDS.get(language, frozenset())
    words = [found for found in WORD.finditer(line) if found[0] not in keywords]
    for found in sorted(rng.sample(words, min(2, len(words))), key=lambda w: -w.start()):
        new = str(rng.randrange(2, 999)) if found[0].isdigit() else rng.choice(WORDS)
        line = line[: found.start()] + new + line[found.end() :]
    return line


def new_line(line: str, language: str, rng: random.Random) -> str:
    """A statement with the line's indentation."""
    form = STATEMENTS.get(language, STATEMENTS["C"])
    a, b, c = rng.sample(WORDS, 3)
    indent = line[: len(line) - len(line.lstrip())]
    return form.format(indent=indent, a=a, b=b, c=c, n=rng.randrange(2, 99))


def excerpt(text: str, count: int) -> str | None:
    """`count` consecutive lines, if possible none of them blank; None if the text is shorter."""
    rng = random.Random(f"{count} {text}")
    lines = text.splitlines(keepends=True)
    starts = list(range(len(lines) - count + 1))
    full = [s for s in starts if all(line.strip() for line in lines[s : s + count])]
    if not starts:
        return None
    start = rng.choice(full or starts)
    return "".join(lines[start : start + count])


def pasted(lines: str, host: str) -> str:
    """The host with the lines inserted between two of its lines."""
    rng = random.Random(lines)
    around = host.splitlines(keepends=True)
    at = rng.randrange(1, len(around))
    ended = lines if lines.endswith("\n") else lines + "\n"
    return "".join(around[:at]) + ended + "".join(around[at:])
