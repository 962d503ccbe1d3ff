"""A line → who calls and who is called in it, as routes name them."""

from functools import cached_property
from typing import NamedTuple

from mesh import names
from mesh.learn.lines import Line
from mesh.learn.pods import owner
from mesh.model import Environment, Workload

OUTBOUND, INBOUND, PASSED_ON = "outbound|", "inbound|", "outbound_."
"""How Envoy's clusters begin: of callers, of callees, of gateways between networks."""

_MOST_KNOWN = 50_000
_NOBODY = "<a line that names no caller>"


class Callee(NamedTuple):
    name: str
    port: int


class Ends(NamedTuple):
    caller: str
    """Empty where only its own sidecar knows it, in angle brackets where no route can name it."""
    callee: Callee | None
    host: str
    """The gateway's host that was asked for; empty where the caller is no gateway or the host none of its."""


class Parties:
    """Looks names and addresses up in an environment. `place` is the cluster or machine whose log it is, or empty."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._known: dict[tuple[str, ...], Ends] = {}

    def of(self, line: Line, place: str) -> Ends:
        address, _, port = line.remote.rpartition(":")
        address = "" if port == "0" else address  # of X-Forwarded-For, which callers write themselves
        said = (*line[:7], address, place)
        ends = self._known.get(said)
        if ends is None:
            ends = self._ends(line, address, place)
            if len(self._known) < _MOST_KNOWN:
                self._known[said] = ends
        return ends

    def _ends(self, line: Line, address: str, place: str) -> Ends:
        callee = self._callee(line.callee, line.cluster, line.server_name, line.local, line.reporter, place)
        if line.cluster.startswith(OUTBOUND):
            host = line.server_name or line.authority.rpartition(":")[0] or line.authority
            caller = self._caller("", line.reporter, address, host, place) or _NOBODY
        else:
            caller = self._caller(line.caller, "", address, "", "")
        return Ends(caller, callee, self._gateway_host(caller, line))

    def _gateway_host(self, caller: str, line: Line) -> str:
        if not caller.startswith("ingress/"):
            return ""
        authority = line.authority.lower()
        asked = authority if authority in self._gateway_hosts else authority.rpartition(":")[0] or line.server_name
        return asked if asked in self._gateway_hosts else ""

    def _callee(
        self, identity: str, cluster: str, server_name: str, local: str, reporter: str, place: str
    ) -> Callee | None:
        if identity:
            return _callee(self._by_identity.get(identity), local.rpartition(":")[2])
        number = cluster.split("|")[1] if cluster.count("|") >= 2 else ""
        if cluster.startswith(OUTBOUND):
            return _callee(self._by_host.get(cluster.rpartition("|")[2]), number)
        if not cluster.startswith(INBOUND):
            return None
        if server_name.startswith(PASSED_ON):
            return _callee(self._by_host.get(server_name.split("_.", 3)[-1]), number)
        if reporter:
            return _callee(self._by_name.get(owner(reporter, self._by_name)), number)
        on_machine = self._by_place.get(place) or self._by_place.get(local.rpartition(":")[0], ())
        listening = [item for item in on_machine if any(str(port.number) == number for port in item.ports)]
        return _callee(listening[0], number) if len(listening) == 1 else None

    def _caller(self, identity: str, reporter: str, address: str, host: str, place: str) -> str:
        if identity:
            known = (self._by_identity.get(part.strip()) for part in identity.split(","))
            workload = next(filter(None, known), None)
            return workload.name if workload else self._gateway_of_identity(identity) or f"<{identity}>"
        if reporter:
            name = owner(reporter, (*self._by_name, *self._gateways))
            return name if name in self._by_name else self._gateway(name, place) or f"<pod {reporter}>"
        on_machine = self._by_place.get(place) or self._by_place.get(address, ())
        calling = [item for item in on_machine if item.sidecar] or list(on_machine)
        if on_machine:
            return calling[0].name if len(calling) == 1 else f"<one of {', '.join(item.name for item in calling)}>"
        if not host:
            return ""
        by_host = [name for name, hosts in self._hosts_of_gateways.items() if host in hosts]
        here = [name for name in by_host if not place or name.split("/")[1] == place]
        return self._shortened(here[0]) if len(here) == 1 else ""

    def _gateway_of_identity(self, identity: str) -> str:
        head = f"spiffe://{self._environment.istio.trust_domain}/ns/{names.INGRESS_NAMESPACE}/sa/"
        return self._gateway(identity.removeprefix(head), "") if identity.startswith(head) else ""

    def _gateway(self, name: str, place: str) -> str:
        """Of a gateway's Deployment; empty where there is none, or where several clusters have it."""
        having = [gateway for gateway in self._gateways.get(name, ()) if not place or gateway.split("/")[1] == place]
        return self._shortened(having[0]) if len(having) == 1 else ""

    def _shortened(self, gateway: str) -> str:
        _, _, name = gateway.split("/")
        having = sum(other.endswith(f"/{name}") for other in self._hosts_of_gateways)
        return f"ingress/{name}" if having == 1 else gateway

    @cached_property
    def _hosts_of_gateways(self) -> dict[str, tuple[str, ...]]:
        return {
            f"ingress/{cluster.name}/{gateway.name}": gateway.hosts
            for cluster in self._environment.clusters
            for gateway in cluster.ingress
        }

    @cached_property
    def _gateway_hosts(self) -> frozenset[str]:
        return frozenset(host for hosts in self._hosts_of_gateways.values() for host in hosts)

    @cached_property
    def _gateways(self) -> dict[str, list[str]]:
        gateways: dict[str, list[str]] = {}
        for cluster in self._environment.clusters:
            for gateway in cluster.ingress:
                full = f"ingress/{cluster.name}/{gateway.name}"
                gateways.setdefault(names.ingress_gateway(gateway), []).append(full)
        return gateways

    @cached_property
    def _by_name(self) -> dict[str, Workload]:
        return {workload.name: workload for workload in self._environment.workloads}

    @cached_property
    def _by_host(self) -> dict[str, Workload]:
        return {host: workload for workload in self._environment.workloads for host in names.hosts(workload)}

    @cached_property
    def _by_identity(self) -> dict[str, Workload]:
        domain = self._environment.istio.trust_domain
        return {
            f"spiffe://{domain}/ns/{workload.namespace}/sa/{names.service_account(workload)}": workload
            for workload in self._environment.workloads
        }

    @cached_property
    def _by_place(self) -> dict[str, tuple[Workload, ...]]:
        """By the name of a machine, and by its address."""
        on: dict[str, list[Workload]] = {}
        for workload in self._environment.workloads:
            for machine in workload.machines:
                on.setdefault(machine.name, []).append(workload)
                if machine.address:
                    on.setdefault(str(machine.address), []).append(workload)
        return {place: tuple(workloads) for place, workloads in on.items()}


def _callee(workload: Workload | None, port: str) -> Callee | None:
    return Callee(workload.name, int(port)) if workload and port.isdecimal() else None
