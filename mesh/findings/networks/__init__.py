"""Azure's networks: security groups, peerings and routes, held against what is needed of them."""
