"""The licence of each file of a corpus, and who holds its copyright."""
