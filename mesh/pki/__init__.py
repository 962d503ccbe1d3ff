"""Certificates and their authorities: reading, signing, and what is wrong with the files."""
