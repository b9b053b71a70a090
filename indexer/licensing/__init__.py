"""Which licence a file is under and who holds its copyright, read from the file and its repository."""
