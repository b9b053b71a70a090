"""What the licence of a source means here: policy files, presets, licence families, own code."""
