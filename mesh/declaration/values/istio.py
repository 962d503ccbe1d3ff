"""Values of Istio and of container images: versions, trust domains, checksums."""

from typing import Annotated

from pydantic import AfterValidator

from mesh.declaration import supported_versions
from mesh.declaration.values.http import LABEL
from mesh.declaration.values.rule import Rule, wrong


def _safe_istio(version: str) -> str:
    if not supported_versions.istio_is_safe(version):
        raise wrong(
            f"Istio {version} has known security holes (ISTIO-SECURITY-2026-006 and before)",
            f"Choose {supported_versions.ISTIO_FLOORS_IN_WORDS}",
        )
    return version


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
        rf"{LABEL}(\.{LABEL})*",
        "a trust domain is written like a DNS name, in lower-case letters",
        "Choose one such as shop.example",
        253,
    ),
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
