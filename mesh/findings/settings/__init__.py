"""Findings about settings of the whole mesh: mutual TLS, path normalization, known hosts."""
