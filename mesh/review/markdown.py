"""Text and tables → Markdown that stays under a number of characters, by leaving out whole rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

_MOST_LINES_IN_A_CELL = 8
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Cells are Markdown already."""
    folded: bool = False
    """Whether a reader has to open it."""
    left_out: int = 0

    def __str__(self) -> str:
        shown = [number for number in range(len(self.columns)) if any(row[number] for row in self.rows)]
        lines = [_row([self.columns[number] for number in shown]), _row(["---"] * len(shown))] if self.rows else []
        lines += [_row([row[number] for number in shown]) for row in self.rows]
        if self.left_out:
            lines += ["", f"… and {self.left_out:,} more, left out to keep this short enough."]
        text = "\n".join(lines)
        if self.folded:
            return f"<details><summary>{self.title}</summary>\n\n{text}\n\n</details>\n"
        return f"**{self.title}**\n\n{text}\n"

    def shorter(self, rows: int) -> "Table":
        """Without its last rows."""
        rows = min(rows, len(self.rows))
        return replace(self, rows=self.rows[: len(self.rows) - rows], left_out=self.left_out + rows)


@dataclass(frozen=True)
class Picture:
    text: str
    """Whole, or left out."""

    def __str__(self) -> str:
        return self.text


Part = str | Table | Picture


def fitted(parts: Sequence[Part], most: int) -> str:
    """What is cut first are folded tables, then pictures, then the other tables, each from the last part on."""
    kept = list(parts)
    ranks = {position: _rank(part) for position, part in enumerate(parts)}
    for position in sorted(ranks, key=lambda each: (ranks[each], -each)):
        surplus = len(_joined(kept)) - most
        if surplus <= 0:
            break
        part = kept[position]
        if isinstance(part, Picture):
            kept[position] = "The picture is left out to keep this short enough.\n"
        elif isinstance(part, Table):
            kept[position] = _cut(part, surplus)
    return _joined(kept)


def _rank(part: Part) -> int:
    if isinstance(part, Table):
        return 0 if part.folded else 2
    return 1 if isinstance(part, Picture) else 3


def _cut(table: Table, surplus: int) -> Table:
    """As few rows as make up for the surplus and for the line that says so; or all."""
    wanted = len(str(table)) - surplus
    fewest, most = 1, len(table.rows)
    while fewest < most:
        middle = (fewest + most) // 2
        if len(str(table.shorter(middle))) <= wanted:
            most = middle
        else:
            fewest = middle + 1
    return table.shorter(most)


def _joined(parts: Sequence[Part]) -> str:
    return "\n".join(str(part) for part in parts if str(part))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """In which stars, underscores and at-signs are themselves; one line."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
    fence = "``" if "`" in line else "`"
    padding = " " if "`" in line else ""
    return f"{fence}{padding}{line}{padding}{fence}".replace("|", r"\|") if line else ""


def lines(texts: Sequence[str]) -> str:
    """Several in one cell, each as code."""
    shown = [code(text) for text in texts[:_MOST_LINES_IN_A_CELL]]
    more = len(texts) - len(shown)
    return "<br>".join([*shown, *([f"and {more:,} more"] if more > 0 else [])])


def plain(text: str) -> str:
    """Words in a cell or a line, in which nothing is markup."""
    line = " ".join(text.split())
    escaped = "".join(f"\\{each}" if each in r"\`*_[]|" else _ENTITIES.get(each, each) for each in line)
    return escaped.replace("@", "@&#8203;")


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def block(text: str) -> str:
    """Several lines as they are."""
    fence = "~" * 10
    inside = text.replace(fence, "~ " * 5)
    return f"{fence}\n{inside}\n{fence}\n"
