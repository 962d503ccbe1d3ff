"""What holds for a whole mesh, or for many workloads: mutual TLS, normalization, what proxies know."""
