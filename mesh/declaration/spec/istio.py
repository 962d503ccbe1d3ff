"""What a stack file says about Istio: its version, and the version to come."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.istio import IstioVersion, Sha256, TrustDomain
from mesh.declaration.values.naming import Name


class Checksums(Part):
    """SHA-256 of a version's istio-sidecar.deb, by the machines' architecture; where one is missing, none is run."""

    amd64: Sha256 | None = None
    """Of istio-sidecar.deb."""
    arm64: Sha256 | None = None
    """Of istio-sidecar-arm64.deb."""


class Canary(Part):
    """A second istiod, of a newer version, for what is moved to it one by one."""

    version: Annotated[IstioVersion, Field(examples=["1.31.1"])]
    """The exact version: newer than the other, by one minor at most; equal to it on the way back."""
    namespaces: Annotated[tuple[Name, ...], Field(examples=[["shop"]])] = ()
    """Namespaces whose pods have it inject their sidecars; each pod moves when it is made anew."""
    machines: Annotated[tuple[Name, ...], Field(examples=[["ledger-0"]])] = ()
    """Machines that run its version and talk to it."""
    package_sha256: Checksums | None = None
    """As istio.package_sha256, of this version."""


class Istio(Part):
    version: Annotated[IstioVersion, Field(examples=["1.30.4"])]
    """The exact version installed on every cluster and machine."""
    trust_domain: Annotated[TrustDomain, Field(examples=["shop.example"])] = "cluster.local"
    """The first part of every workload's identity."""
    package_sha256: Checksums | None = None
    """What the package has to be that machines install. Default: as the checksum says that is published beside it."""
    canary: Canary | None = None
    """The version to come, beside the other. Default: none."""
