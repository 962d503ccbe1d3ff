"""Changes to what the program owns that open calls, or break them."""

from changed_lab import Object
from changes_behind import NETWORK, Behind, appended, azure, edited, gone, put

_EVERYBODY = {"source": {"principals": ["*"]}}
_MORE = {"name": "more", "image": "more:1"}
_MALLORY = {"kind": "User", "name": "mallory", "apiGroup": "rbac.authorization.k8s.io"}
_PASSING_ON = {
    "port": {"number": 15012, "name": "tls-more", "protocol": "TLS"},
    "hosts": ["*"],
    "tls": {"mode": "PASSTHROUGH"},
}
_WIDENS, _BREAKS = "widens access", "breaks calls"


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


def _without_rules(group: Object, *, of: str) -> None:
    kept = [rule for rule in group["properties"]["securityRules"] if of not in str(rule)]
    group["properties"].update(securityRules=kept)


OPENED = (
    azure("nsg/east/nodes", _WIDENS, f"{NETWORK}/networkSecurityGroups/east-nodes",
          appended("properties", "securityRules")(_rule("ssh", "22")),
          "at Tcp 22 is allowed inbound at subnet/east/nodes"),
    azure("subnet/east/gateways", _WIDENS, f"{NETWORK}/virtualNetworks/east/subnets/gateways",
          lambda subnet: subnet["properties"].pop("networkSecurityGroup"),
          "subnet/east/gateways: is closed by nothing"),
    Behind(
        "subnet/machines/machines", _WIDENS,
        ("routeTable is", "routeTables/theirs, which the plan does not have"),
        lambda they: they.route_by_hand("machines", "machines", "theirs"),
    ),
    azure("interface/ledger-0", _WIDENS, f"{NETWORK}/networkInterfaces/ledger-0",
          put(True, "properties", "enableIPForwarding"), "enableIPForwarding: True is not judged"),
    Behind(
        "east/Namespace/shop", _WIDENS,
        ("pods that start from now on may have no sidecar", "PeerAuthentication/default: STRICT: plaintext is sent",
         "cart → orders:8080 POST /orders", "orders → stock:8080 * /*", "storefront → cart:8080 GET /cart/*"),
        lambda they: they.patch("Namespace", "shop", {"metadata": {"labels": {"istio-injection": "disabled"}}}),
    ),
    Behind(
        "east/release/istiod", _WIDENS, ("values.mine", "what the chart makes of it"),
        lambda they: they.give_value("istiod", "mine", "true"),
    ),
    Behind(
        "east/release/istiod: istio-system/Deployment/istiod", _WIDENS,
        ('spec.template.spec.containers["more"]', "what runs there runs with the identity of these pods"),
        lambda they: they.edit("Deployment", "istio-system/istiod",
                               appended("spec", "template", "spec", "containers")(_MORE)),
    ),
    Behind(
        "east/release/ingress-public: istio-ingress/Deployment/ingress-public", _WIDENS,
        ('spec.template.spec.containers["more"]', "what runs there runs with the identity of these pods"),
        lambda they: they.edit("Deployment", "istio-ingress/ingress-public",
                               appended("spec", "template", "spec", "containers")(_MORE)),
    ),
    edited("east/shop/Service/storefront", _WIDENS, put(["198.51.100.8"], "spec", "externalIPs"),
           "every node takes what is sent to these addresses"),
    edited("east/finance/Role/ledger-token", _WIDENS,
           appended("rules")({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}),
           "gives more than tokens of one declared workload's account", "whom it is bound to may do more"),
    edited("east/finance/RoleBinding/ledger-token", _WIDENS, appended("subjects")(_MALLORY),
           "it gives tokens of ledger to User mallory", "take the identity of a workload"),
    edited("east/istio-system/Gateway/istiod", _WIDENS, appended("spec", "servers")(_PASSING_ON),
           "passes * on, which is no istiod"),
    edited("east/shop/AuthorizationPolicy/orders", _WIDENS, appended("spec", "rules")({"from": [_EVERYBODY]}),
           "cart → orders:8080 * /*", "rule 2: lets in callers of orders without naming them"),
    edited("east/shop/AuthorizationPolicy/cart", _WIDENS,
           appended("spec", "rules", 0, "to", 0, "operation", "paths")("/admin/*"),
           "storefront → cart:8080 GET /admin/*"),
    edited("east/shop/AuthorizationPolicy/stock", _WIDENS,
           put("true", "metadata", "annotations", "istio.io/dry-run"),
           "enforces nothing", "orders to stock:8080"),
    edited("east/istio-system/AuthorizationPolicy/deny-by-default", _WIDENS, put([{}], "spec", "rules"),
           "cart → orders:8080 * /*", "orders → ledger:9000 * /*", "storefront → cart:8080 * /*",
           "ingress/public to storefront", "orders to prices", "orders to stock",
           "ingress/public: east/istio-system/AuthorizationPolicy/deny-by-default: rule 1 lets clients in at any port"),
    edited("east/istio-system/PeerAuthentication/default", _WIDENS, put("PERMISSIVE", "spec", "mtls", "mode"),
           "it says PERMISSIVE"),
    edited("east/shop/Sidecar/cart", _WIDENS, appended("spec", "egress", 0, "hosts")("*/*"),
           "cart has no route to *"),
    edited("east/shop/Sidecar/orders", _WIDENS, put(["istio-system/*"], "spec", "egress", 0, "hosts"),
           "orders has no route to *", "orders to ledger:9000", "orders to orders-db:5432", "orders to prices:8080",
           "orders to stock:8080"),
    edited("east/istio-system/Secret/cacerts", _WIDENS, put("AA==", "data", "ca-crl.pem"),
           'data["ca-crl.pem"]', "whose certificates are believed"),
    edited("east/shop/NetworkPolicy/stock", _WIDENS,
           lambda policy: policy["spec"].update(ingress=[{}], egress=[{}]),
           "egress rule 1: lets shop (app=stock) and", "ingress rule 1: lets shop (app=stock) and"),
    edited("east/finance/AuthorizationPolicy/ledger", _WIDENS,
           put(["/other"], "spec", "rules", 0, "to", 0, "operation", "paths"),
           "orders → ledger:9000 POST /other", "orders to ledger:9000"),
)  # fmt: skip

BROKEN = (
    azure("nsg/machines/machines", _BREAKS, f"{NETWORK}/networkSecurityGroups/machines-machines",
          lambda group: _without_rules(group, of="5432"), "orders to orders-db:5432"),
    gone("east/shop/NetworkPolicy/orders", "cart to orders:8080", "orders to ledger:9000",
         "orders to orders-db:5432", "orders to prices:8080", "orders to stock:8080"),
    gone("east/shop/AuthorizationPolicy/prices", "orders to prices:8080"),
    gone("east/shop/Service/stock", "orders to stock:8080"),
    gone("east/shop/ServiceAccount/storefront", "pods of this account do not start"),
    gone("east/finance/ServiceEntry/orders-db", "orders to orders-db:5432"),
    gone("east/finance/WorkloadGroup/ledger-machines", "machine/ledger-0: no WorkloadGroup lets",
         "ledger to payments:443", "orders to ledger:9000"),
    gone("east/istio-ingress/VirtualService/shop.example.com", "ingress/public to storefront:8080"),
    edited("east/shop/NetworkPolicy/prices", _BREAKS, put([], "spec", "ingress"), "orders to prices:8080"),
    edited("east/shop/Service/cart", _BREAKS, put({"app": "nobody"}, "spec", "selector"), "storefront to cart:8080"),
)  # fmt: skip

AGAIN = (
    edited("east/istio-system/PeerAuthentication/default", _WIDENS,
           put({"matchLabels": {"app": "x"}}, "spec", "selector"),
           "it selects app=x in namespace istio-system", "cluster/east: Istio's default: PERMISSIVE"),
    Behind(
        "east/istio-system/AuthorizationPolicy/deny-by-default", _WIDENS,
        ("cluster/east: a workload that no policy selects is open to everybody",),
        lambda they: they.delete("AuthorizationPolicy", "istio-system/deny-by-default"),
    ),
    azure("nsg/east/nodes", _WIDENS, f"{NETWORK}/networkSecurityGroups/east-nodes",
          lambda group: _without_rules(group, of="deny-virtual-network"),
          "AllowVnetInBound: 10.10.0.0/18", "AllowVnetOutBound: 10.10.0.0/18"),
    edited("east/shop/Service/storefront", _WIDENS, put("NodePort", "spec", "type"), "it is reached from outside"),
    edited("east/shop/Sidecar/cart", _WIDENS, put({"mode": "ALLOW_ANY"}, "spec", "outboundTrafficPolicy"),
           "cart reaches hosts that it does not know"),
    edited("east/istio-ingress/Gateway/ingress-public", _WIDENS, put("SIMPLE", "spec", "servers", 0, "tls", "mode"),
           "TLS for shop.example.com:443 ends here (SIMPLE)"),
    edited("east/shop/AuthorizationPolicy/cart", _BREAKS, put("DENY", "spec", "action"), "storefront to cart:8080"),
    gone("east/finance/RoleBinding/ledger-token", "the machine gets no token any more"),
    Behind(
        "peering/east/machines", _BREAKS, ("orders to ledger:9000", "orders to orders-db:5432"),
        lambda they: they.delete_azure(f"{NETWORK}/virtualNetworks/east/virtualNetworkPeerings/east-to-machines"),
    ),
)  # fmt: skip
"""What was changed and put back once, changed otherwise."""
