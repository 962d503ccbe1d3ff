"""A text that a code host shows: marked so that it is found again, and cut on whole lines where it is too long."""

from dataclasses import dataclass

_LEFT_OUT = "\n… {count:,} more lines are left out: this host takes no longer text. The job's page has all of it.\n"
_FENCES = ("```", "~~~")


@dataclass(frozen=True)
class Marker:
    """Of one text of ours, in a comment of Markdown that readers do not see."""

    kind: str
    project: str
    stack: str

    def __str__(self) -> str:
        return f"<!-- mesh-{self.kind}:{self.project}/{self.stack} -->"

    def stands_in(self, text: str) -> bool:
        """On a line of its own: a quotation does not count."""
        return str(self) in text.splitlines()

    def put_on(self, text: str) -> str:
        return text if self.stands_in(text) else f"{self}\n{text}"


def cut(text: str, most: int) -> str:
    """The text, or as many of its first lines as fit, with a word on the others. Open code and details are closed."""
    if len(text) <= most:
        return text
    lines = text.splitlines()
    kept: list[str] = []
    length = 0
    room = most - len(_LEFT_OUT) - 100  # for the count, a fence and what closes details
    for line in lines:
        if length + len(line) + 1 > room:
            break
        kept.append(line)
        length += len(line) + 1
    return "\n".join([*kept, *_closed(kept)]) + "\n" + _LEFT_OUT.format(count=len(lines) - len(kept))


def _closed(lines: list[str]) -> list[str]:
    """What ends an open block of code, and open details."""
    fence = ""
    details = 0
    for line in lines:
        mark = line.strip()[:3]
        if fence:
            fence = "" if mark == fence else fence
        elif mark in _FENCES:
            fence = mark
        else:
            details += line.count("<details") - line.count("</details>")
    return [*([fence] if fence else []), *["</details>"] * max(details, 0)]
