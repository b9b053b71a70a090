"""Release benchmarks: one script per claim of design section 9, with peers in the same run."""
