"""Entries that are added to lists of YAML in each of its styles: one line changes, comments and order stay."""

import pytest
import yaml

from mesh.learn import yaml_edits

CASES = {
    "block": (
        "routes:\n  - {from: a}  # first\n  # of the cart\n  - from: b\n    to: c   # kept\n\n# after\nmore: 1\n",
        "routes:\n  - {from: a}  # first\n  # of the cart\n  - from: b\n    to: c   # kept\n"
        "  - {new: 1}\n\n# after\nmore: 1\n",
    ),
    "block without indent": (
        "routes:\n- {from: a}\n- from: b\n# after\nmore: 1\n",
        "routes:\n- {from: a}\n- from: b\n- {new: 1}\n# after\nmore: 1\n",
    ),
    "brackets": ("routes: [{from: a}]  # kept\n", "routes: [{from: a}, {new: 1}]  # kept\n"),
    "brackets with a comma": ("routes: [{from: a},]\n", "routes: [{from: a}, {new: 1}]\n"),
    "empty brackets": ("routes: []  # none\n", "routes: [{new: 1}]  # none\n"),
    "brackets over lines": (
        "routes: [\n  {from: a}, # first\n  {from: b} # last\n]\nmore: 1\n",
        "routes: [\n  {from: a}, # first\n  {from: b}, # last\n  {new: 1}\n]\nmore: 1\n",
    ),
    "brackets over lines with a last comma": (
        "routes: [\n  {from: a},\n  {from: b}, # last, really\n]\n",
        "routes: [\n  {from: a},\n  {from: b}, # last, really\n  {new: 1},\n]\n",
    ),
    "no value": ("routes:  # none yet\nmore: 1\n", "routes:  # none yet\n  - {new: 1}\nmore: 1\n"),
    "no key": ("more:\n  - x\n# end\n", "more:\n  - x\nroutes:\n  - {new: 1}\n# end\n"),
    "no newline at the end": ("routes:\n  - {from: a}", "routes:\n  - {from: a}\n  - {new: 1}\n"),
    "lines of Windows": (
        "routes:\r\n  - {from: a}\r\nmore: 1\r\n",
        "routes:\r\n  - {from: a}\r\n  - {new: 1}\r\nmore: 1\r\n",
    ),
    "a block of text": (
        "routes:\n  - from: |\n      a\n      b\nmore: 1\n",
        "routes:\n  - from: |\n      a\n      b\n  - {new: 1}\nmore: 1\n",
    ),
}


@pytest.mark.parametrize("style", CASES)
def test_an_entry_is_added_and_nothing_else_changes(style: str) -> None:
    before, after = CASES[style]

    found = yaml_edits.appended(before, ("routes",), "{new: 1}")

    assert found == after
    assert yaml.safe_load(found)["routes"][-1] == {"new": 1}


def test_a_mapping_in_braces_has_no_line_to_add_to() -> None:
    with pytest.raises(yaml_edits.Unfit):
        yaml_edits.appended("{more: 1}\n", ("routes",), "{new: 1}")
