"""Decisions about findings, stored permanently: a baseline, inline comments, attributions."""
