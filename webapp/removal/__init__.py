"""Requests of authors to remove their code: the file that keeps them, and their wording."""
