"""What the licence of a source means here: whence.toml, presets, licence families, own code."""
