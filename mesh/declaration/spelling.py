"""A word somebody wrote, into what can be said about it: how to show it, what it was meant to be, what is odd in it."""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

_LONGEST_SHOWN = 60
_NEIGHBOURS = 50


def shown(text: str) -> str:
    """The text in quotes, shortened; never what may be a key or a certificate, and no control characters."""
    if "-----" in text:
        return "this text"
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return '"' + "".join(character if character.isprintable() else _code_point(character) for character in cut) + '"'


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant. Of many, only the neighbours in the alphabet are compared."""
    folded = word.casefold()
    names = sorted(known)
    place = bisect_left(names, folded)
    by_folded = {name.casefold(): name for name in names[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]}
    matches = get_close_matches(folded, by_folded, n=1, cutoff=0.65)
    return by_folded[matches[0]] if matches else None


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """The fix for an unknown word."""
    meant = near(word, known)
    return otherwise if meant is None else f"Did you mean {meant}?"


def oddity(text: str) -> str | None:
    """The first character outside ASCII or printing, by name: a look-alike letter cannot be seen."""
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if not character.isascii() and character.isprintable():
            return f"the character {character} in it is {_code_point(character)}, not the letter it may look like"
        if not character.isprintable():
            return f"it holds the invisible character {_code_point(character)}"
    return None


def kind(value: Any) -> str:
    """The kind of a YAML value, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def time(value: timedelta) -> str:
    """As somebody would write it: 500ms, 2s, 5m."""
    for unit, length in (("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1))):
        if value % length == timedelta():
            return f"{value // length}{unit}"
    return f"{value // timedelta(milliseconds=1)}ms"


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
