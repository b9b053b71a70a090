"""Other tools that answer the same question, measured on the same work in the same run."""

from benchmarks.peers.measure import measure

__all__ = ["measure"]
