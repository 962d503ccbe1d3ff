"""A plan, as the tree that `mesh plan` shows: what comes to be, part by part, with what matters of each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.tree import Tree

from mesh.declaration import spelling
from mesh.plan import Plan
from mesh.plan.resources import AzureResource, KubernetesObject, Release


def tree(plan: Plan) -> Tree:
    environment = plan.environment
    root = Tree(f"[bold]{environment.name}[/bold] in {environment.location}")
    if environment.observing:
        namespaces = spelling.listed(environment.observing)
        root.add(f"[yellow]only observed, not enforced: calls to what runs in {namespaces}[/yellow]")
    for component in sorted({resource.component for resource in plan.azure}):
        branch = root.add(f"[bold]{component}[/bold]") if component else root
        for resource in plan.azure:
            if resource.component == component:
                _add_azure(branch, resource)
        kind, _, cluster = component.partition("/")
        if kind == "cluster":
            for line in _on_cluster(plan, cluster):
                branch.add(line)
    for name, protection in plan.without_sidecar.items():
        root.add(f"[bold]machine/{name}[/bold] without a sidecar: {protection}")
    for machine in environment.machines:
        if machine.address is None:
            subnet = f"the machines subnet of {machine.network.name}, {machine.network.subnet('machines').cidr}"
            root.add(f"[bold]machine/{machine.name}[/bold] is a scale set: its rules name all of {subnet}")
    return root


def _add_azure(branch: Tree, resource: AzureResource) -> None:
    kind = resource.token.rpartition(":")[2]
    detail = " stands already" if resource.existing else _detail(resource)
    line = branch.add(f"{kind} [cyan]{resource.id.rpartition('/')[2]}[/cyan]{detail}")
    for rule in resource.properties.get("securityRules", ()):
        line.add(_rule(rule))


def _detail(resource: AzureResource) -> str:
    properties = resource.properties
    match resource.token.rpartition(":")[2]:
        case "VirtualNetwork":
            return " " + ", ".join(properties["addressSpace"]["addressPrefixes"])
        case "Subnet":
            return f" {properties['addressPrefix']}"
        case "ManagedCluster":
            return f" Kubernetes {properties['kubernetesVersion']}"
        case "AgentPool":
            return f" {properties['vmSize']}"
        case "VirtualMachineScaleSet":
            return f" × {properties['sku']['capacity']}"
        case "NetworkInterface":
            return f" {properties['ipConfigurations'][0]['privateIPAddress']}"
        case "RoleAssignment":
            return f" on {properties['scope'].rpartition('/')[2]}"
        case _:
            return ""


def _rule(rule: Mapping[str, Any]) -> str:
    ports = "all ports" if rule["destinationPortRange"] == "*" else f"port {rule['destinationPortRange']}"
    colour = "green" if rule["access"] == "Allow" else "red"
    way = f"{_addresses(rule, 'source')} → {_addresses(rule, 'destination')}, {ports}"
    return (
        f"{rule['priority']} {rule['direction']} [{colour}]{rule['access']}[/{colour}] {way} [dim]{rule['name']}[/dim]"
    )


def _addresses(rule: Mapping[str, Any], side: str) -> str:
    return str(rule.get(f"{side}AddressPrefix") or ", ".join(rule[f"{side}AddressPrefixes"]))


def _on_cluster(plan: Plan, cluster: str) -> Iterator[str]:
    yield from (_release(release) for release in plan.releases if release.cluster == cluster)
    objects = [item for item in plan.objects if item.cluster == cluster]
    kinds = Counter(item.manifest["kind"] for item in objects)
    yield ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield from (_object(item) for item in objects if item.manifest["apiVersion"] != "v1")


def _release(release: Release) -> str:
    return f"Release [cyan]{release.release}[/cyan] {release.chart} {release.version} in {release.namespace}"


def _object(item: KubernetesObject) -> str:
    metadata = item.manifest["metadata"]
    return f"{item.manifest['kind']} [cyan]{metadata['namespace']}/{metadata['name']}[/cyan]"
