"""A stack file on disk, into the environment that it declares."""

from collections.abc import Mapping
from pathlib import Path

from mesh import model, resolve
from mesh.declaration import includes, spelling, stack_file
from mesh.declaration.problems import Invalid, Problem
from mesh.declaration.stack_file import Document
from mesh.failures import Failure
from mesh.files import included
from mesh.files.included import Reader

_LARGEST_READ = stack_file.LARGEST + 1


def environment(path: Path) -> model.Environment:
    """Raises Invalid, also for a file that cannot be read. The file's name tells the environment's."""
    return environment_of(_contents(path), name(path), included.beside(path))


def environment_of(contents: bytes, name: str, read: Reader = included.nothing) -> model.Environment:
    """Raises Invalid. Of what a stack file holds, wherever it stands; `read` gives the files that it includes."""
    return checked(whole(stack_file.document(contents), read), name)


def checked(document: Document, name: str) -> model.Environment:
    """Raises Invalid; also of properties that Azure does not have."""
    environment = resolve.environment(document, name)
    if environment.azure:
        from mesh.engine import azure_settings  # loads the SDK

        if found := list(document.located(azure_settings.problems(environment))):
            raise Invalid(found)
    return environment


def whole(document: Document, read: Reader) -> Document:
    """With the files that it includes. Raises Invalid."""
    return includes.merged(document, read(includes.patterns(document)))


def texts(path: Path) -> Mapping[str, str]:
    """Of a sound stack file, under the empty name, and of the files that it includes, by their path from its folder."""
    contents = _contents(path)
    patterns = includes.patterns(stack_file.document(contents))
    files = {"": contents, **included.beside(path)(patterns)}
    return {name: data.decode("utf-8") for name, data in files.items()}


def document_of(texts: Mapping[str, str]) -> Document:
    """Raises Invalid. Of texts as above."""
    others = {name: text.encode() for name, text in texts.items() if name}
    return whole(stack_file.document(texts[""].encode()), lambda _patterns: others)


def name(path: Path) -> str:
    """`prod` of Pulumi.prod.yaml."""
    return path.name.removeprefix("Pulumi.").rpartition(".")[0]


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_READ)
    except IsADirectoryError:
        raise Invalid([Problem((), "this is a folder", "Name a stack file in it, such as Pulumi.prod.yaml")]) from None
    except FileNotFoundError:
        raise Invalid([Problem((), "there is no such file", "Check the name, and the folder you are in")]) from None
    except PermissionError:
        raise Invalid([Problem((), "you may not read this file", f"Allow it: chmod u+r {path.name}")]) from None
    except OSError as error:
        raise Invalid([Problem((), f"it cannot be read: {error.strerror}", "Check the file and its disk")]) from None


def summary(environment: model.Environment) -> str:
    """The number of networks, clusters, machines, workloads and routes, as text."""
    parts = {
        "network": environment.networks,
        "cluster": environment.clusters,
        "machine": environment.machines,
        "workload": environment.workloads,
        "route": environment.routes,
    }
    return spelling.listed(f"{len(items)} {part}{'' if len(items) == 1 else 's'}" for part, items in parts.items())


def write(files: Mapping[str, str], folder: Path) -> None:
    """Files by relative path into a new or empty folder. Raises Failure.

    What is left in it of an older plan would be applied as a part of this one.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise Failure(f"{folder}: is not empty. Name a new folder with --out.")
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{folder}: cannot be written: {error.strerror}. Name another folder with --out.") from None
