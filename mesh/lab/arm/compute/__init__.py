"""The resources of Microsoft.Compute, and what Azure refuses of them."""
