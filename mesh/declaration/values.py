"""What a single value of a stack file may look like: its pattern, and its rule in words."""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from mesh import names
from mesh.declaration import offered, rules, spelling
from mesh.findings import catalogue


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
            raise rules.wrong(f"{spelling.shown(text)} will not do: {odd}", "Type it again in plain letters")
        if len(text) > self.longest:
            raise rules.wrong(
                f"{spelling.shown(text)} has {len(text)} characters; at most {self.longest} are allowed",
                "Choose a shorter one",
            )
        if not re.fullmatch(self.pattern, text):
            raise rules.wrong(f"{spelling.shown(text)} will not do: {self.says}", self.way_out)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_NAME_IN_WORDS = (
    "a name has lower-case letters, digits and hyphens, begins with a letter and ends with a letter or digit"
)

Name = Annotated[str, Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as orders", names.NAME_MAX)]
ResourceName = Annotated[
    str,
    Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as ledger-0", names.RESOURCE_NAME_MAX),
    AfterValidator(rules.unlike_a_security_rule),
]
NetworkName = Annotated[
    str,
    Rule(
        "[a-z][a-z0-9-]*[a-z0-9]",
        f"{_NAME_IN_WORDS}, two at least",
        "Choose a name such as east",
        names.RESOURCE_NAME_MAX,
    ),
    AfterValidator(rules.unlike_a_security_rule),
]
Callee = Annotated[
    str,
    AfterValidator(rules.no_ingress),
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
    str, Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as shop", 63), AfterValidator(rules.unreserved_namespace)
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
    AfterValidator(rules.named_ingress),
    Rule(
        f"{_NAME}|ingress(/{_NAME}){{1,2}}",
        "a caller is a workload, or ingress/NAME, or ingress/CLUSTER/NAME",
        "Write the workload's name, or ingress/public for an ingress gateway",
        100,
    ),
]
Region = Annotated[str, AfterValidator(rules.offered_region), WithJsonSchema({"enum": sorted(offered.REGIONS)})]
KubernetesVersion = Annotated[
    str,
    Rule(
        r"[0-9]+\.[0-9]+(\.[0-9]+)?",
        'a Kubernetes version is a minor such as "1.34" or exact such as "1.34.2"',
        'Write "1.34"',
        12,
    ),
    AfterValidator(rules.offered_kubernetes),
]
IstioVersion = Annotated[
    str,
    Rule(
        r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)",
        "an Istio version is exact, such as 1.30.4",
        "Write all three numbers",
        12,
    ),
    AfterValidator(rules.safe_istio),
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
    AfterValidator(rules.dns_host),
    Rule(
        rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?",
        "a host is a DNS name of two labels or more, of lower-case letters, digits and hyphens",
        "Write a name such as shop.example.com",
        253,
    ),
]
ClientName = Annotated[
    str,
    Rule(
        rf"({_LABEL}\.)*{_LABEL}|[a-z][a-z0-9+.-]*://[A-Za-z0-9._~:/@%+-]+",
        "a client's name is a whole DNS name or URI, as its certificate has it among its alternative names",
        "Write one such as partner.example.com or spiffe://partner.example/billing",
        253,
    ),
]
SecretName = Annotated[
    str,
    AfterValidator(rules.no_authority_of_another),
    Rule(
        rf"{_LABEL}(\.{_LABEL})*",
        "the name of a secret has lower-case letters, digits, hyphens and dots",
        "Write one such as shop-tls",
        253,
    ),
]
CertificateName = Annotated[
    str,
    AfterValidator(rules.no_authority_of_another),
    Rule(_NAME, _NAME_IN_WORDS, "Choose a name such as shop", names.NAME_MAX),
]
VaultName = Annotated[
    str,
    Rule(
        "[A-Za-z](?!.*--)[A-Za-z0-9-]+[A-Za-z0-9]",
        "a vault's name has letters, digits and single hyphens, begins with a letter and ends with a letter or digit",
        "Write one such as shop-certificates",
        24,
    ),
]
VaultSecretName = Annotated[
    str,
    Rule(
        "[A-Za-z0-9-]+",
        "what a vault keeps is called by letters, digits and hyphens",
        "Write one such as partners",
        127,
    ),
]
ResourceGroup = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9._()-]*[A-Za-z0-9_()-]",
        "a resource group's name has letters, digits and . _ - ( ), and does not end with a dot",
        "Write one such as platform",
        90,
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
    AfterValidator(rules.linux_image),
]
ContainerImage = Annotated[
    str,
    Rule(
        r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:(?!latest\b)[A-Za-z0-9_][A-Za-z0-9._-]*(@sha256:[0-9a-f]{64})?",
        "a container's image is registry/name:tag, and the tag is not latest, which is another image every day",
        "Write one such as docker.io/openzipkin/zipkin:3.5.1",
        300,
    ),
]
Sha256 = Annotated[
    str,
    Rule(
        "[0-9a-f]{64}",
        "a SHA-256 has 64 digits from 0 to 9 and a to f",
        "sha256sum istio-sidecar.deb prints it",
        64,
    ),
]
Percentage = Annotated[float, Strict(), Field(ge=0, le=100)]
Zone = Annotated[str, Rule("[123]", 'a zone is "1", "2" or "3"', 'Write "1", "2" or "3"', 1)]
SshKey = Annotated[str, AfterValidator(rules.ssh_key)]
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
Tags = Annotated[dict[TagName, TagValue], AfterValidator(rules.distinct_tags)]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
Method = Annotated[
    str,
    Rule(
        "|".join(METHODS),
        "it is no HTTP method, and those have capital letters",
        "Write one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE and CONNECT",
        7,
    ),
]
RequestPath = Annotated[
    str,
    AfterValidator(rules.request_path),
    Rule(r"/[^*?#%{}\s\\]*\*?", "a path begins with / and may end in *", "Write one such as /orders/*", 1024),
]
Range = Annotated[
    IPv4Network,
    BeforeValidator(rules.ipv4_network),
    WithJsonSchema({"type": "string", "format": "cidr", "pattern": r"^[0-9.]+/[0-9]{1,2}$"}),
]
Address = Annotated[
    IPv4Address,
    BeforeValidator(rules.ipv4_address),
    WithJsonSchema({"type": "string", "format": "ipv4", "pattern": "^[0-9.]+$"}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(rules.duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*(ms|s|m|h)$"}),
]
RetryCause = Annotated[
    str,
    BeforeValidator(rules.status_as_text, json_schema_input_type=str | int),
    Rule(
        "5xx|gateway-error|reset|connect-failure|refused-stream|retriable-4xx|[45][0-9]{2}"
        "|cancelled|deadline-exceeded|internal|resource-exhausted|unavailable",
        "it is no failure that a call can be made again after",
        "Write connect-failure, refused-stream, reset, gateway-error, 5xx, a status such as 503, or for grpc "
        "unavailable, cancelled, deadline-exceeded, internal or resource-exhausted",
        30,
    ),
]
Version = Annotated[
    str,
    Rule(
        "[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a version is the label of its pods, of lower-case letters, digits and hyphens",
        "Write one such as v2",
        30,
    ),
]
Failover = Annotated[str, Rule(_NAME, _NAME_IN_WORDS, "Write nearest, own-cluster or a cluster's name", names.NAME_MAX)]
HeaderName = Annotated[
    str,
    Rule(
        "[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a header's name has lower-case letters, digits and hyphens",
        "Write one such as x-canary",
        100,
    ),
]
HeaderValue = Annotated[
    str, Rule("[!-~]([ -~]*[!-~])?", "a header's value is one line of plain characters", "Write one such as 1", 200)
]
FindingCode = Annotated[
    str, AfterValidator(rules.known_finding), WithJsonSchema({"enum": sorted(catalogue.ACCEPTABLE)})
]
Subject = Annotated[
    str,
    Rule(
        r"\S(.*\S)?", "it is what a finding is about", "Write it as mesh check does, such as cart to orders:8080", 200
    ),
]
Reason = Annotated[str, Field(min_length=1, max_length=300)]
Day = Annotated[
    str,
    AfterValidator(rules.day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Whole = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
