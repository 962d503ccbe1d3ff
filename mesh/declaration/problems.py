"""Problems of a stack file → the lines that a user reads."""

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]

ENVIRONMENT: Path = ("config", "hybrid-mesh:environment")
"""The path of the environment in a stack file; messages leave it out."""


@dataclass(frozen=True)
class Problem:
    path: Path
    """From the top of the stack file: keys, and positions in lists."""
    message: str
    """The problem and the rule."""
    fix: str
    line: int | None = None
    file: str | None = None
    """By its path from the folder of the stack file; None for the stack file itself."""

    @property
    def place(self) -> str:
        start = len(ENVIRONMENT) if self.path[: len(ENVIRONMENT)] == ENVIRONMENT else 0
        if start == len(self.path):
            start = 0
        written = ""
        for part in self.path[start:]:
            written += f"[{part}]" if isinstance(part, int) else f".{_printable(part)}"
        return written.removeprefix(".")


class Invalid(Exception):
    """A stack file with problems: all of them, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_order))
        super().__init__(report(self.problems, "stack file"))


def report(problems: tuple[Problem, ...], file: str) -> str:
    """One line a problem, and their number."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join((*(_line(problem, file) for problem in problems), f"{file}: {count}."))


def path_of(problem: Problem, file: str) -> str:
    """The path of the file with the problem, where the stack file's is `file`."""
    folder, slash, _ = file.rpartition("/")
    return file if problem.file is None else f"{folder}{slash}{problem.file}"


def _line(problem: Problem, file: str) -> str:
    named = path_of(problem, file)
    position = named if problem.line is None else f"{named}:{problem.line}"
    where = f"{position}: {problem.place}" if problem.path else position
    return f"{where}: {problem.message}. {problem.fix}{'' if problem.fix.endswith('?') else '.'}"


def _order(problem: Problem) -> tuple[str, int, tuple[tuple[int, str], ...], str]:
    steps = tuple((part, "") if isinstance(part, int) else (0, part) for part in problem.path)
    return problem.file or "", problem.line or 0, steps, problem.message


def _printable(key: str) -> str:
    written = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in key)
    return written if len(written) <= 60 else f"{written[:60]}…"
