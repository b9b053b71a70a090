"""The demonstration behind `make demo`: real code found on this machine, traced to its source."""
