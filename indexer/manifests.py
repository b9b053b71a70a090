"""The licence that a package states in its manifest: package.json, pyproject.toml, Cargo.toml, ...

A manifest is somebody's hand-written file: whatever is wrong with it, it then says nothing.
"""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Callable
from email.parser import HeaderParser
from typing import Any

from attribution.licenses import NOASSERTION, normalize_license

__all__ = ["MANIFESTS", "core_metadata_license", "manifest_license"]


def manifest_license(name: str, text: bytes) -> str | None:
    """The SPDX expression that a manifest (by its file name) states, or None."""
    try:
        expression = normalize_license(MANIFESTS[name](text.decode("utf-8-sig")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, configparser.Error):
        return None
    return None if expression == NOASSERTION else expression


def core_metadata_license(metadata: str) -> str | None:
    """What a Python package's METADATA states: License-Expression, License, then classifiers."""
    headers = HeaderParser().parsestr(metadata)
    classifiers = headers.get_all("Classifier") or []
    return _first_said(
        headers.get("License-Expression"),
        _first_line(headers.get("License")),
        _trove(classifiers),
    )


def _first_said(*values: str | list[str] | None) -> str | None:
    for value in values:
        expression = normalize_license(value)
        if expression != NOASSERTION:
            return expression
    return None


def _first_line(value: str | None) -> str | None:
    """A License field is a name, or a whole text whose first line is often its title."""
    return value.strip().partition("\n")[0].strip() if value else None


def _trove(classifiers: list[str]) -> list[str]:
    """The classifiers that name a licence ("License :: OSI Approved" alone names none)."""
    licenses = [c for c in classifiers if c.startswith("License :: ")]
    return [
        c for c in licenses if c.count("::") == 2 or ("OSI Approved" not in c and "DFSG" not in c)
    ]


def _npm(text: str) -> Any:
    package = json.loads(text)
    stated = package.get("license", package.get("licenses"))
    if isinstance(stated, dict):  # the form before npm 2
        return stated.get("type")
    if isinstance(stated, list):  # by npm's old documentation a choice
        names = [s if isinstance(s, str) else s.get("type") for s in stated]
        return " OR ".join(normalize_license(n) for n in names)
    return stated


def _pyproject(text: str) -> Any:
    document = tomllib.loads(text)
    project = document.get("project") or document.get("tool", {}).get("poetry") or {}
    stated = project.get("license")
    if isinstance(stated, dict):
        stated = _first_line(stated.get("text"))
    return _first_said(stated, _trove(project.get("classifiers", [])))


def _cargo(text: str) -> Any:
    document = tomllib.loads(text)
    stated = document.get("package", {}).get("license")
    if isinstance(stated, str):
        return stated
    return document.get("workspace", {}).get("package", {}).get("license")


def _setup_cfg(text: str) -> Any:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    stated = parser.get("metadata", "license", fallback=None)
    classifiers = parser.get("metadata", "classifiers", fallback="").splitlines()
    return _first_said(_first_line(stated), _trove([c.strip() for c in classifiers]))


def _composer(text: str) -> Any:
    stated = json.loads(text).get("license")
    return " OR ".join(stated) if isinstance(stated, list) else stated  # composer: a choice


MANIFESTS: dict[str, Callable[[str], Any]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "package.json": _npm,
    "Cargo.toml": _cargo,
    "composer.json": _composer,
}
