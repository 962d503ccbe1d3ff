"""Lines of sidecars and gateways → the calls in them, by caller, callee, port, method and template of the path."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from mesh import names
from mesh.learn import templates
from mesh.learn.lines import Line
from mesh.model import Environment, Workload

_ANSWERS = frozenset({409, 412, 422, 429})
"""Codes that only an existing path gives, besides those below 400."""
_MOST_VALUES, _MOST_CALLS = 1000, 200_000
"""Bounds of the memory: values kept of a hole, and calls told apart."""


@dataclass(frozen=True)
class Call:
    caller: str
    """As a route names it; in angle brackets where the caller is not declared."""
    callee: str
    port: int
    method: str
    template: str


@dataclass
class Seen:
    count: int = 0
    answered: int = 0
    """Lines that say that the callee answered, or do not say otherwise."""
    denied: int = 0
    first: str = ""
    last: str = ""
    values: list[set[str]] = field(default_factory=list)
    """Of each hole, up to a bound."""
    probes: int = 0
    """Lines of health probes and scanners, by their user agent."""


class Calls:
    """Takes lines one by one, and keeps only counts."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._by_host = {host: workload for workload in environment.workloads for host in names.hosts(workload)}
        self._by_name = {workload.name: workload for workload in environment.workloads}
        self._by_address = {
            str(machine.address): workload.name
            for workload in environment.workloads
            for machine in workload.machines
            if getattr(machine, "address", None)
        }
        self._gateways = {
            names.ingress_gateway(gateway): [
                f"ingress/{cluster.name}/{gateway.name}"
                for cluster in environment.clusters
                if any(other.name == gateway.name for other in cluster.ingress)
            ]
            for cluster in environment.clusters
            for gateway in cluster.ingress
        }
        self.seen: dict[Call, Seen] = {}
        self.passed_on = 0
        """Lines of gateways between networks: both ends log the call too."""
        self.beyond = 0
        """Lines of calls that are no longer told apart."""
        self.unplaced: Counter[str] = Counter()
        """Lines without a declared callee, by what they name instead."""
        self._callee = lru_cache(10_000)(self._callee_of)
        self._caller = lru_cache(10_000)(self._caller_of)
        self._template = lru_cache(50_000)(templates.template)

    def add(self, line: Line) -> None:
        if line.cluster.startswith("outbound_."):
            self.passed_on += 1
            return
        callee = self._callee(line.callee, line.cluster, line.server_name, line.local, line.reporter)
        if callee is None:
            self.unplaced[line.cluster or line.callee or "a line that names no callee"] += 1
            return
        outbound = line.cluster.startswith("outbound|")
        caller = self._caller(line.caller, line.reporter if outbound else "", line.remote, line.server_name)
        template, values = self._template(line.path) if line.method else ("", ())
        call = Call(caller, *callee, line.method, template)
        seen = self.seen.get(call)
        if seen is None:
            if len(self.seen) >= _MOST_CALLS:
                self.beyond += 1
                return
            seen = self.seen[call] = Seen(first=line.time, last=line.time, values=[set() for _ in values])
        seen.count += 1
        seen.answered += _answered(line)
        seen.denied += line.refused or line.code == 403
        seen.probes += _is_probe(line.agent)
        seen.first, seen.last = min(seen.first, line.time), max(seen.last, line.time)
        for kept, value in zip(seen.values, values, strict=True):
            if len(kept) < _MOST_VALUES:
                kept.add(value)

    def _callee_of(
        self, identity: str, cluster: str, server_name: str, local: str, reporter: str
    ) -> tuple[str, int] | None:
        port = local.rpartition(":")[2]
        if identity:
            name = identity.rpartition("/sa/")[2]
            return (name, int(port)) if name in self._by_name and port.isdecimal() else None
        if cluster.startswith("outbound|"):
            parts = cluster.split("|")
            workload = self._by_host.get(parts[-1])
            return (workload.name, int(parts[1])) if workload and parts[1].isdecimal() else None
        if cluster.startswith("inbound|"):
            if server_name.startswith("outbound_."):
                workload = self._by_host.get(server_name.split("_.", 3)[-1])
            else:
                workload = self._of_pod(reporter) or self._by_name.get(
                    self._by_address.get(local.rpartition(":")[0], "")
                )
            number = cluster.split("|")[1]
            return (workload.name, int(number)) if workload and number.isdecimal() else None
        return None

    def _caller_of(self, identity: str, reporter: str, remote: str, server_name: str) -> str:
        if identity:
            account = identity.split(",")[0].rpartition("/sa/")[2]
            if account in self._by_name:
                return account
            return self._gateway(account) or f"<{identity}>"
        if reporter:
            workload = self._of_pod(reporter)
            return workload.name if workload else self._gateway(_owner(reporter)) or f"<pod {reporter}>"
        by_host = {
            f"ingress/{cluster.name}/{gateway.name}"
            for cluster in self._environment.clusters
            for gateway in cluster.ingress
            if server_name in gateway.hosts
        }
        if len(by_host) == 1:
            return self._shortened(by_host.pop())
        address = remote.rpartition(":")[0]
        return self._by_address.get(address) or f"<{address or 'nobody named'}>"

    def _of_pod(self, pod: str) -> Workload | None:
        """By the name that a Deployment gives: NAME-HASH-RANDOM, and with versions NAME-VERSION-HASH-RANDOM."""
        parts = pod.split("-")
        owners = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self._by_name[owner] for owner in owners if owner in self._by_name), None)

    def _gateway(self, account: str) -> str:
        """Empty where the name is no gateway's, or where several clusters have such a gateway."""
        having = self._gateways.get(account, [])
        return self._shortened(having[0]) if len(having) == 1 else ""

    def _shortened(self, gateway: str) -> str:
        name = gateway.rpartition("/")[2]
        return f"ingress/{name}" if len(self._gateways[f"ingress-{name}"]) == 1 else gateway


def _answered(line: Line) -> bool:
    failed = line.flags not in ("", "DC") or line.refused
    if line.method:
        return not failed and (line.code < 400 or line.code in _ANSWERS) and (line.code > 0 or not line.cluster)
    return not failed and (line.moved > 0 or not line.cluster)


def _owner(pod: str) -> str:
    """The Deployment of a pod."""
    return pod.rsplit("-", 2)[0]


def _is_probe(agent: str) -> bool:
    lower = agent.lower()
    return any(
        word in lower
        for word in ("kube-probe", "health", "prometheus/", "nikto", "sqlmap", "nmap", "masscan", "zgrab", "nuclei")
    )
