"""Names of the parameters and local variables of a function, by language."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings

from benchmarks.lexemes import KEYWORDS, Lexeme, lexemes

__all__ = ["local_names"]

C_DECLARATION = re.compile(
    r"(?:^|[;{(])[ \t]*(?:(?:const|static|struct|unsigned|signed|volatile|register|enum|union)\s+)*"
    r"([A-Za-z_]\w*(?:::\w+|<[^<>\n;]*>)*)[ \t]*(?:[*&][ \t*&]*|[ \t])"
    r"([A-Za-z_]\w*)[ \t]*(?=[=;,\[])",
    re.MULTILINE,
)
NO_TYPES = {
    "return",
    "goto",
    "else",
    "case",
    "delete",
    "new",
    "throw",
    "typedef",
    "using",
    "sizeof",
}
GO_SHORT = re.compile(
    r"(?:^|[;{]|\bif|\bfor|\bswitch|\bcase)[ \t]*([\w, \t]+?)[ \t]*:=", re.MULTILINE
)
# In PHP every variable has a dollar sign, and in Ruby and shells an assignment makes a local.
ASSIGNED = {
    "JavaScript": re.compile(r"\b(?:const|let|var)[ \t]+(\w+)"),
    "Kotlin": re.compile(r"\b(?:val|var)[ \t]+(\w+)"),
    "Rust": re.compile(r"\blet[ \t]+(?:mut[ \t]+)?(\w+)"),
    "PHP": re.compile(r"\$(\w+)"),
    "Ruby": re.compile(r"^[ \t]*(\w+)[ \t]*=(?![=~>])", re.MULTILINE),
    "Shell": re.compile(r"^[ \t]*(?:local[ \t]+)?([a-z]\w*)=", re.MULTILINE),
}
ASSIGNED["TypeScript"] = ASSIGNED["JavaScript"]
GO_VAR = re.compile(r"^\s*var[ \t]+([\w, \t]+?)[ \t]+[\w*\[\].]+", re.MULTILINE)


def local_names(text: str, language: str) -> set[str]:
    """The names; empty when there are none or the function is incomplete."""
    if language == "Python":
        return of_python(text)
    names = set() if language in ASSIGNED else set(parameters(text, language))
    if language in ASSIGNED:
        names.update(ASSIGNED[language].findall(text))
    elif language == "Go":
        for found in (*GO_SHORT.finditer(text), *GO_VAR.finditer(text)):
            names.update(re.findall(r"\w+", found[1]))
    else:
        names.update(m[2] for m in C_DECLARATION.finditer(text) if m[1] not in NO_TYPES)
    return {n for n in names - KEYWORDS.get(language, frozenset()) if n != "_" and not n.isdigit()}


def of_python(text: str) -> set[str]:
    """Arguments except self and cls, and all assigned names."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    foreign: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            foreign.update(node.names)
    return names - foreign - {"self", "cls"}


def parameters(text: str, language: str) -> list[str]:
    """The parameters in the header, up to the body's brace."""
    pieces = [p for p in lexemes(text, language) if p.kind not in {"space", "comment"}]
    body = next((i for i, p in enumerate(pieces) if p.text == "{"), len(pieces))
    groups: list[list[list[Lexeme]]] = []
    depth = 0
    for piece in pieces[:body]:
        if piece.text == "(":
            depth += 1
            if depth == 1:
                groups.append([[]])
                continue
        elif piece.text == ")":
            depth -= 1
        elif piece.text == "," and depth == 1:
            groups[-1].append([])
            continue
        if depth >= 1:
            groups[-1][-1].append(piece)
    found: list[str] = []
    for group in groups:
        typed = [
            part for part in group if sum(p.kind == "name" for p in part) >= 2 or starred(part)
        ]
        if not typed:
            continue  # only types
        for part in group:
            names = [p.text for p in part if p.kind == "name"]
            if names:
                found.append(names[0] if language == "Go" else names[-1])
    return found


def starred(part: list[Lexeme]) -> bool:
    """A name followed by `*`, `[` or `...`: a Go parameter with its type, or C's `T *x`."""
    return len(part) >= 2 and part[0].kind == "name" and part[1].text in {"*", "[", "&"}
