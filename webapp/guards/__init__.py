"""What stands between a request and its handler: keys, limits, sizes, headers."""
