"""What a single value of a stack file has to keep beyond its pattern, and the refusal where it does not."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from pydantic_core import PydanticCustomError, PydanticKnownError

from mesh import names
from mesh.declaration import offered, spelling
from mesh.findings import catalogue


def wrong(message: str, way_out: str) -> PydanticCustomError:
    """What a value's own rule has against it. The placeholders keep braces in a message from being read."""
    return PydanticCustomError("rule", "{message}", {"message": message, "way_out": way_out})


def known_finding(code: str) -> str:
    if code not in catalogue.ACCEPTABLE:
        raise wrong(
            f"{spelling.shown(code)} is no finding that can be accepted",
            spelling.suggestion(code, catalogue.ACCEPTABLE, "docs/findings.md lists them"),
        )
    return code


def day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise wrong(f"{spelling.shown(text)} is not a day", 'Write it as "2027-03-31", in quotes') from None


def offered_region(region: str) -> str:
    if region not in offered.REGIONS:
        odd = spelling.oddity(region)
        meant = spelling.near(region.replace(" ", ""), offered.REGIONS)
        raise wrong(
            f"{spelling.shown(region)} is not an Azure region" + (f": {odd}" if odd else ""),
            f"Did you mean {meant}?" if meant else "az account list-locations shows their names, such as westeurope",
        )
    return region


def offered_kubernetes(version: str) -> str:
    minor = ".".join(version.split(".")[:2])
    if minor not in offered.KUBERNETES_MINORS:
        raise wrong(
            f"AKS does not offer Kubernetes {minor}; it offers {spelling.listed(offered.KUBERNETES_MINORS)}",
            f'Write "{offered.KUBERNETES_MINORS[0]}" or a later one',
        )
    return version


def safe_istio(version: str) -> str:
    if not offered.istio_is_safe(version):
        raise wrong(
            f"Istio {version} has known security holes (ISTIO-SECURITY-2026-006 and before)",
            f"Choose {offered.ISTIO_FLOORS_IN_WORDS}",
        )
    return version


def unreserved_namespace(namespace: str) -> str:
    if namespace in names.RESERVED_NAMESPACES or namespace.startswith(("kube-", "istio-")):
        raise wrong(
            f"the namespace {namespace} belongs to Kubernetes, Azure or Istio", "Choose one of your own, such as shop"
        )
    return namespace


def dns_host(host: str) -> str:
    if re.fullmatch(r"[0-9.]+", host):
        raise wrong(f"{host} is an address; a host is a DNS name", "Write the name that clients call it by")
    if host.startswith("*"):
        raise wrong(
            f"{spelling.shown(host)} is a wildcard; it would stand for hosts that nobody declared",
            "Write each host out",
        )
    if re.match(r"[a-z]+://", host):
        raise wrong(
            f"{spelling.shown(host)} is a URL; a host is a DNS name", "Leave out the scheme, the port and the path"
        )
    if host != host.lower():
        raise wrong(
            f"{spelling.shown(host)} has capital letters; hosts are in lower case", f"Write {_printed(host.lower())}"
        )
    return host


def ssh_key(text: str) -> str:
    """The message never repeats the key: what was pasted may be the private half."""
    if "PRIVATE KEY" in text:
        raise wrong(
            "this is a private key; a stack file is no place for one",
            "Treat it as disclosed: make a new pair, and write the public half here, the line in id_ed25519.pub",
        )
    try:
        key = load_ssh_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise wrong(
            "this is not an SSH public key", "Write the one line of id_ed25519.pub: ssh-ed25519, then the key"
        ) from None
    if isinstance(key, RSAPublicKey) and key.key_size < 2048:
        raise wrong(f"Azure takes RSA keys from 2048 bits; this one has {key.key_size}", "Use an Ed25519 key")
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise wrong("Azure takes Ed25519 and RSA keys; this is neither", "Use an Ed25519 key")
    if "\n" in text.strip():
        raise wrong("this is more than one line; one key is expected", "Keep the one line of id_ed25519.pub")
    return text.strip()


_WINDOWS = re.compile(r"windows|[:-]ws20[0-9]{2}|[:-]win(server|-|[0-9])|^microsoftvisualstudio:", re.IGNORECASE)
"""In publisher:offer:sku, as MicrosoftWindowsServer, MicrosoftSQLServer's sql2022-ws2022 and dsvm-win-2022 have it."""


def linux_image(image: str) -> str:
    if _WINDOWS.search(image):
        raise wrong(
            f"{image} is Windows; a machine that is created opens to an SSH key, and Istio's sidecar is for Linux",
            "Take an image of Ubuntu or Debian. A Windows machine joins when it is there: existing: true, and "
            "sidecar: false on its workload",
        )
    return image


def ipv4_network(value: Any) -> Any:
    """An IPv4 network, of which the lower bits have to be zero."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if ":" in value:
        raise wrong(
            f"{spelling.shown(value)} is no IPv4 range; IPv6 is not supported", "Write one such as 10.10.0.0/16"
        )
    start, slash, length = value.partition("/")
    if not slash:
        raise wrong(
            f"{spelling.shown(value)} has no prefix length",
            f"Write a range such as 10.10.0.0/16; one address is {_printed(start)}/32",
        )
    if not re.fullmatch(r"[0-9]{1,2}", length) or int(length) > 32:
        raise wrong(f"{spelling.shown(value)} has no prefix length from 0 to 32", "Write one such as 10.10.0.0/16")
    network = IPv4Network((int(ipv4_address(start)), int(length)), strict=False)
    if network.network_address != ipv4_address(start):
        raise wrong(f"{value} has host bits set: a range begins at its first address", f"Write {network}")
    return network


def ipv4_address(value: Any) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    try:
        return IPv4Address(value)
    except ValueError:
        raise wrong(
            f"{spelling.shown(value)} is not an IPv4 address", "Write four numbers from 0 to 255, such as 10.10.0.4"
        ) from None


def _printed(text: str) -> str:
    return spelling.shown(text).strip('"')


def request_path(path: str) -> str:
    if not path.startswith("/"):
        raise wrong(f"{spelling.shown(path)} does not begin with /", f"Write /{_printed(path).lstrip('/')}")
    if "*" in path[:-1]:
        raise wrong(
            f"{spelling.shown(path)} has a * before its end; only the last character may be one",
            "End the path with /* and list other paths one by one",
        )
    if re.search(r"[?#]", path):
        raise wrong(
            f"{spelling.shown(path)} has a ? or #; queries and fragments are not part of a path", "Leave them out"
        )
    if re.search(r"//|/\.{1,2}(/|$)|\\", path):
        raise wrong(
            f"{spelling.shown(path)} never matches: the proxy resolves //, /./, /../ and \\ before it compares",
            "Write the path as the service sees it",
        )
    if "%" in path:
        raise wrong(
            f"{spelling.shown(path)} has a %: the proxy decodes some encoded characters before it compares, and others "
            "not",
            "Write a character as it is, or end the path with a * before it",
        )
    if re.search(r"[{}\s]", path):
        raise wrong(
            f"{spelling.shown(path)} has braces or blanks, which are no part of a path", "End it with /* instead"
        )
    return path


def unlike_a_security_rule(name: str) -> str:
    """Security rules are called machine-A-to-gateway-B: a name that holds such a middle could make two rules one."""
    middle = re.search(r"-to-(cluster|gateway|machine|network)-", name)
    if middle:
        raise wrong(f"{name} reads like the name of a security rule: {middle[0]}", "Choose a name without that")
    return name


def no_ingress(callee: str) -> str:
    if callee.startswith("ingress/"):
        raise wrong("an ingress gateway is for callers from outside; nobody in the mesh calls it", "Name a workload")
    return callee


def named_ingress(caller: str) -> str:
    if caller in {"ingress", "ingress/"}:
        raise wrong("it does not say which ingress gateway", "Write ingress/ and the gateway's name: ingress/public")
    return caller


def no_authority_of_another(secret: str) -> str:
    if secret.endswith("-cacert"):
        raise wrong(
            f"{_printed(secret)} ends in -cacert; to Istio that is the authority of the secret without the ending",
            "Choose a name without the ending",
        )
    return secret


_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch("([1-9][0-9]{0,8})(ms|s|m|h)", value) if isinstance(value, str) else None
    if not found:
        what = spelling.shown(value) if isinstance(value, str) else f"{value}" if type(value) is int else "it"
        raise wrong(f"{what} is no time: a number from 1 with ms, s, m or h", "Write one such as 500ms, 2s or 5m")
    milliseconds = int(found[1]) * _UNITS[found[2]]
    if milliseconds > 24 * _UNITS["h"]:
        raise wrong(f"{value} is longer than a day", "Write 24h or less")
    return timedelta(milliseconds=milliseconds)


def status_as_text(value: Any) -> Any:
    """A status may be written as the number that it is."""
    return str(value) if type(value) is int else value


def number_or_mapping(key: str, example: str) -> Callable[[Any], Any]:
    """Reads a plain number as the mapping with it under the key."""

    def mapping(value: Any) -> Any:
        if type(value) is int:
            return {key: value}
        if isinstance(value, dict):
            return value
        raise wrong(f"it is {spelling.kind(value)}, and has to be a whole number or a mapping", f"Write {example}")

    return mapping


def distinct_tags(tags: dict[str, str]) -> dict[str, str]:
    """Azure does not tell capital letters from others in a tag's name."""
    folded = Counter(name.casefold() for name in tags)
    for name in sorted(tags):
        if folded[name.casefold()] > 1:
            raise wrong(f"the tag {name} is there twice, but for capital letters", "Keep one")
    return tags
