"""Whatever stands in a stack file, it is an environment or refused with messages; nothing else happens."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from environments import TEXT, declared, document
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh import resolve
from mesh.declaration import stack_file
from mesh.declaration.problems import Invalid, report
from mesh.declaration.stack_file import Document
from mesh.model import Environment

WORDS = (
    *("", " ", "east", "west", "machines", "ledger-0", "orders", "ingress/public", "ingress/east/public", "ingress/"),
    *("10.10.0.0/16", "10.10.0.0/33", "10.30.0.10", "0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32", "1/2", "/24"),
    *("/*", "/", "GET", "http", "tcp", "sql", "1.34", "true", "\x00", "а", "\u202e", "a" * 300, "-----BEGIN", "{}"),
    *("existing", "kube-system", "example.com", "*.example.com", "ssh-ed25519 AAAA", "ssh-rsa", "{message}", "%s"),
)
INSERTED = (
    *(b"", b"\t", b":", b"[", b"}", b"&a ", b"*a", b"!x ", b"\xff", b"\n", b"- ", b"'", b'"', b"|", b"?", b"#", b"%"),
    *(b"@", b'"\\ud800"', b"<<: ", b"---\n", b"\x00", b"\xc2\x85", b"\xe2\x80\xae"),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 70_000), st.floats(), st.sampled_from(WORDS), st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


PLACES = sorted(places(declared()), key=repr)


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if not inside:
            return None
        value = value[part]
    return value


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """The sound environment with some parts replaced, removed, renamed, or moved."""
    environment = declared()
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        if not path:
            continue
        parent, key = at(environment, path[:-1]), path[-1]
        if not isinstance(parent, dict | list) or at(environment, path) is None:
            continue
        change = draw(st.sampled_from(("replace", "remove", "rename", "move", "double")))
        if change == "remove":
            del parent[key]
        elif change == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from(WORDS))] = parent.pop(key)
        elif change == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        elif change == "move":
            parent[key] = copy.deepcopy(at(environment, draw(st.sampled_from(PLACES))))
        else:
            parent[key] = draw(VALUES)
    return environment


def verdict(read: Callable[[], Document]) -> Environment | str:
    try:
        return resolve.environment(read(), "shop")
    except Invalid as invalid:
        problems = invalid.problems
    text = report(problems, "stack.yaml")
    assert problems
    assert len(text.splitlines()) == len(problems) + 1, "one line each, and their number"
    assert text.replace("\n", "").isprintable()
    return text


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_a_changed_environment_is_resolved_or_refused(environment: Any) -> None:
    verdict(lambda: document(environment))


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_anything_in_place_of_an_environment_is_refused(environment: Any) -> None:
    assert isinstance(verdict(lambda: document(environment)), str)


@settings(max_examples=60, deadline=None)
@given(mutated(), st.randoms(use_true_random=False))
def test_the_order_of_names_changes_neither_environment_nor_problems(environment: Any, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return value

    assert verdict(lambda: document(shuffled(environment))) == verdict(lambda: document(environment))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from(INSERTED), st.integers(0, 6)), min_size=1, max_size=3)
)
def test_a_changed_text_is_read_or_refused(changes: list[tuple[int, bytes, int]]) -> None:
    text = TEXT
    for position, inserted, removed in changes:
        text = text[:position] + inserted + text[position + removed :]
    verdict(lambda: stack_file.document(text))
