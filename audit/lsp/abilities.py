"""`Abilities`: what the client said that it can do, as far as the server asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from lsprotocol.types import ClientCapabilities, MarkupKind

__all__ = ["Abilities"]


@dataclass(frozen=True, slots=True)
class Abilities:
    """Everything is optional in the protocol: what a client does not say, it cannot."""

    markdown: bool = False  # in hovers
    related: bool = False  # sources beside a diagnostic
    code_links: bool = False  # an address behind a diagnostic's code
    code_actions: bool = False  # as literals, with edits
    versioned_edits: bool = False  # edits of one version of a document
    snippets: bool = False  # edits that say where the cursor goes
    show_document: bool = False  # opens an address
    configuration: bool = False  # can be asked for its settings
    settings_change: bool = False  # takes a registration for changes of settings
    watching: bool = False  # takes a registration for changes of files

    @classmethod
    def of(cls, client: ClientCapabilities) -> Self:
        """Read what a client sent with `initialize`."""
        hover = _at(client, "text_document.hover.content_format")
        # A client that says nothing of formats is given text.
        formats = hover if isinstance(hover, list | tuple) else ()
        published = "text_document.publish_diagnostics"
        edits = "workspace.workspace_edit"
        actions = "text_document.code_action"
        return cls(
            markdown=MarkupKind.Markdown in formats,
            related=bool(_at(client, f"{published}.related_information")),
            code_links=bool(_at(client, f"{published}.code_description_support")),
            code_actions=_at(client, f"{actions}.code_action_literal_support") is not None,
            versioned_edits=bool(_at(client, f"{edits}.document_changes")),
            snippets=bool(_at(client, f"{edits}.snippet_edit_support")),
            show_document=bool(_at(client, "window.show_document.support")),
            configuration=bool(_at(client, "workspace.configuration")),
            settings_change=bool(
                _at(client, "workspace.did_change_configuration.dynamic_registration")
            ),
            watching=bool(_at(client, "workspace.did_change_watched_files.dynamic_registration")),
        )


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
