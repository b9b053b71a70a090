"""The sub-commands of `whence`, one file each; only they print and exit."""
