"""The attributes of a call that a policy can check, and how each is compared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from mesh.access.istio import string_matches

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Seen:
    """A call as its proxy sees it. For a call that is not HTTP, only the fields before `http` count."""

    identity: str
    """Of the caller's certificate, such as spiffe://cluster.local/ns/shop/sa/orders; empty where it shows none."""
    address: Address
    remote_address: Address
    destination_address: Address
    port: int
    sni: str
    http: bool
    path: str = ""
    """Normalized, and without the query."""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By name in lower case, with :method, :authority and :path; a header that was sent twice has two values."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Of a valid token."""


Matches = Callable[[Seen], bool]


class UnknownAttributeError(ValueError):
    """A condition on something that Istio does not know; istiod skips its whole rule, whatever the action."""


def is_known(key: str) -> bool:
    return key in _ATTRIBUTES or key.startswith(tuple(_FAMILIES))


def is_of_http(key: str) -> bool:
    return key in ("host", "method", "path") or key.startswith("request.")


def blocks(key: str, value: str) -> frozenset[Network]:
    """The addresses that a readable value tells from all others."""
    return frozenset((ip_network(value, strict=False),)) if key.endswith(".ip") else frozenset()


def test(key: str, value: str) -> Matches:
    """Of a known attribute. Raises ValueError where the value, or what the key has in brackets, is garbled."""
    if key in _ATTRIBUTES:
        return _ATTRIBUTES[key](value)
    family = next(family for family in _FAMILIES if key.startswith(family))
    return _FAMILIES[family](key.removeprefix(family), value)


def _identity(matches: string_matches.Test) -> Matches:
    """In plaintext the identity is empty: no value matches it, and what is excluded excludes nobody."""
    return lambda seen: matches(seen.identity)


def _address(value: str) -> Matches:
    block = ip_network(value, strict=False)
    return lambda seen: seen.address in block


def _remote_address(value: str) -> Matches:
    block = ip_network(value, strict=False)
    return lambda seen: seen.remote_address in block


def _destination_address(value: str) -> Matches:
    block = ip_network(value, strict=False)
    return lambda seen: seen.destination_address in block


def _port(value: str) -> Matches:
    if not re.fullmatch("[0-9]+", value) or int(value) > 65535:
        raise ValueError(value)
    port = int(value)
    return lambda seen: seen.port == port


def _server_name(value: str) -> Matches:
    matches = string_matches.string(value)
    return lambda seen: matches(seen.sni)


def _path(value: str) -> Matches:
    matches = string_matches.path(value)
    return lambda seen: matches(seen.path)


def _method(value: str) -> Matches:
    return _header(":method", string_matches.header(value))


def _host(value: str) -> Matches:
    return _header(":authority", string_matches.host(value))


def _any_header(rest: str, value: str) -> Matches:
    name = _in_brackets(rest).lower()
    return _header(":authority" if name == "host" else name, string_matches.header(value))


def _header(name: str, matches: string_matches.Test) -> Matches:
    # Each value by itself rather than joined by commas, since the fix of CVE-2026-26308.
    return lambda seen: any(map(matches, seen.headers.get(name, ())))


def _token(value: str) -> Matches:
    """`issuer/subject`, with a star at one end; an issuer may be a URL, so that the last slash counts."""
    issuer, separator, subject = value.rpartition("/")
    tests: tuple[string_matches.Test, string_matches.Test]
    if value == "*":
        tests = bool, bool
    elif value.startswith("*"):
        tests = (string_matches.string(issuer), subject.__eq__) if separator else (bool, string_matches.string(value))
    elif value.endswith("*"):
        tests = (issuer.__eq__, string_matches.string(subject)) if separator else (string_matches.string(value), bool)
    else:
        tests = (issuer.__eq__, subject.__eq__) if separator else (value.__eq__, "".__eq__)
    by_issuer, by_subject = tests
    return lambda seen: _is_text(seen.claims.get("iss"), by_issuer) and _is_text(seen.claims.get("sub"), by_subject)


def _claim(path: tuple[str, ...], value: str) -> Matches:
    """A claim that is a list has all its values."""
    matches = string_matches.string(value)

    def found(seen: Seen) -> bool:
        claim: Any = seen.claims
        for key in path:
            claim = claim.get(key) if isinstance(claim, Mapping) else None
        values = claim if isinstance(claim, list | tuple) else [claim]
        return any(_is_text(item, matches) for item in values)

    return found


def _is_text(value: Any, matches: string_matches.Test) -> bool:
    return isinstance(value, str) and matches(value)


def _metadata(rest: str, _value: str) -> Matches:
    """Metadata of other filters is not known here, so no value matches."""
    if "[" not in rest:
        raise ValueError(rest)
    return lambda seen: False


def _in_brackets(text: str) -> str:
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError(text)
    return text[1:-1]


def _in_nested_brackets(text: str) -> tuple[str, ...]:
    if re.fullmatch(r"(\[[^\[\]]*\])+", text):
        return tuple(re.findall(r"\[([^\[\]]*)\]", text))
    return (_in_brackets(text),)


_ATTRIBUTES: Mapping[str, Callable[[str], Matches]] = {
    "source.principal": lambda value: _identity(string_matches.principal(value)),
    "source.namespace": lambda value: _identity(string_matches.namespace(value)),
    "source.serviceAccount": lambda value: _identity(string_matches.service_account(value)),
    "source.trustDomain": lambda value: _identity(string_matches.trust_domain(value)),
    "source.ip": _address,
    "remote.ip": _remote_address,
    "destination.ip": _destination_address,
    "destination.port": _port,
    "connection.sni": _server_name,
    "method": _method,
    "host": _host,
    "path": _path,
    "request.auth.principal": _token,
    "request.auth.audiences": lambda value: _claim(("aud",), value),
    "request.auth.presenter": lambda value: _claim(("azp",), value),
}
_FAMILIES: Mapping[str, Callable[[str, str], Matches]] = {
    "request.headers": _any_header,
    "request.auth.claims": lambda rest, value: _claim(_in_nested_brackets(rest), value),
    "experimental.envoy.filters.": _metadata,
}
