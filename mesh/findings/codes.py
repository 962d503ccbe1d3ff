"""The codes of all findings with their severity, for the layers below the checks: a stack file accepts by code."""

from collections.abc import Mapping
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The gravest first."""

_OF_PLANS: Mapping[Severity, tuple[str, ...]] = {
    "error": (
        "api-server-open-to-others",
        "api-server-out-of-reach",
        "callers-not-named",
        "calls-led-elsewhere",
        "client-certificate-not-asked",
        "client-name-not-asked",
        "crossing-wider-than-declared",
        "east-west-gateway-open",
        "gateway-open-to-others",
        "gateway-wider-than-declared",
        "half-a-peering",
        "http-rule-on-tcp-port",
        "limit-exceeded",
        "machine-does-not-join",
        "network-policy-wider-than-needed",
        "no-deny-by-default",
        "no-network-policy-by-default",
        "not-judged",
        "paths-not-normalized",
        "place-is-not-called",
        "pods-are-cut-off",
        "plaintext-accepted",
        "platform-is-cut-off",
        "policy-for-a-namespace",
        "policy-in-dry-run",
        "private-api-server-out-of-reach",
        "redirect-does-not-work",
        "requests-led-elsewhere",
        "route-does-not-work",
        "route-works-in-part",
        "port-around-the-sidecar",
        "security-group-wider-than-needed",
        "stranger-let-in",
        "subnet-without-security-group",
        "token-not-asked",
        "tokens-of-others",
        "undeclared-opening",
        "unknown-hosts-pass",
        "wider-than-declared",
        "workload-without-policy",
    ),
    "warning": (
        "api-server-open-to-the-world",
        "calls-are-observed",
        "gateway-open-to-the-world",
        "host-without-route",
        "limit-near",
        "not-known-to-be-offered",
        "packets-dropped-by-route",
        "peering-without-access",
        "plaintext-sent",
        "service-of-anybody",
        "sidecar-wider-than-routes",
        "single-machine",
        "single-node",
    ),
    "note": (
        "api-server-is-private",
        "database-near-the-internet",
        "entry-known-too-widely",
        "held-by-the-network-alone",
        "name-needs-a-private-zone",
        "only-the-network-guards",
        "outside-taken-for-public",
        "pods-outside-the-mesh",
        "security-group-not-judged",
        "single-cluster",
        "single-gateway",
        "single-zone",
        "unused-peering",
        "way-of-clients-unknown",
    ),
}
ACCEPTABLE: Mapping[str, Severity] = {code: severity for severity, codes in _OF_PLANS.items() for code in codes}
"""Codes that a stack file can accept."""
NEVER_ACCEPTED: Mapping[str, Severity] = {
    "acceptance-expired": "warning",
    "acceptance-of-nothing": "warning",
    "certificate-authority-expires": "warning",
    "certificate-authority-unusable": "error",
    "certificate-expires": "warning",
    "certificate-unusable": "error",
}
"""Findings about files that come and go, and about the acceptances themselves."""
