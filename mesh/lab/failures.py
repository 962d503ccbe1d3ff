"""What goes wrong in the lab, in the words that the user reads."""


class Failure(Exception):
    """The work cannot be done: what is wrong, where, and the way out. No traceback belongs to it."""
