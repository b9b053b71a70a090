"""What people decided of findings, so that it lasts: a baseline, inline comments, citations."""
