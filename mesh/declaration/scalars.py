"""An unquoted YAML word, into its value; refused where YAML's versions read it differently.

Pulumi's reader of a stack file follows YAML 1.2, many editors and tools 1.1. What only one of them takes for a
number, a date or a truth value is never what was meant, so it has to be quoted or written plainly.
"""

import re

Scalar = str | int | float | bool | None

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

_SURPRISES = (
    (re.compile(r"(?i)yes|no|on|off|y|n"), "is true or false to one version of YAML and text to another"),
    (re.compile(r"[-+]?0[0-9_]+"), "has a leading zero: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
    (re.compile(r"(?i)[-+]?0(o[0-7_]+|x[0-9a-f_]+|b[01_]+)"), "is a number only to some versions of YAML"),
    (re.compile(r"[-+]?[0-9]+(_[0-9_]*)+"), "is a number to one version of YAML and text to another"),
    (re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+"), "is a number to one version of YAML and text to another"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "is a number of seconds to one version of YAML"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"), "is a date to one version of YAML"),
    (re.compile(r"(?i)[-+]?\.inf|\.nan"), "is not a finite number"),
    (re.compile(r"[-+]?[0-9]{19,}"), "is a number too large for anything here"),
    (re.compile(r"=|<<"), "has a meaning of its own in one version of YAML"),
)


def surprise(word: str) -> str | None:
    """Why an unquoted word cannot be relied upon."""
    return next((reason for pattern, reason in _SURPRISES if pattern.fullmatch(word)), None)


def alternative(word: str) -> str:
    """The other meaning of an ambiguous word."""
    if _SURPRISES[0][0].fullmatch(word):
        return ", or write true or false"
    return ", or write the number without the zero" if word[:1].isdigit() and word.isalnum() else ""


def value(word: str) -> Scalar:
    """The value of an unquoted word that is not ambiguous."""
    if word in _NULLS:
        return None
    if word in _TRUTHS:
        return _TRUTHS[word]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
