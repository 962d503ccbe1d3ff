"""Work that cannot be done, in the words that the user reads."""


class Failure(Exception):
    """What is wrong, where, and the fix; shown without a traceback."""
