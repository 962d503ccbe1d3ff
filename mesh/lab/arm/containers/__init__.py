"""The resources of Microsoft.ContainerService, and what Azure refuses of them."""
