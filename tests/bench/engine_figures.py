"""What the engine takes for an environment: seconds for each command, with a provider that does nothing.

Beside it a program that registers the same resources from a ready-made list. Both in one run, on the directory backend.
"""

import json
import time
from pathlib import Path
from typing import Any

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
    """Seconds of each step of both programs, and what the state holds."""
    versions = {name: plugins.version(name) for name in ("azure-native", "kubernetes")}
    declared = sized_environments.declared(size)
    *routes, last = declared["routes"]
    ours = _project(folder / "ours", versions, programs.OURS)
    without = {**declared, "routes": routes}
    figures: dict[str, Any] = {"ours": {}, "bare": {}}

    (ours.folder / "Pulumi.bench.yaml").write_text(stack_file(without))
    figures["ours"]["first preview"] = _seconds(ours, "preview")
    figures["ours"]["up"] = _seconds(ours, "up", "--yes", "--skip-preview")
    figures["state"] = next((folder / "ours/state").rglob("lab.json")).stat().st_size
    state = json.loads(ours.run("stack", "export", "--show-secrets").stdout)
    figures["resources"] = len(state["deployment"]["resources"])

    bare = _project(folder / "bare", versions, programs.BARE)
    (bare.folder / "resources.json").write_text(json.dumps(programs.ready_made(state, versions)))
    figures["bare"]["first preview"] = _seconds(bare, "preview")
    figures["bare"]["up"] = _seconds(bare, "up", "--yes", "--skip-preview")
    for name, project in (("ours", ours), ("bare", bare)):
        figures[name]["unchanged preview"] = _seconds(project, "preview", "--expect-no-changes")
        figures[name]["refresh"] = _seconds(project, "refresh", "--yes", "--skip-preview")

    (ours.folder / "Pulumi.bench.yaml").write_text(stack_file({**declared, "routes": [*routes, last]}))
    figures["ours"]["preview of a route"] = _seconds(ours, "preview")
    figures["ours"]["up of a route"] = _seconds(ours, "up", "--yes", "--skip-preview")
    for name, project in (("ours", ours), ("bare", bare)):
        figures[name]["destroy"] = _seconds(project, "destroy", "--yes", "--skip-preview")
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


def _seconds(project: pulumi_projects.Project, *arguments: str) -> float:
    start = time.perf_counter()
    running = project.start(*arguments)
    output, _ = running.communicate()
    assert running.returncode == 0, f"pulumi {' '.join(arguments)}:\n{output[-3000:]}"
    return round(time.perf_counter() - start, 2)
