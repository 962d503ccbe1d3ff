"""What colleagues add that no stack file declares: it goes only when it is named."""

from changes_behind import NETWORK, Behind, added

_SELECTS = {"matchLabels": {"app": "stock"}}
_STOCK, _PRICES = "stock.shop.svc.cluster.local", "prices.shop.svc.cluster.local"
_WIDENS, _BREAKS = "widens access", "breaks calls"
_ANY_CALL = "not judged: it can change every call of what it selects, policies and mutual TLS included"

IN_AZURE = (
    Behind(
        "network/east/virtualNetworkPeerings/hub", _WIDENS,
        ("with hub, which this plan does not have", "given to the other network too"),
        lambda they: they.peer("east", "hub"), unowned=True,
    ),
    Behind(
        "network/machines/subnets/more", _WIDENS,
        ("10.30.250.0/28", "network/machines/more: is closed by nothing", "behind no security group of the plan"),
        lambda they: they.put_azure(f"{NETWORK}/virtualNetworks/machines/subnets/more",
                                    {"properties": {"addressPrefix": "10.30.250.0/28"}}),
        unowned=True,
    ),
)  # fmt: skip

ON_THE_CLUSTER = (
    added("east/shop/VirtualService/mirror", _WIDENS, f"copies calls of stock to {_PRICES}", spec={
        "hosts": [_STOCK],
        "http": [{"route": [{"destination": {"host": _STOCK}}], "mirror": {"host": _PRICES}}],
    }),
    added("east/shop/VirtualService/led-away", _WIDENS, f"leads calls of stock to {_PRICES}", spec={
        "hosts": [_STOCK], "http": [{"route": [{"destination": {"host": _PRICES}}]}],
    }),
    added("east/shop/AuthorizationPolicy/more", _WIDENS, "prices to stock:8080", "no route declares it", spec={
        "selector": _SELECTS, "rules": [{"from": [{"source": {"principals": ["shop.example/ns/shop/sa/prices"]}}]}],
    }),
    added("east/shop/EnvoyFilter/no-rbac", _WIDENS, _ANY_CALL, spec={
        "workloadSelector": {"labels": {"app": "orders"}},
        "configPatches": [{"applyTo": "HTTP_FILTER", "match": {"context": "SIDECAR_INBOUND"},
                           "patch": {"operation": "REMOVE"}}],
    }),
    added("east/shop/WasmPlugin/headers", _WIDENS, _ANY_CALL, spec={"url": "oci://registry.example/headers:1"}),
    added("east/shop/HTTPRoute/led-away", _WIDENS, _ANY_CALL, spec={
        "parentRefs": [{"group": "", "kind": "Service", "name": "stock"}],
        "rules": [{"backendRefs": [{"name": "prices", "port": 8080}]}],
    }),
    Behind(
        "east/istio-ingress/Gateway/by-hand", _WIDENS, (_ANY_CALL,),
        lambda they: they.add_gateway("istio-ingress/by-hand", spec={
            "gatewayClassName": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
        }),
        unowned=True,
    ),
    added("east/shop/Service/open", _WIDENS, "of type LoadBalancer at port 8080", "from outside the cluster", spec={
        "type": "LoadBalancer", "selector": {"app": "orders"}, "ports": [{"port": 8080}],
    }),
    added("east/shop/Service/by-node", _WIDENS, "of type NodePort at port 8080", "from outside the cluster", spec={
        "type": "NodePort", "selector": {"app": "orders"}, "ports": [{"port": 8080}],
    }),
    added("east/shop/Service/external", _WIDENS, "external addresses 198.51.100.7", "from outside the cluster", spec={
        "selector": {"app": "orders"}, "ports": [{"port": 8080}], "externalIPs": ["198.51.100.7"],
    }),
    added("east/shop/PeerAuthentication/plain", _WIDENS, "it says PERMISSIVE", spec={
        "selector": _SELECTS, "mtls": {"mode": "PERMISSIVE"},
    }),
    added("east/finance/PeerAuthentication/strange", _WIDENS, "it says DISABLE", "orders to ledger:9000", spec={
        "mtls": {"mode": "DISABLE"},
    }),
    added("east/shop/DestinationRule/plain", _BREAKS, "orders to stock:8080", "plaintext is sent", spec={
        "host": _STOCK, "trafficPolicy": {"tls": {"mode": "DISABLE"}},
    }),
    added("east/shop/NetworkPolicy/open", _WIDENS, "egress rule 1: lets shop (app=orders) and", "ingress rule 1: lets",
          spec={
        "podSelector": {"matchLabels": {"app": "orders"}}, "ingress": [{}], "egress": [{}],
        "policyTypes": ["Ingress", "Egress"],
    }),
    added("east/istio-system/Secret/istio-remote-secret-mine", _WIDENS, "who runs that one can answer for any host",
          metadata={"labels": {"istio/multiCluster": "true"}}, data={"mine": "AA=="}),
    added("east/finance/ServiceEntry/stolen", _WIDENS, "is known in all namespaces", "ledger to payments:443", spec={
        "hosts": ["api.payments.example"],
        "ports": [{"number": 443, "name": "https", "protocol": "TLS"}],
        "resolution": "STATIC",
        "endpoints": [{"address": "198.51.100.9"}],
    }),
    added("east/istio-ingress/Gateway/second", _WIDENS, "server 1 opens port 80", spec={
        "selector": {"istio": "ingress-public"},
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
    }),
    added("east/finance/WorkloadEntry/left-behind", _WIDENS, "at 10.30.0.99", "10.30.0.99 is none of 10.30.0.10",
          "orders to ledger:9000",
          spec={"address": "10.30.0.99", "labels": {"app": "ledger"}, "serviceAccount": "ledger"}),
    added("east/finance/AuthorizationPolicy/deny-all", _BREAKS, "orders to ledger:9000", spec={
        "action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/*"]}}]}],
    }),
)  # fmt: skip
