"""Release benchmarks: a script for each claim of design section 9, with peers in the same run."""
