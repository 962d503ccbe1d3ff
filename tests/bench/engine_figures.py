"""What the engine takes for an environment: seconds for each command, with a provider that does nothing.

Beside it a program that registers the same resources from a ready-made list. Both in one run, on the directory backend.
Processor time of the engine, the program and the plugins stands beside the clock's: it says the same on a busy machine.
"""

import json
import resource
import time
from pathlib import Path
from typing import Any, NamedTuple

import programs
import pulumi_projects
import sized_environments
import yaml

from mesh.lab.parts import plugins
from mesh.plan import Plan

Declared = dict[str, Any]
PROVIDER = Path(__file__).with_name("nothing_provider.py")
STEPS = ("first preview", "up", "unchanged preview", "refresh", "preview of a route", "up of a route", "destroy")
_SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"


def stack_file(declared: Declared) -> str:
    return yaml.dump(
        {"config": {"azure-native:subscriptionId": _SUBSCRIPTION, "hybrid-mesh:environment": declared}},
        Dumper=yaml.CSafeDumper,
    )


def measured(size: int, folder: Path) -> dict[str, Any]:
    """What each step of both programs takes, and what the state holds."""
    versions = {name: plugins.version(name) for name in ("azure-native", "kubernetes")}
    declared = sized_environments.declared(size)
    *routes, last = declared["routes"]
    ours = _project(folder / "ours", versions, programs.OURS)
    without = {**declared, "routes": routes}
    figures: dict[str, Any] = {"ours": {}, "bare": {}}

    (ours.folder / "Pulumi.bench.yaml").write_text(stack_file(without))
    figures["ours"]["first preview"] = _taken(ours, "preview")
    figures["ours"]["up"] = _taken(ours, "up", "--yes", "--skip-preview")
    figures["state"] = next((folder / "ours/state").rglob("lab.json")).stat().st_size
    state = json.loads(ours.run("stack", "export", "--show-secrets").stdout)
    figures["resources"] = len(state["deployment"]["resources"])

    bare = _project(folder / "bare", versions, programs.BARE)
    (bare.folder / "resources.json").write_text(json.dumps(programs.ready_made(state, versions)))
    figures["bare"]["first preview"] = _taken(bare, "preview")
    figures["bare"]["up"] = _taken(bare, "up", "--yes", "--skip-preview")
    for name, project in (("ours", ours), ("bare", bare)):
        figures[name]["unchanged preview"] = _taken(project, "preview", "--expect-no-changes")
        figures[name]["refresh"] = _taken(project, "refresh", "--yes", "--skip-preview")

    (ours.folder / "Pulumi.bench.yaml").write_text(stack_file({**declared, "routes": [*routes, last]}))
    figures["ours"]["preview of a route"] = _taken(ours, "preview")
    figures["ours"]["up of a route"] = _taken(ours, "up", "--yes", "--skip-preview")
    for name, project in (("ours", ours), ("bare", bare)):
        figures[name]["destroy"] = _taken(project, "destroy", "--yes", "--skip-preview")
    return figures


def in_azure(plan: Plan) -> dict[str, int]:
    """What of a plan Azure has: its resources, and the rules in its security groups."""
    rules = sum(len(each.properties.get("securityRules", ())) for each in plan.azure)
    return {"azure": len(plan.azure), "rules": rules}


def _project(folder: Path, versions: dict[str, str], program: str) -> pulumi_projects.Project:
    packages = {name.replace("-", "_"): version for name, version in versions.items()}
    made = pulumi_projects.project(folder, provider=PROVIDER, **packages)
    made.write(program)
    made.run("config", "set", "azure-native:subscriptionId", _SUBSCRIPTION)
    return made


class Taken(NamedTuple):
    seconds: float
    processor: float


def _taken(project: pulumi_projects.Project, *arguments: str) -> Taken:
    start, used = time.perf_counter(), _processor()
    running = project.start(*arguments)
    output, _ = running.communicate()
    assert running.returncode == 0, f"pulumi {' '.join(arguments)}:\n{output[-3000:]}"
    return Taken(round(time.perf_counter() - start, 2), round(_processor() - used, 2))


def _processor() -> float:
    """Of all processes that ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
