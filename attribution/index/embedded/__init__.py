"""The embedded engine: an index in a folder, no server."""

from attribution.index.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
