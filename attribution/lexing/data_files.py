"""Files that hold no code, by language and by name: left out unless asked for."""

from __future__ import annotations

__all__ = ["DATA_LANGUAGES", "LOCK_FILES"]

# Linguist's languages that hold data or plain text. One that is named by --language is wanted.
DATA_LANGUAGES = frozenset(
    (
        "text", "csv", "tsv", "json", "jsonld", "svg", "gettext catalog", "gemfile.lock", "gosum",
        "subrip text", "webvtt", "checksums", "simple file verification", "public key", "pickle",
        "ignore list", "git attributes", "git revision list", "jar manifest", "record jar", "numpy",
        "e-mail", "irc log", "wavefront object", "raw token data", "adblock filter list",
        "x bitmap", "x pixmap", "x font directory index", "spline font database",
        "adobe font metrics",
        "rich text format", "windows registry entries", "jest snapshot", "hosts file", "n-triples",
        "formatted", "pip requirements", "robots.txt", "editorconfig", "git config", "conll-u",
    )
)  # fmt: skip

# Written by package managers; some in a language that people write code in, as YAML.
LOCK_FILES = frozenset(
    (
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
        "composer.lock", "cargo.lock", "gemfile.lock", "poetry.lock", "pdm.lock", "uv.lock",
        "pipfile.lock", "go.sum", "mix.lock", "pubspec.lock", "podfile.lock", "flake.lock",
        "packages.lock.json", "gradle.lockfile",
    )
)  # fmt: skip
