"""Kubernetes objects of every kind that may say something about traffic, drawn by their schemas.

The kinds of Istio, of the Gateway API and of Cilium from their CRDs, Kubernetes' from the models of its client, those
of others by the tables below.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from kubernetes import client

Schema = Mapping[str, Any]
"""Of a kind's fields beside apiVersion, kind and metadata: JSON schema as CRDs have it."""

_TEXTS = (
    *("orders", "cart", "ledger", "shop", "finance", "istio-system", "istio-ingress", "default", "mesh", "east", "any"),
    *("orders.shop.svc.cluster.local", "ledger.finance.svc.cluster.local", "shop.example.com", "*.example.com"),
    *("*", "", ".", "~", "*/*", "./*", "shop/*", "shop/orders.shop.svc.cluster.local", "/orders", "/*", "/{*}", "(["),
    *("GET", "POST|GET", "HTTP", "TLS", "TCP", "http", "10.0.0.0/8", "10.10.0.7", "0.0.0.0/0", "10.0.0.0/33", "x"),
    *("shop.example/ns/shop/sa/cart", "source.namespace", "request.headers[x-team]", "destination.port", "8080"),
    *("5s", "true", "ingress-public", "istio-ingress/ingress-public", "unix:///var/run/any.sock", "443"),
)
_NUMBERS = (0, 1, 22, 80, 100, 443, 5432, 8080, 9000, 15012, 15443, 65535, -1)
_KEYS = ("app", "istio", "version", "x-team", "@request.auth.claims.group", "istio/multiCluster", "8080", "any")
_OF_OTHERS = {
    "gateway.networking.x-k8s.io/v1alpha1": ("XListenerSet",),
    "inference.networking.k8s.io/v1": ("InferencePool",),
    "multicluster.x-k8s.io/v1alpha1": ("ServiceExport", "ServiceImport"),
    "policy.networking.k8s.io/v1alpha1": ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy"),
    "policy.networking.k8s.io/v1alpha2": ("ClusterNetworkPolicy",),
    "crd.projectcalico.org/v1": ("NetworkPolicy", "GlobalNetworkPolicy"),
    "apiregistration.k8s.io/v1": ("APIService",),
}
"""Kinds of which no schema is here: any of the fields below."""
_FIELDS_OF_OTHERS = (
    *("parentRefs", "hostnames", "rules", "gatewayClassName", "listeners", "addresses", "from", "to"),
    *("targetRefs", "validation", "controllerName", "infrastructure", "backendTLS", "subject", "ingress", "egress"),
    *("priority", "tier", "endpointSelector", "selector", "ports", "type", "service"),
)
_OF_KUBERNETES = {
    "v1": ("Service", "Namespace", "Secret", "ServiceAccount", "Pod", "Endpoints", "ConfigMap", "Node"),
    "apps/v1": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    "batch/v1": ("Job", "CronJob"),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "IPAddress", "NetworkPolicy", "ServiceCIDR"),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"),
    "policy/v1": ("PodDisruptionBudget",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "admissionregistration.k8s.io/v1": (
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    ),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
}
_DEEPEST = 9


def schemas(*files: Path) -> dict[tuple[str, str], Schema]:
    """By API version and kind; the files are of CRDs."""
    found: dict[tuple[str, str], Schema] = {}
    definitions = (each for file in files for each in yaml.safe_load_all(file.read_text()))
    for definition in filter(None, definitions):
        names, group = definition["spec"]["names"], definition["spec"]["group"]
        for version in definition["spec"]["versions"]:
            properties = dict(version["schema"]["openAPIV3Schema"]["properties"])
            for common in ("apiVersion", "kind", "metadata"):
                properties.pop(common, None)
            found[f"{group}/{version['name']}", names["kind"]] = {
                "type": "object",
                "properties": {**properties, "status": {"type": "object"}},
            }
    fields = {name: {"type": "array", "items": {"type": "object"}} for name in _FIELDS_OF_OTHERS}
    spec = {"type": "object", "properties": fields}
    for version, kinds in _OF_OTHERS.items():
        for kind in kinds:
            found[version, kind] = {"type": "object", "properties": {"spec": spec}}
    for version, kinds in _OF_KUBERNETES.items():
        for kind in kinds:
            found[version, kind] = _of_model(f"{'V2' if version == 'autoscaling/v2' else 'V1'}{kind}", 0)
    return found


@cache
def _of_model(name: str, depth: int) -> Schema:
    """A model of Kubernetes' client, as a schema."""
    model = getattr(client, name)
    return {
        "type": "object",
        "properties": {
            model.attribute_map[field]: _of_type(kind, depth + 1)
            for field, kind in model.openapi_types.items()
            if depth or field not in ("api_version", "kind", "metadata")
        },
    }


def _of_type(kind: str, depth: int) -> Schema:
    of, inner = re.fullmatch(r"(?:([Ll]ist|[Dd]ict)[\[(](?:str, )?)?(.*?)[\])]?", kind).groups()  # type: ignore[union-attr]
    if of in ("list", "List"):
        return {"type": "array", "items": _of_type(inner, depth)}
    if of in ("dict", "Dict"):
        return {"type": "object", "additionalProperties": _of_type(inner, depth)}
    simple = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "datetime": "string"}
    if kind in simple:
        return {"type": simple[kind]}
    if hasattr(client, kind) and depth < _DEEPEST:
        return _of_model(kind, depth)
    return {"type": "string"}


def value(random: Random, schema: Schema, depth: int = 0) -> Any:
    """Whatever a schema allows; few of the fields that need not be there."""
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema.get("type"):
        case "array":
            return [value(random, schema["items"], depth + 1) for _ in range(random.choice((1, 1, 2)))]
        case "boolean":
            return random.random() < 0.5
        case "integer" | "number":
            return random.choice(_NUMBERS)
        case "object":
            return dict(_fields(random, schema, depth))
        case _:
            return random.choice(_TEXTS if not schema.get("x-kubernetes-int-or-string") else (*_TEXTS, *_NUMBERS))


def _fields(random: Random, schema: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(schema.get("additionalProperties"), Mapping):
        for key in random.sample(_KEYS, random.choice((0, 1, 2))):
            yield key, value(random, schema["additionalProperties"], depth + 1)
    properties = schema.get("properties", {})
    wanted = set(schema.get("required", ()))
    if properties and depth < _DEEPEST:
        wanted |= set(random.sample(sorted(properties), min(len(properties), random.choice((0, 1, 1, 2, 3)))))
    for name in sorted(wanted & properties.keys()):
        drawn = None if random.random() < 0.02 and name not in schema.get("required", ()) else value(
            random, properties[name], depth + 1
        )  # fmt: skip
        yield name, drawn


def manifest(random: Random, version: str, kind: str, schema: Schema) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": random.choice(("orders", "cart", "default", "any", "ingress-public", "cacerts")),
        "namespace": random.choice(("shop", "shop", "finance", "istio-system", "istio-ingress", "nowhere")),
        "labels": random.choice((None, {}, {"app": "orders"}, {"istio.io/use-waypoint": "any"}, {"team": "red"})),
        "annotations": random.choice((None, None, {"networking.istio.io/exportTo": "~"}, {"note": "any"})),
        "managedFields": [{"manager": "kubectl"}],
    }
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata,
        **value(random, {"required": ["spec"], **schema}),
    }


def grown(random: Random, before: Any, schema: Schema) -> Any:
    """A value with something drawn added to it: a field, another item of a list, another text."""
    if isinstance(before, Mapping):
        drawn = value(random, {**schema, "required": ()})
        if not isinstance(drawn, Mapping):
            return before
        properties = schema.get("properties", {})
        return {
            **before,
            **{
                name: grown(random, before[name], properties.get(name, {})) if name in before else item
                for name, item in drawn.items()
            },
        }
    if isinstance(before, list) and "items" in schema:
        more = value(random, schema["items"])
        kept = [grown(random, item, schema["items"]) if random.random() < 0.5 else item for item in before]
        return random.choice(([*before, more], [more, *before], kept, [more]))
    return value(random, schema) if schema else before
