"""What a stack file says about Istio: its version, and the version to come."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.istio import IstioVersion, Sha256, TrustDomain
from mesh.declaration.values.naming import Name


class Checksums(Part):
    """SHA-256 of Istio's package for machines, by architecture. A machine of another architecture installs nothing."""

    amd64: Sha256 | None = None
    """Of istio-sidecar.deb."""
    arm64: Sha256 | None = None
    """Of istio-sidecar-arm64.deb."""


class Canary(Part):
    """A second istiod of a newer version. Namespaces and machines move to it one by one."""

    version: Annotated[IstioVersion, Field(examples=["1.31.1"])]
    """The exact version: at most one minor newer than `istio.version`, or equal to it at the end of the upgrade."""
    namespaces: Annotated[tuple[Name, ...], Field(examples=[["shop"]])] = ()
    """Namespaces whose pods get their sidecars from it. A pod moves when it restarts."""
    machines: Annotated[tuple[Name, ...], Field(examples=[["ledger-0"]])] = ()
    """Machines that run its version and connect to it."""
    package_sha256: Checksums | None = None
    """Like istio.package_sha256, for this version."""


class Istio(Part):
    version: Annotated[IstioVersion, Field(examples=["1.30.4"])]
    """The exact version installed on every cluster and machine."""
    trust_domain: Annotated[TrustDomain, Field(examples=["shop.example"])] = "cluster.local"
    """The first part of every workload's identity."""
    package_sha256: Checksums | None = None
    """Checksums of the package that machines install. Default: the checksum published beside the package."""
    canary: Canary | None = None
    """The next version, beside the current one. Default: none."""
