"""Puts back what somebody changed behind the program's back: at the API servers first, the rest by an update."""
