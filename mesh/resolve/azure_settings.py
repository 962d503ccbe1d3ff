"""Declared properties of Azure's, into the model's: which resource they belong to, and which are the program's own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh import render
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.model import AzureSettings, Environment
from mesh.render import azure_settings

_NETWORK, _SUBNET = "network:VirtualNetwork", "network:Subnet"
_CLUSTER, _POOL = "containerservice:ManagedCluster", "containerservice:AgentPool"
_MACHINE, _SCALE_SET = "compute:VirtualMachine", "compute:VirtualMachineScaleSet"


def resolved(declared: Declared) -> tuple[AzureSettings, ...]:
    return tuple(sorted(_all(declared), key=lambda settings: settings.of))


def problems(environment: Environment) -> Iterator[Problem]:
    """Of what names a property that the program sets itself, or a part that it does not make."""
    if not environment.azure:
        return
    resources = render.azure_resources(replace(environment, azure=()))
    made = {resource.name for resource in resources if not resource.existing} | {
        f"pool/{cluster.name}/{azure_settings.SYSTEM_POOL}" for cluster in environment.clusters
    }
    for settings in environment.azure:
        if settings.of not in made:
            yield Problem(settings.place, "the program does not make it, and so cannot set its properties", "Remove it")
            continue
        for path in azure_settings.owned(settings, resources):
            yield Problem(
                (*settings.place, *path),
                f"{'.'.join(path)} is the program's to set: it follows from other keys, or decides who reaches whom",
                "Remove it, and use the stack file's own keys (docs/stack-file.md)",
            )


def _all(declared: Declared) -> Iterator[AzureSettings]:
    environment = declared.environment
    for name, network in environment.networks.items():
        yield from _one(f"network/{name}", _NETWORK, ("networks", name, "azure"), network.azure)
        for role, properties in network.subnets.azure.items():
            yield from _one(f"subnet/{name}/{role}", _SUBNET, ("networks", name, "subnets", "azure", role), properties)
    for name, cluster in environment.clusters.items():
        yield from _one(f"cluster/{name}", _CLUSTER, ("clusters", name, "azure"), cluster.azure)
        for pool_name, pool in cluster.pools.items():
            at = ("clusters", name, "pools", pool_name, "azure")
            yield from _one(f"pool/{name}/{pool_name}", _POOL, at, pool.azure)
    for name, machine in environment.machines.items():
        token = _MACHINE if machine.instances is None else _SCALE_SET
        yield from _one(f"machine/{name}", token, ("machines", name, "azure"), machine.azure)


def _one(of: str, token: str, place: tuple[str, ...], properties: Mapping[str, Any]) -> Iterator[AzureSettings]:
    if properties:
        yield AzureSettings(of, token, place, properties)
