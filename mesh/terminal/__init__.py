"""What the person at the terminal sees of long work, and how a command ends."""
