"""Private DNS zones of managed services and API servers, as links of the zones to the networks of their callers.

The zone and the address in it are others'; without a link, callers resolve the name to a public address or to none.
"""

from collections.abc import Iterator

from mesh import names
from mesh.model import Environment, Existing, Network
from mesh.plan.resources import AzureResource
from mesh.render import azure, flows
from mesh.render.network import network_id


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    links = {
        (zone, network)
        for route in environment.calls
        if route.callee.outside and (zone := route.callee.outside.zone)
        for network in route.networks
    }
    of_managed = {
        (Existing(environment.subscription, zone.resource_group, zone.name), network) for zone, network in links
    }
    ordered = sorted(of_managed | set(_of_api_servers(environment)), key=lambda link: (link[1].name, str(link[0])))
    return tuple(_link(environment, zone, network) for zone, network in ordered)


def _of_api_servers(environment: Environment) -> Iterator[tuple[Existing, Network]]:
    """AKS links a zone to the network of its cluster, and to no other."""
    for cluster in environment.clusters:
        zone = cluster.private.zone if cluster.private else None
        if isinstance(zone, Existing):
            networks = {reader.network for reader in flows.api_readers(environment, cluster)}
            yield from ((zone, network) for network in networks if network and network != cluster.network)


def _link(environment: Environment, zone: Existing, network: Network) -> AzureResource:
    return azure.beside(
        zone,
        "privatedns:VirtualNetworkLink",
        f"zone-link/{network.name}/{zone.resource_group}/{zone.name}",
        f"network/{network.name}",
        {"privateZoneName": zone.name, "virtualNetworkLinkName": names.zone_link(environment.name, network)},
        {
            **azure.tracked(environment, "global"),
            "registrationEnabled": False,
            "virtualNetwork": {"id": network_id(environment, network)},
        },
    )
