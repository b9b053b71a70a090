"""What else could answer the same question, on the same work in the same run."""

from benchmarks.peers.measure import measure

__all__ = ["measure"]
