"""Sub-commands of `whence` that serve or generate."""
