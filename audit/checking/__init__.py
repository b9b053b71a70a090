"""From an Item to its passages and their sources: on all cores, through a cache."""
