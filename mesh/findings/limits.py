"""How near a plan is to what Azure, Istio and the API server take of a thing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan import Plan

LIMIT_EXCEEDED = Kind(
    code="limit-exceeded",
    severity="error",
    what="The plan has more of something than Azure, Istio or the API server takes.",
    why="It is refused in the middle of a deployment, after what came before it has been made.",
    example="nsg/machines/machines: 1,204 rules; Azure takes 1,000. Call machines by a range: fewer, larger scale sets "
    "or subnets need fewer rules",
    fix="What the finding names: fewer or wider entries, or a second network, cluster or environment.",
)
LIMIT_NEAR = Kind(
    code="limit-near",
    severity="warning",
    what="The plan has more than four fifths of what Azure, Istio or the API server takes of something.",
    why="Soon a change will be refused in the middle of a deployment.",
    example="network/hub: 412 peerings; Azure takes 500. Join networks by a hub with its own router, or make a second "
    "environment",
    fix="What the finding names, before the limit is reached.",
)
KINDS = (LIMIT_EXCEEDED, LIMIT_NEAR)

_NEAR = 0.8
_Count = tuple[str, int, str, str, int, str]
"""Subject, count, of what, who takes no more than how many, and what to do."""

_RULES, _ADDRESSES, _PEERINGS, _SUBNETS, _ROUTES = 1_000, 4_000, 500, 3_000, 400
"""https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits"""
_NETWORKS = 1_000
_POLICY_RULES, _RULE_SOURCES, _ENTRY_HOSTS, _ENTRY_PORTS = 512, 512, 256, 256
"""maxItems in Istio's CRDs: github.com/istio/api, kubernetes/customresourcedefinitions.gen.yaml"""
_OBJECT_BYTES = 1024 * 1024
"""etcd refuses requests of 1.5 MiB; a Secret ends at 1 MiB, and server-side apply keeps fields beside the object."""
_NEIGHBOURS = "Call machines by ranges: scale sets or networks of their own need fewer rules"


def findings(context: Context) -> Iterator[Finding]:
    for subject, count, what, who, limit, way_out in _counts(context.plan):
        if count > limit * _NEAR:
            kind = LIMIT_EXCEEDED if count > limit else LIMIT_NEAR
            yield Finding(kind, subject, f"{count:,} {what}; {who} takes {limit:,}. {way_out}")


def _counts(plan: Plan) -> Iterator[_Count]:
    yield from _of_azure(plan)
    for item in plan.objects:
        spec = item.manifest.get("spec") or {}
        match item.manifest["kind"]:
            case "AuthorizationPolicy":
                rules = spec.get("rules") or ()
                way_out = "Let callers share a gateway or an account, or split the workload"
                yield item.name, len(rules), "rules", "Istio", _POLICY_RULES, way_out
                sources = max((len(rule.get("from") or ()) for rule in rules), default=0)
                yield item.name, sources, "sources in a rule", "Istio", _RULE_SOURCES, way_out
            case "ServiceEntry":
                way_out = "Declare a second workload for the others"
                yield item.name, len(spec.get("hosts") or ()), "hosts", "Istio", _ENTRY_HOSTS, way_out
                yield item.name, len(spec.get("ports") or ()), "ports", "Istio", _ENTRY_PORTS, way_out
        size = len(json.dumps(item.manifest, default=str))
        way_out = "Split what it is about: fewer routes of a workload, or hosts of a gateway"
        yield item.name, size, "bytes", "the API server", _OBJECT_BYTES, way_out


def _of_azure(plan: Plan) -> Iterator[_Count]:
    peerings: dict[str, int] = {}
    subnets: dict[str, int] = {}
    for resource in plan.azure:
        parent = "/".join(resource.name.split("/")[1:2])
        match resource.token.rpartition(":")[2]:
            case "NetworkSecurityGroup":
                rules = resource.properties.get("securityRules") or ()
                yield resource.name, len(rules), "rules", "Azure", _RULES, _NEIGHBOURS
                for side in ("source", "destination"):
                    addresses = sum(_addresses(rule, side) for rule in rules)
                    yield resource.name, addresses, f"{side} addresses", "Azure", _ADDRESSES, _NEIGHBOURS
            case "VirtualNetworkPeering":
                peerings[parent] = peerings.get(parent, 0) + 1
            case "Subnet":
                subnets[parent] = subnets.get(parent, 0) + 1
            case "RouteTable":
                routes = len(resource.properties.get("routes") or ())
                yield resource.name, routes, "routes", "Azure", _ROUTES, "Put ranges together"
    hub = "Join networks by a hub with a router of its own, or make a second environment"
    for name, count in peerings.items():
        yield f"network/{name}", count, "peerings", "Azure", _PEERINGS, hub
    for name, count in subnets.items():
        yield f"network/{name}", count, "subnets", "Azure", _SUBNETS, "Declare a second network"
    networks = sum(resource.token.endswith(":VirtualNetwork") for resource in plan.azure)
    yield "environment", networks, "networks", "Azure", _NETWORKS, "Make a second environment, in another subscription"


def _addresses(rule: Mapping[str, Any], side: str) -> int:
    return len(rule.get(f"{side}AddressPrefixes") or ()) + (f"{side}AddressPrefix" in rule)
