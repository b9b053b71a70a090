"""Look-ups that send fingerprints instead of code."""
