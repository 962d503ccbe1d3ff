"""What the README and the page on access show is what the commands print, and the stack file shown is one."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh import resolve
from mesh.commands import app
from mesh.declaration import stack_file

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text()
PAGES = "".join((README, *((CHECKOUT / "docs" / page).read_text() for page in ("access.md", "network-policies.md"))))
SHOWN = re.findall(r"^\$ mesh (.*)\n((?:(?!\$ |```).*\n)*)", PAGES, re.MULTILINE)


@pytest.mark.parametrize(("arguments", "output"), SHOWN, ids=[arguments for arguments, _ in SHOWN])
def test_a_command_prints_what_is_shown(arguments: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)

    assert CliRunner().invoke(app, shlex.split(arguments)).output == output


def test_the_readme_shows_commands() -> None:
    assert len(SHOWN) >= 2


def test_the_stack_file_in_the_readme_is_sound() -> None:
    text = re.search(r"```yaml\n(config:.*?)```", README, re.DOTALL)

    assert text is not None
    assert len(resolve.environment(stack_file.document(text[1].encode()), "readme").routes) == 4
