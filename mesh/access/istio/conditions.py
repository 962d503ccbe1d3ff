"""One field of a policy's rule, as what has to hold of a call.

A policy that validation would refuse is read as istiod would read it if it met it: a value that cannot be read voids
an ALLOW rule, and is left out of any other (istio/istio pilot/pkg/security/authz/model/model.go, checkError).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from mesh.access.istio import attributes, string_matches
from mesh.access.istio.attributes import Matches, Network, Seen


@dataclass(frozen=True, eq=False)
class Condition:
    """One of the values, where there are any, and none of the excluded."""

    field: str
    """As the policy spells it: `principals`, `request.headers[x-team]`."""
    key: str
    """The attribute it asks: `source.principal`, `request.headers[x-team]`."""
    values: tuple[str, ...]
    excluded: tuple[str, ...]
    readable: bool
    """Whether every value is."""
    one_of: tuple[Matches, ...]
    none_of: tuple[Matches, ...]
    blocks: frozenset[Network]
    """The addresses that it tells from others."""

    @property
    def of_http(self) -> bool:
        return attributes.is_of_http(self.key)

    @property
    def name_of_excluded(self) -> str:
        """Such as notPaths; conditions of `when` have one name for both."""
        return self.field if self.field == self.key else _not(self.field)

    def holds(self, seen: Seen) -> bool:
        if self.one_of and not any(matches(seen) for matches in self.one_of):
            return False
        return not any(matches(seen) for matches in self.none_of)


@dataclass(frozen=True)
class Reader:
    """Settings that change the meaning of a policy's values."""

    namespace: str
    """The policy's."""
    trust_domains: tuple[str, ...]
    """The mesh's own, and its aliases."""


_SOURCE = {
    "principals": "source.principal",
    "requestPrincipals": "request.auth.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
    "trustDomains": "source.trustDomain",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "remote.ip",
}
_OPERATION = {"hosts": "host", "ports": "destination.port", "methods": "method", "paths": "path"}


def of_source(source: Mapping[str, Any], reader: Reader) -> tuple[Condition, ...]:
    return _of_fields(source, _SOURCE, reader)


def of_operation(operation: Mapping[str, Any], reader: Reader) -> tuple[Condition, ...]:
    return _of_fields(operation, _OPERATION, reader)


def of_when(when: Mapping[str, Any], reader: Reader) -> tuple[Condition, ...]:
    """One, or none where it says nothing."""
    key = str(when.get("key", ""))
    # The names that operations give to the request are no attributes of `when`.
    if not attributes.is_known(key) or key in ("host", "method", "path"):
        raise attributes.UnknownAttributeError(key)
    return _condition(key, key, when.get("values"), when.get("notValues"), reader)


def _of_fields(given: Mapping[str, Any], keys: Mapping[str, str], reader: Reader) -> tuple[Condition, ...]:
    return tuple(
        condition
        for name, key in keys.items()
        for condition in _condition(name, key, given.get(name), given.get(_not(name)), reader)
    )


@cache
def _not(name: str) -> str:
    return f"not{name[0].upper()}{name[1:]}"


def _condition(
    name: str, key: str, values: Iterable[Any] | None, excluded: Iterable[Any] | None, reader: Reader
) -> tuple[Condition, ...]:
    if not values and not excluded:
        return ()
    return (_read(name, key, tuple(map(str, values or ())), tuple(map(str, excluded or ())), reader),)


@lru_cache(10_000)
def _read(name: str, key: str, values: tuple[str, ...], excluded: tuple[str, ...], reader: Reader) -> Condition:
    """Once for the many rules that ask the same: of a port, a method, a common path."""
    wanted, unwanted = _as_meant(key, values, reader), _as_meant(key, excluded, reader)
    tests = {value: _test(key, value) for value in (*wanted, *unwanted)}
    return Condition(
        field=name,
        key=key,
        values=wanted,
        excluded=unwanted,
        readable=None not in tests.values(),
        one_of=tuple(test for value in wanted if (test := tests[value])),
        none_of=tuple(test for value in unwanted if (test := tests[value])),
        blocks=frozenset(block for value, test in tests.items() if test for block in attributes.blocks(key, value)),
    )


def _test(key: str, value: str) -> Matches | None:
    """None where the value cannot be read."""
    try:
        return attributes.test(key, value)
    except ValueError:
        return None


def _as_meant(key: str, values: tuple[str, ...], reader: Reader) -> tuple[str, ...]:
    """With the policy's namespace, or the trust domains that stand for each other.

    Istio: pilot/pkg/security/trustdomain/bundle.go.
    """
    if key == "source.serviceAccount":
        return tuple(value if "/" in value else f"{reader.namespace}/{value}" for value in values)
    if key == "source.principal":
        return tuple(meant for value in values for meant in _principals(value, reader.trust_domains))
    if key == "source.trustDomain" and set(values) & set(reader.trust_domains):
        return tuple(dict.fromkeys((*values, *reader.trust_domains)))
    return values


def _principals(principal: str, trust_domains: tuple[str, ...]) -> tuple[str, ...]:
    domain, *rest = principal.split("/")
    # `cluster.local` stands for the mesh's own trust domain, whatever that is called.
    own = domain == "cluster.local" or any(_covers(one, domain) or _covers(domain, one) for one in trust_domains)
    if len(rest) != 4 or domain == "*" or not own:
        return (principal,)
    return tuple(
        dict.fromkeys(
            principal if domain.startswith("*") and _covers(domain, one) else "/".join((one, *rest))
            for one in trust_domains
        )
    )


def _covers(pattern: str, trust_domain: str) -> bool:
    return pattern == "*" or string_matches.string(pattern)(trust_domain)
