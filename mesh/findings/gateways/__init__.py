"""Ingress and east-west gateways, held against the routes that come by them."""
