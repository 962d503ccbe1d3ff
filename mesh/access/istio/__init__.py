"""Istio's rules: what its proxies know, send, accept and allow."""
