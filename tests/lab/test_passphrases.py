"""The salt of a stack file is opened by its own passphrase; a file of another one is named, and left out of the lab."""

from pathlib import Path

import pytest

from mesh.failures import Failure
from mesh.lab import passphrases, stack

SALT = "v1:T6RI3T3bqvg=:v1:gmKm9sMdHmEo0XlQ:m9MDH8ChzKOMVkBtBq6QFuwB9H6g1A=="
"""Made by the engine with the passphrase hybrid-mesh-lab."""
OF_ANOTHER = SALT.replace("m9MDH8", "n9MDH8")
LAB = (Path(__file__).parents[2] / "stacks" / "Pulumi.lab.yaml").read_text()


def test_only_the_passphrase_that_made_a_salt_opens_it() -> None:
    assert passphrases.opens("hybrid-mesh-lab", SALT)
    assert not passphrases.opens("another", SALT)
    assert not passphrases.opens("hybrid-mesh-lab", "v2:whatever")


def test_a_salt_is_read_with_and_without_quotes_and_comments() -> None:
    assert passphrases.salt(f"encryptionsalt: {SALT}  # of the lab\nconfig: {{}}\n") == SALT
    assert passphrases.salt(f'encryptionsalt: "{SALT}"\n') == SALT
    assert passphrases.salt("config: {}\n") is None


def test_a_stack_file_of_another_passphrase_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "project", lambda: tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.lab.yaml").write_text(LAB)
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(f"encryptionsalt: {OF_ANOTHER}\n")

    assert [file.name for file in stack.files()] == ["Pulumi.lab.yaml"]
    assert [file.name for file in stack.locked_files()] == ["Pulumi.prod.yaml"]


def test_the_labs_own_file_with_another_salt_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "project", lambda: tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.lab.yaml").write_text(LAB.replace(SALT, OF_ANOTHER))

    with pytest.raises(Failure, match=r"stacks/Pulumi.lab.yaml has the encryptionsalt of another passphrase"):
        stack.check_file()
