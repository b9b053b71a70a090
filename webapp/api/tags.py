"""The groups of the API's operations, in its description and on its page."""

from __future__ import annotations

from flask_openapi3.models.tag import Tag

__all__ = ["TAGS"]

TAGS = {
    "attribution": Tag(name="Attribution", description="Where a piece of code comes from."),
    "corpus": Tag(name="Corpus", description="The contents of the index: files, words, owners."),
    "generation": Tag(
        name="Generation, as OpenAI's API",
        description="Models that generate code, with the attribution of that code.",
    ),
    "editors": Tag(name="Editors", description="Routes for extensions of editors."),
}
