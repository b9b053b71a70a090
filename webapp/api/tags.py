"""The groups of the API's operations, as its description and its page name them."""

from __future__ import annotations

from flask_openapi3.models.tag import Tag

__all__ = ["TAGS"]

TAGS = {
    "attribution": Tag(name="Attribution", description="Where a piece of code is from."),
    "corpus": Tag(name="Corpus", description="What the index holds: files, words, owners."),
    "generation": Tag(
        name="Generation, as OpenAI's API",
        description="Models that write code; what they wrote comes with its attribution.",
    ),
    "editors": Tag(name="Editors", description="What plug-ins of editors ask for."),
}
