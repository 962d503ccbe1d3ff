"""Every check, and every kind of finding: the worst first, then by code."""

from collections.abc import Iterator
from typing import Protocol

from mesh.findings import acceptance, api_servers, exposures, limits, not_judged, single_points
from mesh.findings.certificates import certificate_authorities, gateway_certificates
from mesh.findings.codes import SEVERITIES
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.gateways import clients, crossings, destinations, redirects, requests
from mesh.findings.networks import network_policies, peerings, platform, private_api_servers, security_groups
from mesh.findings.policies import (
    dry_runs,
    http_at_tcp_ports,
    missing_policies,
    policies_for_namespaces,
    uncaught_ports,
    unnamed_callers,
    wider_grants,
)
from mesh.findings.routes import (
    broken_routes,
    exposed_databases,
    machines_apart,
    outside_names,
    strangers,
    tokens,
    undeclared_openings,
)
from mesh.findings.settings import diverted_calls, known_hosts, offers, path_normalization, plaintext


class Check(Protocol):
    """A module with its kinds of findings, and what it finds."""

    @property
    def KINDS(self) -> tuple[Kind, ...]: ...

    def findings(self, context: Context) -> Iterator[Finding]: ...


CHECKS: tuple[Check, ...] = (
    api_servers,
    broken_routes,
    certificate_authorities,
    clients,
    crossings,
    destinations,
    diverted_calls,
    dry_runs,
    exposed_databases,
    exposures,
    gateway_certificates,
    http_at_tcp_ports,
    known_hosts,
    limits,
    machines_apart,
    missing_policies,
    network_policies,
    not_judged,
    offers,
    outside_names,
    path_normalization,
    peerings,
    plaintext,
    platform,
    policies_for_namespaces,
    private_api_servers,
    redirects,
    requests,
    security_groups,
    single_points,
    strangers,
    tokens,
    uncaught_ports,
    undeclared_openings,
    unnamed_callers,
    wider_grants,
)
KINDS: tuple[Kind, ...] = tuple(
    sorted(
        (kind for kinds in (acceptance.KINDS, *(check.KINDS for check in CHECKS)) for kind in kinds),
        key=lambda kind: (SEVERITIES.index(kind.severity), kind.code),
    )
)
