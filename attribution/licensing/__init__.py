"""Licences: SPDX expressions, names, how evidence combines, and what each licence asks for."""
