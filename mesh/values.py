"""What a single value of a stack file may look like: its pattern, and its rule in words."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from mesh import names, offered, spelling


def wrong(message: str, way_out: str) -> PydanticCustomError:
    """What a value's own rule has against it. The placeholders keep braces in a message from being read."""
    return PydanticCustomError("rule", "{message}", {"message": message, "way_out": way_out})


@dataclass(frozen=True)
class Rule:
    """A text's pattern, which the JSON schema repeats, and what it says to a reader."""

    pattern: str
    says: str
    way_out: str
    longest: int

    def checked(self, text: str) -> str:
        odd = spelling.oddity(text)
        if odd:
            raise wrong(f"{spelling.shown(text)} will not do: {odd}", "Type it again in plain letters")
        if len(text) > self.longest:
            raise wrong(
                f"{spelling.shown(text)} has {len(text)} characters; at most {self.longest} are allowed",
                "Choose a shorter one",
            )
        if not re.fullmatch(self.pattern, text):
            raise wrong(f"{spelling.shown(text)} will not do: {self.says}", self.way_out)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


def _offered_region(region: str) -> str:
    if region not in offered.REGIONS:
        odd = spelling.oddity(region)
        meant = spelling.near(region.replace(" ", ""), offered.REGIONS)
        raise wrong(
            f"{spelling.shown(region)} is not an Azure region" + (f": {odd}" if odd else ""),
            f"Did you mean {meant}?" if meant else "az account list-locations shows their names, such as westeurope",
        )
    return region


def _offered_kubernetes(version: str) -> str:
    minor = ".".join(version.split(".")[:2])
    if minor not in offered.KUBERNETES_MINORS:
        raise wrong(
            f"AKS does not offer Kubernetes {minor}; it offers {spelling.listed(offered.KUBERNETES_MINORS)}",
            f'Write "{offered.KUBERNETES_MINORS[0]}" or a later one',
        )
    return version


def _safe_istio(version: str) -> str:
    if not offered.istio_is_safe(version):
        raise wrong(
            f"Istio {version} has known security holes (ISTIO-SECURITY-2026-006 and before)",
            f"Choose {offered.ISTIO_FLOORS_IN_WORDS}",
        )
    return version


def _unreserved_namespace(namespace: str) -> str:
    if namespace in names.RESERVED_NAMESPACES or namespace.startswith(("kube-", "istio-")):
        raise wrong(
            f"the namespace {namespace} belongs to Kubernetes, Azure or Istio", "Choose one of your own, such as shop"
        )
    return namespace


def _host(host: str) -> str:
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
        raise wrong(f"{spelling.shown(host)} has capital letters; hosts are in lower case", f"Write {host.lower()}")
    return host


def _ssh_key(text: str) -> str:
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


def _network(value: Any) -> Any:
    """An IPv4 network, of which the lower bits have to be zero."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if ":" in value:
        raise wrong(
            f"{spelling.shown(value)} is no IPv4 range; IPv6 is not supported", "Write one such as 10.10.0.0/16"
        )
    address, slash, prefix = value.partition("/")
    if not slash:
        raise wrong(
            f"{spelling.shown(value)} has no prefix length",
            f"Write a range such as 10.10.0.0/16; one address is {_printed(address)}/32",
        )
    if not re.fullmatch(r"[0-9]{1,2}", prefix) or int(prefix) > 32:
        raise wrong(f"{spelling.shown(value)} has no prefix length from 0 to 32", "Write one such as 10.10.0.0/16")
    network = IPv4Network((int(_address(address)), int(prefix)), strict=False)
    if network.network_address != _address(address):
        raise wrong(f"{value} has host bits set: a range begins at its first address", f"Write {network}")
    return network


def _address(value: Any) -> IPv4Address:
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


def _path(path: str) -> str:
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
    if re.search(r"//|/\.{1,2}(/|$)|%|\\", path):
        raise wrong(
            f"{spelling.shown(path)} never matches: the proxy resolves //, /./, /../, % and \\ before it compares",
            "Write the path as the service sees it",
        )
    if re.search(r"[{}\s]", path):
        raise wrong(
            f"{spelling.shown(path)} has braces or blanks, which are no part of a path", "End it with /* instead"
        )
    return path


def _no_ingress(callee: str) -> str:
    if callee.startswith("ingress/"):
        raise wrong("an ingress gateway is for callers from outside; nobody in the mesh calls it", "Name a workload")
    return callee


def _named_ingress(caller: str) -> str:
    if caller in {"ingress", "ingress/"}:
        raise wrong("it does not say which ingress gateway", "Write ingress/ and the gateway's name: ingress/public")
    return caller


def number_or_mapping(key: str, example: str) -> Callable[[Any], Any]:
    """Reads a plain number as the mapping with it under the key."""

    def mapping(value: Any) -> Any:
        if type(value) is int:
            return {key: value}
        if isinstance(value, dict):
            return value
        raise wrong(f"it is {spelling.kind(value)}, and has to be a whole number or a mapping", f"Write {example}")

    return mapping


def _distinct_tags(tags: dict[str, str]) -> dict[str, str]:
    """Azure does not tell capital letters from others in a tag's name."""
    folded = Counter(name.casefold() for name in tags)
    for name in sorted(tags):
        if folded[name.casefold()] > 1:
            raise wrong(f"the tag {name} is there twice, but for capital letters", "Keep one")
    return tags


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_NAME_IN_WORDS = (
    "a name has lower-case letters, digits and hyphens, begins with a letter and ends with a letter or digit"
)

Name = Annotated[str, Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as ledger-0", names.NAME_MAX)]
NetworkName = Annotated[
    str,
    Rule("[a-z][a-z0-9-]*[a-z0-9]", f"{_NAME_IN_WORDS}, two at least", "Choose a name such as east", names.NAME_MAX),
]
Callee = Annotated[
    str,
    AfterValidator(_no_ingress),
    Rule(_NAME, _NAME_IN_WORDS, "Name a workload, such as orders", names.NAME_MAX),
]
PoolName = Annotated[
    str,
    Rule(
        "[a-z][a-z0-9]*",
        "a pool's name has lower-case letters and digits, and begins with a letter",
        "Choose a name such as apps",
        12,
    ),
]
Namespace = Annotated[
    str, Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as shop", 63), AfterValidator(_unreserved_namespace)
]
PortName = Annotated[
    str,
    Rule(
        "(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a port's name has lower-case letters, digits and single hyphens, and at least one letter",
        "Choose a name such as http or grpc-admin",
        15,
    ),
]
Caller = Annotated[
    str,
    AfterValidator(_named_ingress),
    Rule(
        f"{_NAME}|ingress(/{_NAME}){{1,2}}",
        "a caller is a workload, or ingress/NAME, or ingress/CLUSTER/NAME",
        "Write the workload's name, or ingress/public for an ingress gateway",
        100,
    ),
]
Region = Annotated[str, AfterValidator(_offered_region), WithJsonSchema({"enum": sorted(offered.REGIONS)})]
KubernetesVersion = Annotated[
    str,
    Rule(
        r"[0-9]+\.[0-9]+(\.[0-9]+)?",
        'a Kubernetes version is a minor such as "1.34" or exact such as "1.34.2"',
        'Write "1.34"',
        12,
    ),
    AfterValidator(_offered_kubernetes),
]
IstioVersion = Annotated[
    str,
    Rule(
        r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)",
        "an Istio version is exact, such as 1.30.4",
        "Write all three numbers",
        12,
    ),
    AfterValidator(_safe_istio),
]
TrustDomain = Annotated[
    str,
    Rule(
        rf"{_LABEL}(\.{_LABEL})*",
        "a trust domain is written like a DNS name, in lower-case letters",
        "Choose one such as shop.example",
        253,
    ),
]
Host = Annotated[
    str,
    AfterValidator(_host),
    Rule(
        rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?",
        "a host is a DNS name of two labels or more, of lower-case letters, digits and hyphens",
        "Write a name such as shop.example.com",
        253,
    ),
]
Size = Annotated[
    str,
    Rule(
        r"Standard_[A-Z][A-Za-z0-9]*(-[0-9]+[a-z]*)?(_[A-Za-z0-9]+)*",
        "it is not the name of a VM size",
        "Write one such as Standard_D4s_v5; az vm list-sizes shows a region's",
        40,
    ),
]
Image = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+){3}",
        "an image is publisher:offer:sku:version",
        "Write one such as Canonical:ubuntu-24_04-lts:server:latest",
        200,
    ),
]
Zone = Annotated[str, Rule("[123]", 'a zone is "1", "2" or "3"', 'Write "1", "2" or "3"', 1)]
SshKey = Annotated[str, AfterValidator(_ssh_key)]
Subscription = Annotated[
    str,
    Rule(
        "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "a subscription's id is a GUID",
        "az account show --query id prints yours",
        36,
    ),
    AfterValidator(str.lower),
]
TagName = Annotated[
    str,
    Rule(
        r"(?![Mm]icrosoft|[Aa]zure|[Ww]indows)[^<>%&\\?/\x00-\x1f]+",
        "a tag's name has none of < > % & \\ ? / and does not begin with azure, microsoft or windows",
        "Choose a name such as team",
        512,
    ),
]
TagValue = Annotated[str, Rule(r"[^\x00-\x1f]*", "a tag's value is one line", "Write it on one line", 256)]
Tags = Annotated[dict[TagName, TagValue], AfterValidator(_distinct_tags)]
Method = Annotated[
    str,
    Rule(
        "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT",
        "it is no HTTP method, and those have capital letters",
        "Write one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE and CONNECT",
        7,
    ),
]
RequestPath = Annotated[
    str, AfterValidator(_path), Rule(r"/.*", "a path begins with /", "Write one such as /orders/*", 1024)
]
Range = Annotated[
    IPv4Network, BeforeValidator(_network), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+/[0-9]{1,2}$"})
]
Address = Annotated[IPv4Address, BeforeValidator(_address), WithJsonSchema({"type": "string", "pattern": "^[0-9.]+$"})]
Whole = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
