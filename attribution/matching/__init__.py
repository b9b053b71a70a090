"""Which spans of two texts match, and how much that means."""
