"""The embedded engine: an index in a folder, no server."""
