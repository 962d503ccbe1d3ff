"""Failures, in the words that the user reads."""


class Failure(Exception):
    """A problem, its place and its fix; shown without a traceback."""
