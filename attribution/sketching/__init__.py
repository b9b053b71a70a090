"""From tokens to a sketch: fingerprints, MinHash signatures, and words."""
