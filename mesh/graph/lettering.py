"""The width of a text in points, for the widest font that a browser may use."""

_NARROW, _WIDE = frozenset("fijlrtI.,:;!'|()[]/ "), frozenset("mwMWGOQ@%→…")


def width(text: str, size: float, *, bold: bool = False) -> float:
    units = sum(0.38 if letter in _NARROW else 0.92 if letter in _WIDE else 0.63 for letter in text)
    return units * size * (1.08 if bold else 1)


def fitted(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """Cut, with a sign that it is, where it is wider than that."""
    if width(text, size, bold=bold) <= most:
        return text
    while text and width(f"{text}…", size, bold=bold) > most:
        text = text[:-1]
    return f"{text}…"
