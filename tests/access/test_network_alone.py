"""Calls between machines without sidecars: open where a route says so, told as held by the network alone."""

import copy
from pathlib import Path
from typing import Any

import pytest

from mesh.access.declared import allowances
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.declaration import stack_file
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan
from mesh.views.matrix import View
from tests import environments
from tests.changed_plans import with_properties

CASE = Path(__file__).parents[1] / "cases" / "routes" / "route-by-the-network-alone" / "stack.yaml"
DECLARED = stack_file.document(CASE.read_bytes()).value["config"]["hybrid-mesh:environment"]


def planned(**workloads: Any) -> Plan:
    environment = copy.deepcopy(DECLARED)
    environment["workloads"].update(workloads)
    environment["machines"]["agent-vm"] = {"network": "vms", "address": "10.20.0.30", "existing": True}
    return plan(environments.resolved(environment))


@pytest.fixture(scope="module")
def sound() -> Plan:
    return planned()


def calls(plan: Plan) -> dict[tuple[str, str], tuple[str, bool]]:
    """By caller and callee: whether it is declared, and held by the network alone."""
    world = World(plan)
    view = View(matrix(Judge(world)), allowances(world), world.workloads)
    return {(cell.caller, cell.callee): (view.standing(cell), cell.by_network_alone) for cell in view.matrix.cells}


def found(plan: Plan) -> set[tuple[str, str]]:
    codes = ("held-by-the-network-alone", "undeclared-opening", "route-does-not-work")
    return {(finding.code, finding.subject) for finding in of_plan(plan) if finding.code in codes}


def test_what_is_declared_is_open_and_nothing_else(sound: Plan) -> None:
    assert calls(sound) == {("erp", "erp-sql"): ("declared", True), ("erp", "reports-db"): ("declared", True)}
    assert found(sound) == {
        ("held-by-the-network-alone", "erp to erp-sql:1433"),
        ("held-by-the-network-alone", "erp to reports-db:5432"),
    }


def test_no_object_of_the_mesh_admits_the_caller(sound: Plan) -> None:
    named = [item.name for item in sound.objects if "/erp" in item.name and not item.name.endswith("Namespace/legacy")]

    assert named == ["east/legacy/ServiceEntry/erp", "east/legacy/ServiceEntry/erp-sql",
                     "east/legacy/WorkloadEntry/erp-erp-vm", "east/legacy/WorkloadEntry/erp-sql-sql-vm"]  # fmt: skip


def test_who_shares_the_machine_is_taken_for_the_caller_and_told() -> None:
    shared = planned(
        agent={"machines": ["erp-vm"], "sidecar": False, "namespace": "legacy", "ports": {"tcp-agent": 9999}}
    )

    assert calls(shared)["agent", "erp-sql"] == ("declared", True)
    assert ("held-by-the-network-alone", "agent to erp-sql:1433") in found(shared)


def test_a_rule_for_a_whole_subnet_is_an_undeclared_opening() -> None:
    agent = {"machines": ["agent-vm"], "sidecar": False, "namespace": "legacy", "ports": {"tcp-agent": 9999}}
    apart = planned(agent=agent)
    assert ("agent", "erp-sql") not in calls(apart)

    changed = apart
    for name in ("nsg/vms/machines", "nsg/data/machines"):
        group = next(item for item in apart.azure if item.name == name)
        rules = [
            {**rule, "sourceAddressPrefix": "10.20.0.0/16"} if "erp-vm-to-machine" in rule["name"] else rule
            for rule in group.properties["securityRules"]
        ]
        changed = with_properties(changed, group, securityRules=rules)

    assert calls(changed)["agent", "erp-sql"] == ("undeclared", True)
    assert ("undeclared-opening", "agent to erp-sql:1433") in found(changed)


def test_a_removed_rule_breaks_the_route(sound: Plan) -> None:
    group = next(item for item in sound.azure if item.name == "nsg/data/machines")
    kept = [rule for rule in group.properties["securityRules"] if "erp-vm" not in rule["name"]]
    changed = with_properties(sound, group, securityRules=kept)

    assert ("route-does-not-work", "erp to erp-sql:1433") in found(changed)
