"""Certificates of gateways, and the certificate authorities (CAs) of clusters."""
