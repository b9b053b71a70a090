"""The commands of the audit: the only modules here that print and exit."""
