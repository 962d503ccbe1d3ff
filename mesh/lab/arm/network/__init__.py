"""The resources of Microsoft.Network, and what Azure refuses of them."""
