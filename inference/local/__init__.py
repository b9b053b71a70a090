"""Models that run on this machine, by transformers. Importing this folder imports torch."""

from inference.local.generator import LocalGenerator
from inference.options import LocalOptions

__all__ = ["LocalGenerator", "LocalOptions"]
