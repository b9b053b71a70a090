"""The licence that a package states in its manifest: pyproject.toml, package.json, pom.xml, ...

A manifest is written by people: one that cannot be parsed states nothing.
"""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.parser import HeaderParser
from fnmatch import fnmatchcase, translate
from typing import Any

import re2

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license
from attribution.untrusted_files import parse_toml
from indexer.licensing.phrases import PERL, name_of

__all__ = [
    "MANIFEST_PATTERNS",
    "Manifest",
    "core_metadata_license",
    "expression_of_names",
    "is_manifest",
    "read_manifest",
]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest states."""

    expression: str  # SPDX
    line: int | None  # 1-based line of the field, where it could be found


def is_manifest(path: str) -> bool:
    """Whether a file is a manifest by its name."""
    return _parser(path) is not None


def read_manifest(path: str, content: bytes) -> Manifest | None:
    """What the manifest at `path` states; None when it states nothing that is known."""
    parser = _parser(path)
    assert parser is not None
    text = content.decode("utf-8-sig", "replace")
    try:
        stated = parser(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, configparser.Error):
        return None
    expression = _expression(stated)
    return None if expression == NOASSERTION else Manifest(expression, _line(text))


def core_metadata_license(metadata: str) -> str | None:
    """What a Python package's METADATA states: License-Expression, License, then classifiers."""
    expression = _expression(_core_metadata(metadata))
    return None if expression == NOASSERTION else expression


def expression_of_names(text: str) -> str:
    """Names of licences as DEP 5 joins them ("GPL-2+ or Artistic"), as an SPDX expression."""
    parts = re.split(r",? (and|or) ", text)
    written = []
    for part in parts:
        if part in ("and", "or"):
            written.append(part.upper())
            continue
        name = re.sub(r"[ -]with[ -].*", "", part.strip(" ,"), flags=re.IGNORECASE)
        expression = _expression(name)
        if expression == NOASSERTION:
            return NOASSERTION
        written.append(f"({expression})")
    return normalize_license(" ".join(written))


# ---- the values of fields ----


@dataclass(frozen=True, slots=True)
class _Choice:
    """Several licences of which one may be chosen."""

    names: tuple[str, ...]


# Any: what a JSON or TOML file holds at the place of the field
_Stated = Any


def _expression(stated: _Stated) -> str:
    if isinstance(stated, _Choice):
        return _joined(stated.names, " OR ")
    if isinstance(stated, list | tuple):
        return _joined([s for s in stated if isinstance(s, str)], " AND ")
    if not isinstance(stated, str) or len(stated) > 300:
        return NOASSERTION
    text = stated.strip().strip("\"'")
    if text.lower() in _FIELD_NAMES:
        return _FIELD_NAMES[text.lower()]
    expression = normalize_license(text)
    if expression == NOASSERTION:
        expression = name_of(text)
    if expression == NOASSERTION:
        for separator, operator in (
            (r"\s*(?:\||/|\bor\b)\s*", " OR "),
            (r"\s*(?:,|&|\band\b)\s*", " AND "),
        ):
            parts = [p for p in re.split(separator, text, flags=re.IGNORECASE) if p.strip()]
            if len(parts) > 1:
                return _joined(parts, operator)
    return expression


def _joined(names: Iterable[str], operator: str) -> str:
    parts = [_expression(name) for name in names]
    if not parts or NOASSERTION in parts:
        return NOASSERTION
    return normalize_license(operator.join(f"({p})" for p in dict.fromkeys(parts)))


# Names that only these fields give a meaning to (CPAN::Meta::Spec, Cabal, Debian's upstreams).
_FIELD_NAMES = {
    "perl": PERL,
    "perl_5": PERL,
    "perl5": PERL,
    "apache": "Apache-2.0",
    "apache_1_1": "Apache-1.1",
    "apache_2_0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "artistic_1": "Artistic-1.0-Perl",
    "artistic_2": "Artistic-2.0",
    "freebsd": "BSD-2-Clause",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "agpl_3": "AGPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mozilla_1_0": "MPL-1.0",
    "mozilla_1_1": "MPL-1.1",
    "mozilla_2_0": "MPL-2.0",
    "bsd3": "BSD-3-Clause",
    "bsd2": "BSD-2-Clause",
    "publicdomain": "LicenseRef-scancode-public-domain",
    "public domain": "LicenseRef-scancode-public-domain",
}


def _line(text: str) -> int | None:
    match = re.search(r"licen[cs]e", text, re.IGNORECASE)
    return text.count("\n", 0, match.start()) + 1 if match else None


def _first_said(*values: _Stated) -> _Stated:
    return next((value for value in values if _expression(value) != NOASSERTION), None)


# ---- Python ----


def _core_metadata(text: str) -> _Stated:
    headers = HeaderParser().parsestr(text)
    return _first_said(
        headers.get("License-Expression"),
        _first_line(headers.get("License")),
        _trove(headers.get_all("Classifier") or []),
    )


def _first_line(value: str | None) -> str | None:
    """A License field is a name, or a whole text whose first line is often its title."""
    return value.strip().partition("\n")[0].strip() if value else None


def _trove(classifiers: list[str]) -> list[str]:
    """The classifiers that name a licence ("License :: OSI Approved" alone names none)."""
    licenses = [c for c in classifiers if c.startswith("License :: ")]
    return [
        c.rpartition("::")[2].strip()
        for c in licenses
        if c.count("::") == 2 or ("OSI Approved" not in c and "DFSG" not in c)
    ]


def _pyproject(text: str) -> _Stated:
    document = parse_toml(text)
    project = document.get("project") or document.get("tool", {}).get("poetry") or {}
    stated = project.get("license")
    if isinstance(stated, dict):
        stated = _first_line(stated.get("text"))
    return _first_said(stated, _trove(project.get("classifiers", [])))


def _setup_cfg(text: str) -> _Stated:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    stated = parser.get("metadata", "license", fallback=None)
    classifiers = parser.get("metadata", "classifiers", fallback="").splitlines()
    return _first_said(_first_line(stated), _trove([c.strip() for c in classifiers]))


def _setup_py(text: str) -> _Stated:
    stated = re.search(r"\blicense\s*=\s*[\"']([^\"']+)[\"']", text)
    classifiers = re.findall(r"[\"'](License :: [^\"']+)[\"']", text)
    return _first_said(stated[1] if stated else None, _trove(classifiers))


# ---- JSON ----


def _npm(text: str) -> _Stated:
    package = json.loads(text)
    stated = package.get("license", package.get("licenses"))
    if isinstance(stated, dict):  # the form before npm 2
        return stated.get("type")
    if isinstance(stated, list):  # by npm's old documentation a choice
        return _Choice(tuple(s if isinstance(s, str) else s.get("type", "") for s in stated))
    return stated


def _json_choice(text: str) -> _Stated:
    """A list is a choice, by Composer's schema and CPAN::Meta::Spec."""
    stated = json.loads(text).get("license")
    return _Choice(tuple(stated)) if isinstance(stated, list) else stated


# ---- TOML ----


def _cargo(text: str) -> _Stated:
    document = parse_toml(text)
    stated = document.get("package", {}).get("license")
    if isinstance(stated, str):
        return stated
    return document.get("workspace", {}).get("package", {}).get("license")


# ---- languages that we do not parse: the usual way of writing the field ----


def _field(*patterns: str, choice: bool = False) -> Callable[[str], _Stated]:
    """The first pattern that matches; its group holds one name, or quoted names of a list."""
    # re2, because several ".*?" in a text that someone else wrote take re minutes
    compiled = [re2.compile(f"(?ms){pattern}") for pattern in patterns]

    def parse(text: str) -> _Stated:
        for pattern in compiled:
            if match := pattern.search(text):
                quoted = re.findall(r"[\"']([^\"'\n]+)[\"']", match[1])
                if len(quoted) > 1:
                    return _Choice(tuple(quoted)) if choice else quoted
                return quoted[0] if quoted else match[1].strip()
        return None

    return parse


def _maven(text: str) -> _Stated:
    text = re2.sub(r"(?s)<!--.*?-->", "", text)
    block = re2.search(r"(?s)<licenses>(.*?)</licenses>", text)
    names = re2.findall(r"(?s)<name>\s*(.*?)\s*</name>", block[1]) if block else []
    urls = re2.findall(r"(?s)<url>\s*(.*?)\s*</url>", block[1]) if block else []
    if any("apache.org/licenses/LICENSE-2.0" in url for url in urls) and len(names) < 2:
        return "Apache-2.0"
    return _Choice(tuple(names)) if names else None


_GRADLE = _field(r"licenses\s*\{.*?license\s*\{.*?name\s*(?:=|\.set\()?\s*([\"'][^\"']+[\"'])")
_YAML = _field(r"^license:[ \t]*([^\n#]+)", r"^licenses?:[ \t]*\n((?:\s*-[^\n]+\n?)+)")


def _cran(text: str) -> _Stated:
    match = re.search(r"^License:[ \t]*([^\n]+(?:\n[ \t]+[^\n]+)*)", text, re.MULTILINE)
    if match is None:
        return None
    names = []
    for part in match[1].split("|"):
        name = re.sub(r"\+ *file LICEN[CS]E", "", part).strip()
        older = re.fullmatch(r"(A?L?GPL) *\(>=? *([\d.]+)\)", name)
        names.append(f"{older[1]}-{older[2]}+" if older else name)
    return _Choice(tuple(names))


_MANIFESTS: tuple[tuple[str, Callable[[str], _Stated]], ...] = (
    ("pyproject.toml", _pyproject),
    ("setup.cfg", _setup_cfg),
    ("setup.py", _setup_py),
    ("PKG-INFO", _core_metadata),
    ("package.json", _npm),
    ("bower.json", _npm),
    ("haxelib.json", _npm),
    ("dub.json", _npm),
    ("elm.json", _npm),
    ("Cargo.toml", _cargo),
    ("composer.json", _json_choice),
    ("META.json", _json_choice),
    ("META.yml", _YAML),
    ("Makefile.PL", _field(r"['\"]?LICENSE['\"]?\s*=>\s*(['\"][^'\"]+['\"])",
                           r"^\s*license[ (]+(['\"][^'\"]+['\"])")),
    ("Build.PL", _field(r"['\"]?license['\"]?\s*=>\s*(['\"][^'\"]+['\"])")),
    ("dist.ini", _field(r"^license\s*=\s*([^\n;]+)")),
    ("pom.xml", _maven),
    ("build.gradle", _GRADLE),
    ("build.gradle.kts", _GRADLE),
    ("*.gemspec", _field(r"\.licenses?\s*=\s*(\[[^\]]+\]|%w\[[^\]]+\]|[\"'][^\"']+[\"'])",
                         choice=True)),
    ("*.podspec", _field(r"\.license\s*=\s*\{[^}]*?type['\"]?\s*(?:=>|:)\s*([\"'][^\"']+[\"'])",
                         r"\.license\s*=\s*([\"'][^\"']+[\"'])")),
    ("*.nuspec", _field(r"<license type=\"expression\">([^<]+)<")),
    ("*.csproj", _field(r"<PackageLicenseExpression>([^<]+)<")),
    ("*.fsproj", _field(r"<PackageLicenseExpression>([^<]+)<")),
    ("Directory.Build.props", _field(r"<PackageLicenseExpression>([^<]+)<")),
    ("DESCRIPTION", _cran),
    ("*.cabal", _field(r"^[Ll]icense:[ \t]*([^\n]+)")),
    ("package.yaml", _YAML),
    ("mix.exs", _field(r"licenses:\s*(\[[^\]]+\])", choice=True)),
    ("*.app.src", _field(r"\{\s*licenses\s*,\s*(\[[^\]]+\])", choice=True)),
    ("pubspec.yaml", _YAML),
    ("shard.yml", _YAML),
    ("*.rockspec", _field(r"^\s*license\s*=\s*([\"'][^\"']+[\"'])")),
    ("*.opam", _field(r"^license:\s*(\[[^\]]+\]|\"[^\"]+\")")),
    ("opam", _field(r"^license:\s*(\[[^\]]+\]|\"[^\"]+\")")),
    ("dune-project", _field(r"\(license\s+([^)]+)\)")),
    ("meson.build", _field(r"project\s*\([^)]*?\blicense\s*:\s*(\[[^\]]+\]|'[^']+')")),
)  # fmt: skip


MANIFEST_PATTERNS = tuple(pattern for pattern, _ in _MANIFESTS)  # of names
# All patterns at once: nearly no file is a manifest.
_ANY_MANIFEST = re.compile("|".join(map(translate, MANIFEST_PATTERNS)))


def _parser(path: str) -> Callable[[str], _Stated] | None:
    name = path.rpartition("/")[2]
    if not _ANY_MANIFEST.match(name):
        return None
    return next((parse for pattern, parse in _MANIFESTS if fnmatchcase(name, pattern)), None)
