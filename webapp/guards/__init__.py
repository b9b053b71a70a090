"""Checks of a request before its route: keys, rate limits, body size, headers."""
