"""From an Item to its passages with their sources: on all cores, with a cache."""
