"""What stack files set as Azure's API writes it: the examples of the docs, and what is merged over what."""

import re
from pathlib import Path
from typing import Any

import pytest

from mesh.declaration.problems import Invalid
from mesh.files import stacks
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan as planned

ROOT = Path(__file__).parents[2]
HEAD = """config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    ssh_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID+W1STE0/ElRZLMKh5lGtAlkCYr2ER9cUHuzA9ymcXt platform@shop.example
    workloads:
      storefront: {cluster: east, namespace: shop, ports: {http: 8080}}
      ledger: {machines: [ledger-0], namespace: shop, ports: {http: 8080}}
"""
EXAMPLE = re.search(r"```yaml\n(.*?)```", (ROOT / "docs/azure-options.md").read_text(), re.S)


def documented() -> str:
    assert EXAMPLE
    return HEAD + "".join(f"    {line}\n" for line in EXAMPLE[1].splitlines())


def plan_of(text: str) -> Plan:
    return planned(stacks.environment_of(text.encode(), "dev"))


def properties(plan: Plan, name: str) -> Any:
    return next(resource.properties for resource in plan.azure if resource.name == name)


def test_the_examples_of_the_docs_are_taken_and_merged_over_what_is_rendered() -> None:
    plan = plan_of(documented())

    cluster, machine = properties(plan, "cluster/east"), properties(plan, "machine/ledger-0")
    assert cluster["sku"] == {"name": "Base", "tier": "Premium"}
    assert cluster["aadProfile"] == {
        "managed": True,
        "enableAzureRBAC": True,
        "adminGroupObjectIDs": ["5d1f8a34-6c1b-4b07-9a52-3f0a7c4e2d11"],
    }
    assert cluster["securityProfile"]["workloadIdentity"] == {"enabled": True}
    assert (cluster["agentPoolProfiles"][0]["maxPods"], cluster["agentPoolProfiles"][0]["count"]) == (50, 3)
    assert properties(plan, "pool/east/batch")["nodeTaints"] == ["batch=yes:NoSchedule"]
    assert properties(plan, "subnet/east/nodes")["defaultOutboundAccess"] is False
    assert machine["storageProfile"]["osDisk"]["diskSizeGB"] == 64
    assert machine["storageProfile"]["osDisk"]["name"] == "ledger-0-os"
    assert [finding for finding in of_plan(plan) if finding.severity == "error"] == []


def test_what_may_open_a_way_and_nobody_judges_is_an_error() -> None:
    text = documented().replace("maxPods: 50", "maxPods: 50, networkProfile: {allowedHostPorts: [{portStart: 80}]}")

    found = [finding for finding in of_plan(plan_of(text)) if finding.severity == "error"]

    assert [(finding.code, finding.subject) for finding in found] == [("not-judged", "cluster/east")]


@pytest.mark.parametrize(
    ("property_", "why"),
    [
        ("vmSize: Standard_D8s_v5", "vmSize is the program's to set"),
        ("vnetSubnetID: /subscriptions/x", "vnetSubnetID is the program's to set"),
        ("minCount: 9", "minCount is the program's to set"),
    ],
)
def test_what_the_program_owns_is_refused(property_: str, why: str) -> None:
    with pytest.raises(Invalid, match=re.escape(why)):
        plan_of(documented().replace("maxPods: 50", property_))


def test_offers_that_nobody_here_knows_are_warnings() -> None:
    text = documented().replace('"1.33"', '"1.37"').replace("Standard_D2s_v5", "Standard_D2s_v12")
    text = text.replace("location: westeurope", "location: atlantis")

    found = [(one.subject, one.text) for one in of_plan(plan_of(text)) if one.code == "not-known-to-be-offered"]

    assert ("cluster/east", "Kubernetes 1.37: AKS is known to offer 1.34, 1.35 and 1.36") in found
    assert ("machine/ledger-0", "the VM size Standard_D2s_v12 is none that is known") in found
    assert any(text == "the region atlantis is none that is known" for _, text in found)
    assert len(found) == 3


def test_long_term_support_is_asked_for_by_the_plan_and_the_tier_of_the_cluster() -> None:
    without = documented().replace("      supportPlan: AKSLongTermSupport", "      supportPlan: KubernetesOfficial")

    [finding] = [one for one in of_plan(plan_of(without)) if one.code == "not-known-to-be-offered"]

    assert finding.text.startswith("Kubernetes 1.33: AKS offers it with long-term support only")
    assert [one for one in of_plan(plan_of(documented())) if one.code == "not-known-to-be-offered"] == []
