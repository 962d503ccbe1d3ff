"""A gateway on a cluster: where its load balancer is reached, at which ports, and whom it admits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from mesh import model
from mesh.access.attempts import Request
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import AddressSet
from mesh.access.connections import Place
from mesh.access.instances import Instance
from mesh.plan.resources import Release

_NETWORK_GATEWAY_PORTS = (15021, 15443, 15012, 15017)
_GATEWAY_PORTS = (15021, 80, 443)
"""Default ports of the gateway chart, with and without `networkGateway`."""


@dataclass(frozen=True, eq=False)
class Gateway:
    """A gateway on a cluster, and where its load balancer is reached."""

    release: Release
    instance: Instance
    frontend: Place
    declared: model.IngressGateway | None
    """Its declaration in the environment; None for an east-west gateway."""

    def from_front_door(self, request: Request, client: object) -> Request:
        """As a Front Door sends it on, with the first of the declared IDs unless it says another; else as it is."""
        ids = self.declared.front_doors if self.declared and client == model.FRONT_DOOR else ()
        if not ids or any(name == model.FRONT_DOOR_HEADER for name, _ in request.headers):
            return request
        return replace(request, headers=(*request.headers, (model.FRONT_DOOR_HEADER, ids[0])))

    @property
    def network(self) -> str | None:
        """The Istio network into which it leads; None for an ingress gateway."""
        network: str | None = self.release.values.get("networkGateway")
        return network

    @property
    def ports(self) -> frozenset[int]:
        default = _NETWORK_GATEWAY_PORTS if self.network else _GATEWAY_PORTS
        said = self._service.get("ports")
        return frozenset(port["port"] for port in said) if said else frozenset(default)

    @property
    def admitted(self) -> tuple[IPv4Network, ...]:
        """The ranges that its load balancer accepts; empty: every address, unless it accepts service tags."""
        said = (*self._service.get("loadBalancerSourceRanges", ()), *self._allowed("ip-ranges"))
        return tuple(map(IPv4Network, said))

    @property
    def admitted_tags(self) -> tuple[str, ...]:
        """The service tags that its load balancer accepts beside them."""
        return self._allowed("service-tags")

    @property
    def admits_everybody(self) -> bool:
        return not self.admitted and not self.admitted_tags

    @property
    def admitted_addresses(self) -> AddressSet:
        if self.admits_everybody:
            return address_sets.EVERYTHING
        tagged = (address_sets.of_service_tag(tag) for tag in self.admitted_tags)
        return address_sets.union((*self.admitted, *tagged))

    @property
    def declared_addresses(self) -> AddressSet:
        """Those of the clients that it is declared for."""
        if self.declared is None:
            return address_sets.NOTHING
        tagged = (address_sets.of_service_tag(tag) for tag in self.declared.service_tags)
        return address_sets.union((*self.declared.allow_from, *tagged))

    def _allowed(self, what: str) -> tuple[str, ...]:
        """https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/"""
        said = self._service.get("annotations", {}).get(f"service.beta.kubernetes.io/azure-allowed-{what}") or ""
        return tuple(filter(None, (part.strip() for part in said.split(","))))

    @property
    def keeps_addresses(self) -> bool:
        """Whether it sees its clients' own addresses; else those of the nodes that they come by."""
        return self._service.get("externalTrafficPolicy") == "Local"

    @property
    def _service(self) -> Mapping[str, Any]:
        service: Mapping[str, Any] = self.release.values.get("service", {})
        return service
