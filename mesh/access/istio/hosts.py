"""Host names as Istio compares them: exact, or with a wildcard in front, and which objects of which namespace see them.

What istiod does with them: istio/istio pkg/config/host, pilot/pkg/model/config.go.
"""

from collections.abc import Collection, Iterable

CLUSTER_DOMAIN = "svc.cluster.local"
"""Of Services; another domain is a setting of the cluster that Azure does not offer."""


def covers(pattern: str, host: str) -> bool:
    """Whether a host, or every host of a wildcard, is among those of a pattern."""
    if pattern.startswith("*"):
        if host.startswith("*"):
            return len(host) >= len(pattern) and host.endswith(pattern[1:])
        return host.endswith(pattern[1:])
    return host == pattern


def overlap(one: str, other: str) -> bool:
    return covers(one, other) or covers(other, one)


def most_specific(patterns: Iterable[str], host: str) -> str | None:
    """The host itself, else the longest of the wildcards that cover it."""
    return min((pattern for pattern in patterns if covers(pattern, host)), key=_specificity, default=None)


def _specificity(pattern: str) -> tuple[bool, int, str]:
    return pattern.startswith("*"), -len(pattern), pattern


def bare(host: str) -> str:
    """A host as clients write it, without its port and its final dot, which sidecars ignore."""
    return host.partition(":")[0].removesuffix(".")


def full(host: str, namespace: str) -> str:
    """A name without a dot is that of a Service in the namespace of whoever says it; others are taken as they are."""
    return host if "." in host or host == "*" else f"{host}.{namespace}.{CLUSTER_DOMAIN}"


def spellings(host: str, namespace: str) -> tuple[str, ...]:
    """The hosts that a short name can mean for a client in a namespace."""
    match host.count("."):
        case 0:
            return host, f"{host}.{namespace}.{CLUSTER_DOMAIN}"
        case 1:
            return host, f"{host}.{CLUSTER_DOMAIN}"
        case 2 if host.endswith(".svc"):
            return host, f"{host.removesuffix('.svc')}.{CLUSTER_DOMAIN}"
        case _:
            return (host,)


def exported(to: Collection[str], namespace: str, reader: str) -> bool:
    """Whether what is exported so from a namespace is seen in another: `*` all, `.` its own, `~` none."""
    if "*" in to:
        return True
    return "~" not in to and (reader in to or (namespace == reader and "." in to))
