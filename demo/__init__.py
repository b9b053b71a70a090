"""The demonstration of `make demo`: traces real code of this machine to its source."""
