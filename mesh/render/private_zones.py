"""Managed services with a private DNS zone, as links of the zone to the networks of their callers.

The zone and the address in it are others'; without a link, callers resolve the name to a public address or to none.
"""

from mesh import names
from mesh.model import Environment, Network, PrivateZone
from mesh.plan.resources import AzureResource
from mesh.render import azure


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    links = {
        (zone, network)
        for route in environment.calls
        if route.callee.outside and (zone := route.callee.outside.zone)
        for network in route.networks
    }
    ordered = sorted(links, key=lambda link: (link[1].name, link[0].name, link[0].resource_group))
    return tuple(_link(environment, zone, network) for zone, network in ordered)


def _link(environment: Environment, zone: PrivateZone, network: Network) -> AzureResource:
    return azure.resource(
        environment,
        "privatedns:VirtualNetworkLink",
        f"zone-link/{network.name}/{zone.resource_group}/{zone.name}",
        f"network/{network.name}",
        {
            "resourceGroupName": zone.resource_group,
            "privateZoneName": zone.name,
            "virtualNetworkLinkName": names.zone_link(environment.name, network),
        },
        {
            **azure.tracked(environment, "global"),
            "registrationEnabled": False,
            "virtualNetwork": {
                "id": azure.resource_id(environment, "network:VirtualNetwork", virtualNetworkName=network.name)
            },
        },
    )
