"""Resources that a plan names and does not have, and whose say over packets nobody knows."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.plan import Plan

_SUBNET = ("networkSecurityGroup", "routeTable", "natGateway")
_INTERFACE = ("networkSecurityGroup",)
_ADDRESS = ("publicIPAddress",)


def unknown(plan: Plan) -> Iterator[tuple[str, str]]:
    """The name of a resource, and what it names."""
    known = {resource.id.lower() for resource in plan.azure}
    for resource in plan.azure:
        match resource.token.rpartition(":")[2]:
            case "Subnet":
                named = _named(resource.properties, _SUBNET)
            case "NetworkInterface":
                configurations = resource.properties.get("ipConfigurations") or ()
                named = [
                    *_named(resource.properties, _INTERFACE),
                    *(each for configuration in configurations for each in _named(configuration, _ADDRESS)),
                ]
            case _:
                named = []
        for field, named_id in named:
            if named_id.lower() not in known:
                yield resource.name, f"{field} is {named_id}, which the plan does not have"


def _named(properties: Mapping[str, Any], fields: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(field, str(said["id"])) for field in fields if (said := properties.get(field)) and "id" in said]
