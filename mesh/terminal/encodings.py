"""Output streams whose encoding lacks some of our characters, such as ASCII → streams that write stand-ins for them."""

import codecs
import sys

_NAME = "hybrid-mesh-stand-ins"
_STAND_INS = {
    "→": "->",
    "…": "...",
    "✓": "ok",
    "✗": "no",
    "✅": "ok",
    "❌": "no",
    "⚠": "!",
    "⛔": "no",
    "·": "-",
    "×": "x",
    "–": "-",
    "—": "-",
    "\ufe0f": "",
    **dict.fromkeys("┏┓┗┛┡┩└┘├┤┬┴┼┌┐┳╇╈┻╋╭╮╰╯", "+"),
    **dict.fromkeys("━─", "-"),
    **dict.fromkeys("┃│", "|"),
}


def write_stand_ins() -> None:
    """From now on, for what is written to standard output and error."""
    codecs.register_error(_NAME, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=_NAME)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    unknown = error.object[error.start : error.end]
    return "".join(_STAND_INS.get(character, "?") for character in unknown), error.end
