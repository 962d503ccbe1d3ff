"""Azure networks, AKS clusters, VMs and Istio from one stack file, with exactly the declared routes open."""

__version__ = "0.1.0"
