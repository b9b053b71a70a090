"""An Attribution as others read it: JSON for programs, text for people."""
