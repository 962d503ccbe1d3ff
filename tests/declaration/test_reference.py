"""The page of the stack file is the schema's, whole, and its links lead somewhere."""

import re
from pathlib import Path

from typer.testing import CliRunner

from mesh.commands import app
from mesh.declaration import reference, spec

PAGE = Path(__file__).parents[2] / "docs" / "stack-file.md"


def test_the_page_in_docs_is_the_programs() -> None:
    printed = CliRunner().invoke(app, ["schema", "--markdown"]).output

    assert PAGE.read_text() == printed, "mesh schema --markdown > docs/stack-file.md"


def test_every_key_of_every_part_stands_on_it() -> None:
    text = PAGE.read_text()
    rows = re.findall(r"^\| \*{0,2}`([^`]+)`", text, re.MULTILINE)

    assert sorted(rows) == sorted(key for part in spec.schema()["$defs"].values() for key in part.get("properties", ()))


def test_its_links_lead_to_its_headings() -> None:
    text = PAGE.read_text()
    anchors = {re.sub(r"[^a-z0-9_-]", "", heading.lower()) for heading in re.findall(r"^## (.*)$", text, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]*)\)", text)) == anchors - {"config"}


def test_a_key_says_what_it_takes_its_default_and_its_meaning() -> None:
    part = {
        "properties": {
            "size": {"type": "integer", "minimum": 1, "maximum": 9, "description": "How big.", "default": 3},
            "names": {
                "type": "array",
                "items": {"type": "string"},
                "description": "What.",
                "examples": [["a", "1.30"]],
            },
            "kind": {"anyOf": [{"enum": ["one", "two"]}, {"type": "null"}], "default": None, "description": "Which."},
        },
        "required": ["names"],
    }

    page = reference.page({"$defs": {"Configuration": part}})

    assert page.endswith(
        "## `config`\n\n"
        "| key | what it takes | default | meaning |\n"
        "| --- | --- | --- | --- |\n"
        "| `size` | number from 1 to 9 | `3` | How big. |\n"
        '| **`names`** | list of text |  | What. Such as `[a, "1.30"]`. |\n'
        "| `kind` | `one`, `two` |  | Which. |\n"
    )
