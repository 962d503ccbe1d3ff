"""What Azure's networks and security groups make of a packet, by Azure's own rules."""
