"""Everything up to the plan is pure, and no layer imports one that stands above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = (
    {"model", "azure_ids", "request_paths", "pki.certificates", "pki.intermediates", "findings.codes"},
    {"names", "addresses"},
    {"plan"},
    {"render"},
    {"declaration"},
    {"resolve"},
    {"access"},
    {"findings"},
    {"learn"},
    {"graph"},
    {"review"},
)
"""From the bottom up; a module imports from its own layer and those before."""

PURE = set().union(*LAYERS)

IMPURE_MODULES = {
    *("pulumi", "pulumi_azure_native", "pulumi_kubernetes", "kubernetes", "httpx", "urllib", "http", "requests"),
    *("subprocess", "socket", "os", "sys", "shutil", "tempfile", "glob", "io", "time", "random", "secrets", "locale"),
    *(
        "asyncio",
        "threading",
        "multiprocessing",
        "logging",
        "sqlite3",
        "typer",
        "rich",
        "getpass",
        "platform",
        "signal",
    ),
}
IMPURE_NAMES = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}
IMPURE_CALLS = {
    *("now", "today", "utcnow", "getenv", "urandom", "uuid1", "uuid4"),
    *(
        "read_text",
        "read_bytes",
        "write_text",
        "write_bytes",
        "open",
        "exists",
        "is_file",
        "is_dir",
        "iterdir",
        "mkdir",
    ),
}


def modules_of(part: str) -> list[Path]:
    folder = ROOT / "mesh" / part.replace(".", "/")
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


PURE_FILES = [path for part in sorted(PURE) for path in modules_of(part)]


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each imported module, dotted; `from mesh import names` is mesh.names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative imports hide what is imported"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def impurities(source: str) -> list[str]:
    tree = ast.parse(source)
    found = [f"line {line}: imports {name}" for line, name in imported(tree) if name.split(".")[0] in IMPURE_MODULES]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            found.append(f"line {node.lineno}: uses {node.id}")
        if isinstance(node, ast.Attribute) and node.attr in IMPURE_CALLS:
            found.append(f"line {node.lineno}: uses .{node.attr}")
    return found


def part_of(module: str) -> str | None:
    """The longest part that the module belongs to, or its first name below mesh."""
    names = module.split(".")
    if names[0] != "mesh" or len(names) < 2:
        return None
    return next((part for part in (".".join(names[1:3]), names[1]) if part in PURE), names[1])


def upward(part: str, source: str) -> list[str]:
    own = next(level for level, layer in enumerate(LAYERS) if part in layer)
    reachable = set().union(*LAYERS[: own + 1])
    parts = [(line, part_of(module)) for line, module in imported(ast.parse(source))]
    return [f"line {line}: imports mesh.{name}" for line, name in parts if name and name not in reachable]


def test_every_pure_part_is_there() -> None:
    assert [str(path.relative_to(ROOT)) for path in PURE_FILES if not path.exists()] == []


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_up_to_the_plan_touches_the_world(path: Path) -> None:
    assert impurities(path.read_text()) == []


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_layer_imports_one_above_it(path: Path) -> None:
    part = part_of(".".join(path.relative_to(ROOT).with_suffix("").parts))

    assert part in PURE
    assert upward(part, path.read_text()) == []


@pytest.mark.parametrize("part", ["deploy", "lab", "engine"])
def test_what_is_deployed_does_not_know_the_command(part: str) -> None:
    found = {
        str(path.relative_to(ROOT)): name
        for path in modules_of(part)
        for _, name in imported(ast.parse(path.read_text()))
        if name.startswith("mesh.commands")
    }

    assert found == {}


def test_the_program_knows_nothing_of_the_lab() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "__main__.py", *PURE_FILES, *modules_of("deploy"))
        for _, name in imported(ast.parse(path.read_text()))
        if part_of(name) == "lab"
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import pulumi",
        "from pulumi_azure_native import network",
        "import os.path",
        "from subprocess import run",
        "from datetime import datetime\nNOW = datetime.now()",
        "from pathlib import Path\nTEXT = Path('x').read_text()",
        "TEXT = open('x').read()",
    ],
)
def test_an_impure_module_is_found(source: str) -> None:
    assert impurities(source)


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("model", "from mesh import names"),
        ("render", "from mesh.declaration import spec"),
        ("resolve", "from mesh.access import judge"),
        ("declaration", "import mesh.resolve.routes"),
        ("plan", "from mesh import deploy"),
        ("plan", "from mesh.render import plan"),
        ("declaration", "from mesh.findings import assess"),
    ],
)
def test_an_import_upward_is_found(part: str, source: str) -> None:
    assert upward(part, source)
