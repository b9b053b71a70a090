"""What a client says about itself: what it can do, and its settings.

The index is not a setting: it is on the command line, where the user chose it. The settings of a
workspace may come with a repository from someone else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from lsprotocol.types import ClientCapabilities, MarkupKind

from attribution.errors import InputError
from audit.types import Severity

__all__ = ["Capabilities", "Settings", "read_settings"]

_KEYS = ("policy", "delay", "severity")
_LONGEST = 60_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the client can do, as far as the server needs it. Everything is optional."""

    markdown: bool = False  # in hovers
    related: bool = False  # sources beside a diagnostic
    code_links: bool = False  # a URL for a diagnostic's code
    code_actions: bool = False  # as literals, with edits
    versioned_edits: bool = False  # edits of one version of a document
    snippets: bool = False  # edits that place the cursor
    show_document: bool = False  # opens a URL
    configuration: bool = False  # answers requests for its settings
    settings_change: bool = False  # accepts a registration for changes of settings
    watching: bool = False  # accepts a registration for changes of files

    @classmethod
    def of(cls, client: ClientCapabilities) -> Self:
        """Read what a client sent with `initialize`."""

        def has(path: str) -> bool:
            value: object = client
            for name in path.split("."):
                value = getattr(value, name, None)
            return value not in (None, False)

        hover = client.text_document and client.text_document.hover
        published = "text_document.publish_diagnostics"
        return cls(
            # Without a list of formats, a client is sent plain text.
            markdown=MarkupKind.Markdown in ((hover and hover.content_format) or ()),
            related=has(f"{published}.related_information"),
            code_links=has(f"{published}.code_description_support"),
            code_actions=has("text_document.code_action.code_action_literal_support"),
            versioned_edits=has("workspace.workspace_edit.document_changes"),
            snippets=has("workspace.workspace_edit.snippet_edit_support"),
            show_document=has("window.show_document.support"),
            configuration=has("workspace.configuration"),
            settings_change=has("workspace.did_change_configuration.dynamic_registration"),
            watching=has("workspace.did_change_watched_files.dynamic_registration"),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How open documents are checked and shown: `whence` in the editor's settings."""

    policy: Path | None = None  # file; None: the one that applies to the document's folder
    delay: float = 0.3  # seconds after the last change
    severity: Severity = Severity.NOTE  # the least that is shown


def read_settings(sent: object, known: Settings) -> Settings:
    """The settings of a client.

    Args:
        sent: what it sent; None, or anything but an object, sets nothing.
        known: the values of settings that were not sent.

    Raises:
        InputError: a value is invalid; names the key and what it may be.
    """
    if not isinstance(sent, Mapping):
        return known
    for key in sent:
        if key not in _KEYS:
            raise InputError(f"whence.{key} is not a setting; there are {', '.join(_KEYS)}")
    policy, delay, severity = (sent.get(key) for key in _KEYS)
    if policy is not None:
        if not isinstance(policy, str):
            raise InputError(f"whence.policy is {policy!r}; give the path of a policy file")
        known = replace(known, policy=Path(policy).expanduser() if policy else None)
    if delay is not None:
        if isinstance(delay, bool) or not isinstance(delay, int | float):
            raise InputError(f"whence.delay is {delay!r}; give a number of milliseconds")
        if not 0 <= delay <= _LONGEST:
            raise InputError(f"whence.delay is {delay}; give milliseconds from 0 to {_LONGEST}")
        known = replace(known, delay=delay / 1000)
    if severity is not None:
        words = [level.word for level in Severity if level]
        if severity not in words:
            raise InputError(f"whence.severity is {severity!r}; give {', '.join(words)}")
        known = replace(known, severity=Severity[str(severity).upper()])
    return known
