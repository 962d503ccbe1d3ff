"""Log lines of sidecars and gateways → the routes that the calls in them need."""
