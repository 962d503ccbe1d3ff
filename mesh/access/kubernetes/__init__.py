"""What Kubernetes itself lets pass: its NetworkPolicies, judged apart from Azure's networks and from Istio."""
