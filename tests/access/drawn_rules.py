"""Security rules and flows drawn from few addresses and ports, so that they collide: every field, in every spelling."""

from ipaddress import IPv4Network
from random import Random
from typing import Any

VIRTUAL_NETWORKS = (["10.10.0.0/16"], ["10.10.0.0/16", "10.20.0.0/16"], ["10.10.0.0/16", "20.50.0.0/24"])
GROUPS = ("web", "Data")
PREFIXES = (
    *("*", "0.0.0.0/0", "VirtualNetwork", "virtualnetwork", "Internet", "AzureLoadBalancer", "10.10.0.0/24"),
    *("10.10.0.0/30", "10.10.0.4", "10.10.0.5/32", "10.10.0.6/31", "10.20.0.0/16", "10.20.0.1", "20.50.0.0/24"),
    *("20.50.0.2", "10.0.0.0/8", "::/0", "2001:db8::/32", "10.99.0.0/24"),
)
UNKNOWN = ("AzureCloud.westeurope", "Storage")
"""Tags whose addresses Azure changes from week to week."""
ENDS = (
    *("10.10.0.0/29", "10.10.0.4/30", "10.10.0.1/32", "10.10.0.6/32", "10.20.0.0/30", "10.20.0.1/32", "20.50.0.0/30"),
    *("20.60.0.0/29", "10.99.0.4/32", "8.8.8.8/32"),
)
PROBES = "168.63.129.16/32"
"""From where Azure's load balancers ask whether somebody is there."""
PORTS = ("*", "80", "443", "80-90", "0-65535", "5432", "443-5432", "81", "1024-65535")
ASKED_PORTS = (80, 81, 90, 443, 5432, 65535)
CLIENT_PORTS = (1024, 5432, 5433, 65535)
"""Of those that a client's system chooses, the ones at which some rule begins or ends."""
PROTOCOLS = ("*", "Tcp", "TCP", "Udp", "Icmp", "Esp", "Ah")


def rules(random: Random, *, unknown: bool) -> list[dict[str, Any]]:
    found = []
    for direction in ("Inbound", "Outbound"):
        priorities = random.sample(range(100, 4097), random.randint(0, 7))
        found += [_rule(random, direction, priority, unknown=unknown) for priority in priorities]
    random.shuffle(found)
    return found


def _rule(random: Random, direction: str, priority: int, *, unknown: bool) -> dict[str, Any]:
    return {
        "name": f"{direction.lower()}-{priority}",
        "priority": priority,
        "direction": direction,
        "access": random.choice(("Allow", "Deny")),
        "protocol": random.choice(PROTOCOLS[:3] if random.random() < 0.7 else PROTOCOLS),
        **_listed(random, "sourcePortRange", ("*",) if random.random() < 0.8 else PORTS),
        **_listed(random, "destinationPortRange", PORTS),
        **_end(random, "source", unknown=unknown),
        **_end(random, "destination", unknown=unknown),
    }


def _end(random: Random, end: str, *, unknown: bool) -> dict[str, Any]:
    if random.random() < 0.15:
        return {f"{end}ApplicationSecurityGroups": [{"id": random.choice(GROUPS)}]}
    return _listed(random, f"{end}AddressPrefix", UNKNOWN if unknown and random.random() < 0.7 else PREFIXES)


def _listed(random: Random, field: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Singular or plural; Azure answers a request of one with both, of which one is empty."""
    if random.random() < 0.6:
        return {field: random.choice(values)}
    plural = field + ("es" if field.endswith("x") else "s")
    return {plural: random.choices(values, k=random.randint(1, 3)), **random.choice(({}, {field: None}, {field: ""}))}


def packet(random: Random, *, unknown: bool) -> dict[str, Any]:
    """From any address of one range to any address of another; from a port that is unknown, None, where it may be."""
    return {
        "source": IPv4Network(random.choice((*ENDS, PROBES))),
        "destination": IPv4Network(random.choice(ENDS)),
        "port": random.choice(ASKED_PORTS),
        "protocol": random.choice(("Tcp", "Tcp", "Udp")),
        "source_port": random.choice((1024, None) if unknown else (1024, 443, 50000)),
    }
