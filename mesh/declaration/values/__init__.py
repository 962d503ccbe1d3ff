"""Single values of a stack file, by subject: the pattern of each, and its rule in words."""
