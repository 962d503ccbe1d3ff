"""A plan, and what is live → everything that somebody changed behind the program's back, each in its class."""
