"""YAML as a stack file has it; what is refused stands in cases/."""

import time

import pytest

from mesh.declaration import stack_file
from mesh.declaration.problems import Invalid


def refusal(text: str | bytes) -> str:
    with pytest.raises(Invalid) as invalid:
        stack_file.document(text if isinstance(text, bytes) else text.encode())
    return " ".join(problem.message for problem in invalid.value.problems)


def test_values_are_those_of_yaml() -> None:
    document = stack_file.document(b"""
a: 1
b: -7
c: 1.5
d: true
e: ~
f: plain text
g: "1"
h: [x, 'y']
i: 1.30.4
j: 10.10.0.0/16
k: |
  two
  lines
""")

    assert document.value == {
        "a": 1, "b": -7, "c": 1.5, "d": True, "e": None, "f": "plain text", "g": "1", "h": ["x", "y"],
        "i": "1.30.4", "j": "10.10.0.0/16", "k": "two\nlines\n",
    }  # fmt: skip


def test_a_line_is_that_of_the_part_or_of_the_nearest_around_it() -> None:
    document = stack_file.document(b"a:\n  b: {c: 1}\n  d:\n    - x\n    - z\n")

    assert document.line(("a",)) == 1
    assert document.line(("a", "b", "c")) == 2
    assert document.line(("a", "d", 1)) == 5
    assert document.line(("a", "b", "missing", "deeper")) == 2


def test_windows_line_ends_are_read_as_any() -> None:
    document = stack_file.document(b"a: 1\r\nb: x\r\n")

    assert document.value == {"a": 1, "b": "x"}
    assert document.line(("b",)) == 2


@pytest.mark.parametrize("word", ["yes", "No", "on", "OFF", "y", "N"])
def test_a_word_that_is_a_truth_value_to_some_is_refused_without_quotes(word: str) -> None:
    assert "is true or false to one version of YAML" in refusal(f"a: {word}")
    assert stack_file.document(f"a: '{word}'".encode()).value == {"a": word}


@pytest.mark.parametrize(
    "word", ["010", "0o17", "0x1F", "0b11", "1_000", "1e3", "12:30:00", "2026-11-23", ".inf", ".NaN", "9" * 30]
)
def test_a_word_that_is_a_number_or_a_date_to_some_is_refused_without_quotes(word: str) -> None:
    assert "without quotes" in refusal(f"a: {word}")
    assert stack_file.document(f'a: "{word}"'.encode()).value == {"a": word}


@pytest.mark.parametrize("word", ["1.2.3", "0.0.0.0/0", "+", "on-call", "yes-man", "12h", "v1", "/*", "0", "08h"])
def test_a_word_that_all_read_alike_needs_no_quotes(word: str) -> None:
    assert str(stack_file.document(f"a: {word}".encode()).value["a"]) == word


def test_a_bomb_of_aliases_ends_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 50)}]" for n in range(1, 300)]
    started = time.process_time()

    assert "is a YAML anchor" in refusal("\n".join(lines))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_ends_at_once(opening: str) -> None:
    started = time.process_time()

    assert "nested more than 32 deep" in refusal("a:\n  " + opening * 20_000)
    assert time.process_time() - started < 2


def test_a_file_of_megabytes_is_not_read() -> None:
    assert "larger than 2097152 bytes" in refusal(b"#" * 3_000_000)


def test_a_tag_makes_no_object() -> None:
    assert "has a YAML tag" in refusal("a: !!python/object/apply:os.getcwd []")
    assert "has a YAML tag" in refusal("a: !!str 1")


@pytest.mark.parametrize("key", ["1", "true", "~", "1.5", "? [a, b]\n", "{a: b}"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert "keys are text" in (message := refusal(f"{key}: x")) or "a key is text" in message


def test_all_of_yamls_problems_come_at_once() -> None:
    with pytest.raises(Invalid) as invalid:
        stack_file.document(b"a: yes\nb: &x 1\na: 2\nc: 010\n")

    assert [problem.line for problem in invalid.value.problems] == [1, 2, 3, 4]
