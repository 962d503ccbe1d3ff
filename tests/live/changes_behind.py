"""What colleagues change behind the program's back: how, and what `mesh drift` has to say of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changed_lab import Colleague, Object

EVERYBODY = {"source": {"principals": ["*"]}}


@dataclass(frozen=True)
class Behind:
    subject: str
    """As `mesh drift` names it."""
    of: str
    """Its class."""
    says: str
    """Part of what it opens or breaks, of its note or of its reason; "" where there is nothing to say."""
    done: Callable[[Colleague], None]
    unowned: bool = False
    """Whether it goes only when it is named."""


def _azure(subject: str, of: str, says: str, path: str, change: Callable[[Object], Any], version: str = "") -> Behind:
    versions = (version,) if version else ()
    return Behind(subject, of, says, lambda they: they.edit_azure(path, change, *versions))


def _edit(subject: str, of: str, says: str, change: Callable[[Object], Any]) -> Behind:
    """`subject` is cluster/namespace/kind/name."""
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, of, says, lambda they: they.edit(kind, f"{namespace}/{name}", change))


def _gone(subject: str, of: str, says: str) -> Behind:
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, of, says, lambda they: they.delete(kind, f"{namespace}/{name}"))


def _new(subject: str, of: str, says: str, **content: Any) -> Behind:
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, of, says, lambda they: they.add(kind, f"{namespace}/{name}", **content), unowned=True)


def _rule(name: str, port: str) -> Object:
    return {
        "name": name,
        "properties": {
            "access": "Allow",
            "direction": "Inbound",
            "priority": 3000,
            "protocol": "Tcp",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": port,
        },
    }


def _appended(*path: str | int) -> Callable[[Any], Callable[[Object], None]]:
    """An element more in the list at the path."""

    def adds(element: Any) -> Callable[[Object], None]:
        def change(item: Object) -> None:
            target: Any = item
            for step in path:
                target = target[step]
            target.append(element)

        return change

    return adds


def _set(value: Any, *path: str | int) -> Callable[[Object], None]:
    def change(item: Object) -> None:
        target: Any = item
        for step in path[:-1]:
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        target[path[-1]] = value

    return change


_SELECTS = {"matchLabels": {"app": "stock"}}
_COMPUTE, _CONTAINERS = "2024-07-01", "2024-09-01"
"""API versions."""

CHANGES_CALLS = (
    _new(
        "east/shop/VirtualService/mirror",
        "widens access",
        "copies calls of stock to prices.shop.svc.cluster.local",
        spec={
            "hosts": ["stock.shop.svc.cluster.local"],
            "http": [
                {
                    "route": [{"destination": {"host": "stock.shop.svc.cluster.local"}}],
                    "mirror": {"host": "prices.shop.svc.cluster.local"},
                }
            ],
        },
    ),
    _gone("east/shop/NetworkPolicy/orders", "breaks calls", "orders to"),
    _edit(
        "east/shop/Service/storefront",
        "widens access",
        "every node takes what is sent to these addresses",
        _set(["198.51.100.8"], "spec", "externalIPs"),
    ),
    Behind(
        "east/Namespace/shop",
        "widens access",
        "PeerAuthentication/default: STRICT: plaintext is sent",
        lambda they: they.patch("Namespace", "shop", {"metadata": {"labels": {"istio-injection": "disabled"}}}),
    ),
    _edit(
        "east/finance/Role/ledger-token",
        "widens access",
        "whom it is bound to may do more",
        _appended("rules")({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}),
    ),
    _edit(
        "east/istio-system/Gateway/istiod",
        "widens access",
        "passes * on, which is no istiod",
        _appended("spec", "servers")(
            {
                "port": {"number": 15012, "name": "tls-more", "protocol": "TLS"},
                "hosts": ["*"],
                "tls": {"mode": "PASSTHROUGH"},
            }
        ),
    ),
    Behind(
        "network/east/virtualNetworkPeerings/hub",
        "widens access",
        "given to the other network too",
        lambda they: they.peer("east", "hub"),
        unowned=True,
    ),
    Behind(
        "network/machines/subnets/more",
        "widens access",
        "behind no security group of the plan",
        lambda they: they.put_azure(
            "Microsoft.Network/virtualNetworks/machines/subnets/more",
            {"properties": {"addressPrefix": "10.30.250.0/28"}},
        ),
        unowned=True,
    ),
    Behind(
        "east/release/istiod",
        "widens access",
        "what the chart makes of it",
        lambda they: they.give_value("istiod", "mine", "true"),
    ),
    Behind(
        "east/release/istiod: istio-system/Deployment/istiod",
        "widens access",
        "what runs there runs with the identity of these pods",
        lambda they: they.edit(
            "Deployment",
            "istio-system/istiod",
            _appended("spec", "template", "spec", "containers")({"name": "more", "image": "more:1"}),
        ),
    ),
    _azure(
        "nsg/east/nodes",
        "widens access",
        "at Tcp 22 is allowed inbound at subnet/east/nodes",
        "Microsoft.Network/networkSecurityGroups/east-nodes",
        _appended("properties", "securityRules")(_rule("ssh", "22")),
    ),
    _azure(
        "subnet/east/gateways",
        "widens access",
        "is closed by nothing",
        "Microsoft.Network/virtualNetworks/east/subnets/gateways",
        lambda subnet: subnet["properties"].pop("networkSecurityGroup"),
    ),
    _edit(
        "east/shop/AuthorizationPolicy/orders",
        "widens access",
        "→ orders:8080 * /*",
        _appended("spec", "rules")({"from": [EVERYBODY]}),
    ),
    _edit(
        "east/shop/AuthorizationPolicy/cart",
        "widens access",
        "storefront → cart:8080",
        _appended("spec", "rules", 0, "to", 0, "operation", "paths")("/admin/*"),
    ),
    _edit(
        "east/shop/AuthorizationPolicy/stock",
        "widens access",
        "enforces nothing",
        _set("true", "metadata", "annotations", "istio.io/dry-run"),
    ),
    _edit(
        "east/istio-system/AuthorizationPolicy/deny-by-default",
        "widens access",
        "→ cart:8080",
        _set([{}], "spec", "rules"),
    ),
    _edit(
        "east/istio-system/PeerAuthentication/default",
        "widens access",
        "it says PERMISSIVE",
        _set("PERMISSIVE", "spec", "mtls", "mode"),
    ),
    _edit(
        "east/shop/Sidecar/cart",
        "widens access",
        "cart has no route to *",
        _appended("spec", "egress", 0, "hosts")("*/*"),
    ),
    _edit(
        "east/istio-system/Secret/cacerts",
        "widens access",
        "whose certificates are believed",
        _set("AA==", "data", "ca-crl.pem"),
    ),
    _edit(
        "east/finance/RoleBinding/ledger-token",
        "widens access",
        "take the identity of a workload",
        _appended("subjects")({"kind": "User", "name": "mallory", "apiGroup": "rbac.authorization.k8s.io"}),
    ),
    _edit(
        "east/shop/NetworkPolicy/stock",
        "widens access",
        "stock",
        lambda policy: policy["spec"].update(ingress=[{}], egress=[{}]),
    ),
    _new(
        "east/shop/AuthorizationPolicy/more",
        "widens access",
        "prices to stock:8080",
        spec={
            "selector": _SELECTS,
            "rules": [{"from": [{"source": {"principals": ["shop.example/ns/shop/sa/prices"]}}]}],
        },
    ),
    _new(
        "east/shop/EnvoyFilter/no-rbac",
        "widens access",
        "it can change every call of what it selects",
        spec={
            "workloadSelector": {"labels": {"app": "orders"}},
            "configPatches": [
                {
                    "applyTo": "HTTP_FILTER",
                    "match": {"context": "SIDECAR_INBOUND"},
                    "patch": {"operation": "REMOVE"},
                }
            ],
        },
    ),
    _new(
        "east/shop/WasmPlugin/headers", "widens access", "not judged", spec={"url": "oci://registry.example/headers:1"}
    ),
    _new(
        "east/shop/Service/open",
        "widens access",
        "reached from outside the cluster",
        spec={
            "type": "LoadBalancer",
            "selector": {"app": "orders"},
            "ports": [{"port": 8080}],
        },
    ),
    _new(
        "east/shop/Service/by-node",
        "widens access",
        "reached from outside the cluster",
        spec={
            "type": "NodePort",
            "selector": {"app": "orders"},
            "ports": [{"port": 8080}],
        },
    ),
    _new(
        "east/shop/Service/external",
        "widens access",
        "external addresses 198.51.100.7",
        spec={
            "selector": {"app": "orders"},
            "ports": [{"port": 8080}],
            "externalIPs": ["198.51.100.7"],
        },
    ),
    _new(
        "east/shop/PeerAuthentication/plain",
        "widens access",
        "it says PERMISSIVE",
        spec={
            "selector": _SELECTS,
            "mtls": {"mode": "PERMISSIVE"},
        },
    ),
    _new(
        "east/shop/DestinationRule/plain",
        "breaks calls",
        "plaintext is sent",
        spec={
            "host": "stock.shop.svc.cluster.local",
            "trafficPolicy": {"tls": {"mode": "DISABLE"}},
        },
    ),
    _new(
        "east/shop/NetworkPolicy/open",
        "widens access",
        "orders",
        spec={
            "podSelector": {"matchLabels": {"app": "orders"}},
            "ingress": [{}],
            "egress": [{}],
            "policyTypes": ["Ingress", "Egress"],
        },
    ),
    _new(
        "east/istio-system/Secret/istio-remote-secret-mine",
        "widens access",
        "who runs that one can answer for any host",
        metadata={"labels": {"istio/multiCluster": "true"}},
        data={"mine": "AA=="},
    ),
    _new(
        "east/finance/ServiceEntry/stolen",
        "widens access",
        "is known in all namespaces",
        spec={
            "hosts": ["api.payments.example"],
            "ports": [{"number": 443, "name": "https", "protocol": "TLS"}],
            "resolution": "STATIC",
            "endpoints": [{"address": "198.51.100.9"}],
        },
    ),
    _new(
        "east/shop/VirtualService/led-away",
        "widens access",
        "leads calls of stock to prices",
        spec={
            "hosts": ["stock.shop.svc.cluster.local"],
            "http": [{"route": [{"destination": {"host": "prices.shop.svc.cluster.local"}}]}],
        },
    ),
    _new(
        "east/istio-ingress/Gateway/second",
        "widens access",
        "server 1 opens port 80",
        spec={
            "selector": {"istio": "ingress-public"},
            "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
        },
    ),
    _new(
        "east/finance/WorkloadEntry/left-behind",
        "widens access",
        "10.30.0.99 is none of 10.30.0.10",
        spec={
            "address": "10.30.0.99",
            "labels": {"app": "ledger"},
            "serviceAccount": "ledger",
        },
    ),
    _azure(
        "nsg/machines/machines",
        "breaks calls",
        "orders to orders-db:5432",
        "Microsoft.Network/networkSecurityGroups/machines-machines",
        lambda group: group["properties"].update(
            securityRules=[rule for rule in group["properties"]["securityRules"] if "5432" not in str(rule)]
        ),
    ),
    _gone("east/shop/AuthorizationPolicy/prices", "breaks calls", "orders to prices:8080"),
    _gone("east/shop/Service/stock", "breaks calls", "stock:8080"),
    _gone("east/shop/ServiceAccount/storefront", "breaks calls", "pods of this account do not start"),
    _gone("east/finance/ServiceEntry/orders-db", "breaks calls", "orders to orders-db:5432"),
    _gone("east/finance/WorkloadGroup/ledger-machines", "breaks calls", "ledger"),
    _gone("east/istio-ingress/VirtualService/shop.example.com", "breaks calls", "ingress/public to storefront:8080"),
    _edit(
        "east/finance/AuthorizationPolicy/ledger",
        "widens access",
        "orders → ledger:9000 POST /other",
        _set(["/other"], "spec", "rules", 0, "to", 0, "operation", "paths"),
    ),
    _edit(
        "east/shop/Sidecar/orders",
        "widens access",
        "orders has no route to *",
        _set(["istio-system/*"], "spec", "egress", 0, "hosts"),
    ),
    _edit("east/shop/NetworkPolicy/prices", "breaks calls", "orders to prices:8080", _set([], "spec", "ingress")),
    _edit("east/shop/Service/cart", "breaks calls", "cart:8080", _set({"app": "nobody"}, "spec", "selector")),
    _new(
        "east/finance/AuthorizationPolicy/deny-all",
        "breaks calls",
        "orders to ledger:9000",
        spec={
            "action": "DENY",
            "rules": [{"to": [{"operation": {"paths": ["/*"]}}]}],
        },
    ),
    _new(
        "east/finance/PeerAuthentication/strange",
        "widens access",
        "it says DISABLE",
        spec={"mtls": {"mode": "DISABLE"}},
    ),
)

CHANGES_NO_CALL = (
    _azure("nat/east", "cosmetic", "", "Microsoft.Network/natGateways/east-nat", _set("17", "tags", "cost")),
    _edit("east/shop/NetworkPolicy/storefront", "cosmetic", "", _set("a", "metadata", "labels", "team")),
    _edit("east/istio-system/VirtualService/istiod", "cosmetic", "", _set("a", "metadata", "labels", "team")),
    _edit("east/shop/AuthorizationPolicy/storefront", "cosmetic", "", _set("a", "metadata", "labels", "team")),
    *(
        _edit(f"east/shop/ServiceAccount/{name}", "cosmetic", "", _set("a", "metadata", "labels", "team"))
        for name in ("orders", "prices", "stock")
    ),
    *(
        _edit(f"east/shop/Sidecar/{name}", "cosmetic", "", _set("a", "metadata", "annotations", "team"))
        for name in ("prices", "stock", "storefront")
    ),
    _azure(
        "network/machines", "cosmetic", "", "Microsoft.Network/virtualNetworks/machines", _set("17", "tags", "cost")
    ),
    _azure(
        "nsg/east/gateways",
        "cosmetic",
        "",
        "Microsoft.Network/networkSecurityGroups/east-gateways",
        _set("17", "tags", "cost"),
    ),
    _azure(
        "public-ip/east-nat", "cosmetic", "", "Microsoft.Network/publicIPAddresses/east-nat", _set("17", "tags", "cost")
    ),
    _azure(
        "machine/ledger-0",
        "cosmetic",
        "",
        "Microsoft.Compute/virtualMachines/ledger-0",
        _set("17", "tags", "cost"),
        _COMPUTE,
    ),
    _azure(
        "interface/ledger-0", "cosmetic", "", "Microsoft.Network/networkInterfaces/ledger-0", _set("17", "tags", "cost")
    ),
    _edit("east/shop/Service/orders", "cosmetic", "", _set("a", "metadata", "annotations", "team")),
    _edit("east/shop/Service/prices", "cosmetic", "", _set("a", "metadata", "labels", "team")),
    _edit("east/shop/ServiceAccount/cart", "cosmetic", "", _set("a", "metadata", "labels", "team")),
    Behind(
        "east/Namespace/finance",
        "cosmetic",
        "",
        lambda they: they.patch("Namespace", "finance", {"metadata": {"labels": {"team": "a"}}}),
    ),
    _edit("east/shop/VirtualService/orders", "cosmetic", "", _set("30s", "spec", "http", 0, "timeout")),
)

EXPECTED = (
    _azure(
        "pool/east/apps",
        "expected",
        "the autoscaler chooses how many nodes there are",
        "Microsoft.ContainerService/managedClusters/east/agentPools/apps",
        _set(4, "properties", "count"),
        _CONTAINERS,
    ),
    Behind(
        "east/finance/WorkloadEntry/ledger-0-10.30.0.10",
        "expected",
        "a machine of the environment has registered itself",
        lambda they: they.add(
            "WorkloadEntry",
            "finance/ledger-0-10.30.0.10",
            metadata={"annotations": {"istio.io/autoRegistrationGroup": "ledger-machines"}},
            spec={"address": "10.30.0.10", "labels": {"app": "ledger"}, "serviceAccount": "ledger"},
        ),
    ),
)
