"""The variables of a machine's sidecar, as the ports whose packets the machine's iptables hand to the sidecar.

Istio: tools/packaging/common/istio-start.sh, tools/istio-iptables. What else changes them is not judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

INBOUND = "ISTIO_INBOUND_PORTS"
EXCLUDED = "ISTIO_LOCAL_EXCLUDE_PORTS"
_CUSTOM = "ISTIO_CUSTOM_IP_TABLES"


@dataclass(frozen=True)
class Interception:
    included: frozenset[int] | None
    """None: all."""
    excluded: frozenset[int]

    def catches(self, port: int) -> bool:
        return port not in self.excluded and (self.included is None or port in self.included)


EVERYTHING = Interception(None, frozenset())


def of(variables: Mapping[str, str]) -> Interception:
    if variables.get(_CUSTOM) == "true":
        return Interception(frozenset(), frozenset())
    inbound = variables.get(INBOUND, "*")
    return Interception(None if inbound == "*" else _ports(inbound), _ports(variables.get(EXCLUDED, "")))


def _ports(listed: str) -> frozenset[int]:
    return frozenset(int(port) for port in listed.split(",") if port.strip().isdecimal())
