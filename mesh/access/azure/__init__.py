"""Azure's rules: the way of a packet through networks and NSGs."""
