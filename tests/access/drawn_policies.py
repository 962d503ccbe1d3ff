"""AuthorizationPolicies and calls drawn from few names, so that they collide: every field, action and protocol."""

from random import Random
from typing import Any

TRUST_DOMAINS = (["shop.example", "old.example"], ["shop.example"], ["cluster.local"])
NORMALIZATIONS = ("NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES")
ROOT = "istio-system"
LABELS = ({"app": "orders", "version": "v1"}, {"app": "orders", "version": "v2"}, {"app": "web"})

IDENTITIES = (
    *(
        f"{domain}/ns/{identity}"
        for domain in ("shop.example", "old.example", "cluster.local", "other.example")
        for identity in ("shop/sa/orders", "shop/sa/web", "finance/sa/orders", "shop-two/sa/web")
    ),
    *("shopXexample/ns/shop/sa/orders", "shop.example/ns/shop/pool/blue/sa/orders", "shop.example/ns/shop/sa/web/blue"),
)
ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.1.1", "192.168.0.1", "2001:db8::1")
PORTS = (80, 8080, 5432)
HOSTS = ("orders.shop", "Orders.Shop", "orders.shop:8080", "web.shop")
METHODS = ("GET", "POST", "get")
PATHS = (
    *("/", "/a", "/a/", "/a/b", "/a/b/c", "/A", "/x/a", "/a?b=/c", "/a#b", "/a//b", "//a", "/a/./b", "/a/../b"),
    *("/a/..", "/a%2Fb", "/a%2fb", "/%61/b", "/a/%2e%2e/b", "/a%5Cb", "/a\\b", "/../a", "/a/b/..", "/a.b/c_d"),
    *("/a/b=c;d", "/%2f/a/..//b", "/a/..;/a", "/x/..;b%2fa/b", "/x/..;b\\a"),
)
HEADERS = ((), (("x-team", "red"),), (("x-team", "redder"), ("x-trace", "")), (("x-team", "blue"), ("x-team", "red")))
CLAIMS: tuple[dict[str, Any], ...] = (
    {},
    {"iss": "https://issuer.example", "sub": "ann", "aud": "shop", "azp": "app"},
    {"iss": "https://issuer.example", "sub": "bob", "aud": ["shop", "shops"], "groups": ["red", "blue"]},
    {"iss": "issuer", "sub": "ann", "groups": "red", "own": {"team": "red", "teams": ["red"]}},
)
NAMES = ("orders.shop", "a.b")

VALUES: dict[str, tuple[str, ...]] = {
    "principals": (
        *IDENTITIES[:6],
        *("*", "*/ns/shop/sa/orders", "*/sa/web", "shop.example/ns/shop/*", "*.example/ns/shop/sa/orders", "shop*"),
        *("cluster.local/ns/shop/sa/web", "sa/web", "*a.example/ns/shop/sa/web", "shopXexample/ns/shop/sa/orders"),
    ),
    "requestPrincipals": (
        *("*", "https://issuer.example/ann", "https://issuer.example/*", "*/ann", "issuer*", "*nn", "issuer/a*", "ann"),
        *("issuer", "*issuer.example/bob", "https://issuer.example/b*"),
    ),
    "namespaces": ("shop", "finance", "*", "shop*", "*shop", "*-two", "ghost"),
    "serviceAccounts": ("orders", "web", "shop/orders", "finance/orders", "shop-two/web", "shop/o"),
    "trustDomains": ("shop.example", "old.example", "*", "*.example", "shop*", "cluster.local", "shop", "old*"),
    "ipBlocks": ("10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "192.168.0.1/16", "2001:db8::/32", "10.0.0.9/24", "::/0"),
    "remoteIpBlocks": ("10.0.0.0/24", "192.168.0.1", "10.0.0.0/8"),
    "hosts": ("orders.shop", "ORDERS.shop", "*", "orders*", "*.shop", "*:8080", "web.shop", "*SHOP"),
    "ports": ("80", "8080", "5432", "http", "70000"),
    "methods": ("GET", "POST", "*", "P*", "*T", "get"),
    "paths": (
        *("/a", "/a/b", "*", "/a*", "/a/*", "*/b", "/A", "/", "/a/{*}", "/a/{**}", "/{*}/b", "/a/{*}/c", "/a%2Fb"),
        *("/{*}/{**}", "/b", "/a.b/{*}", "/a//b"),
    ),
}
KEYS: dict[str, tuple[str, ...]] = {
    "source.ip": VALUES["ipBlocks"],
    "remote.ip": VALUES["remoteIpBlocks"],
    "source.namespace": VALUES["namespaces"],
    "source.principal": VALUES["principals"],
    "source.serviceAccount": VALUES["serviceAccounts"],
    "source.trustDomain": VALUES["trustDomains"],
    "destination.ip": ("10.0.1.0/24", "10.0.0.1", "nowhere"),
    "destination.port": VALUES["ports"],
    "connection.sni": ("orders.shop", "*.shop", "*", "orders*"),
    "request.headers[x-team]": ("red", "*", "red*", "*r", "blue"),
    "request.headers[X-Trace]": ("*", "red"),
    "request.headers": ("red",),
    "request.auth.principal": VALUES["requestPrincipals"],
    "request.auth.audiences": ("shop", "shop*", "*", "*s"),
    "request.auth.presenter": ("app", "*", "a*"),
    "request.auth.claims[groups]": ("red", "b*", "*", "*d"),
    "request.auth.claims[own][team]": ("red", "*"),
    "request.auth.claims[own][teams]": ("red",),
    "request.auth.claims[own": ("red",),
    "destination.name": ("orders",),
}
"""The last two of them Istio does not know, so the rules that hold them do not count, or are wider."""
SOURCE_FIELDS = tuple(VALUES)[:7]
OPERATION_FIELDS = tuple(VALUES)[7:]


def policies(random: Random) -> list[dict[str, Any]]:
    return [_policy(random, number) for number in range(random.randint(1, 4))]


def _policy(random: Random, number: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": f"policy-{number}",
        "namespace": random.choice(("shop", "finance", ROOT)),
    }
    if random.random() < 0.15:
        metadata["annotations"] = {"istio.io/dry-run": random.choice(("true", "false", "True", "1", "yes"))}
    spec: dict[str, Any] = {"rules": [_rule(random) for _ in range(random.randint(0, 3))]}
    if not spec["rules"] and random.random() < 0.7:
        del spec["rules"]
    if action := random.choice((None, "ALLOW", "ALLOW", "ALLOW", "DENY", "DENY", "AUDIT", "CUSTOM")):
        spec["action"] = action
    if action == "CUSTOM":
        spec["provider"] = {"name": "outside"}
    if random.random() < 0.4:
        spec["selector"] = {"matchLabels": random.choice(({"app": "orders"}, {"version": "v1"}, {"app": "web"}, {}))}
    elif random.random() < 0.05:
        spec["targetRefs"] = [{"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "orders"}]
    version = random.choice(("security.istio.io/v1", "security.istio.io/v1beta1"))
    return {"apiVersion": version, "kind": "AuthorizationPolicy", "metadata": metadata, "spec": spec}


def _rule(random: Random) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if random.random() < 0.6:
        rule["from"] = [{"source": _fields(random, SOURCE_FIELDS)} for _ in range(random.randint(1, 2))]
    if random.random() < 0.6:
        rule["to"] = [{"operation": _fields(random, OPERATION_FIELDS)} for _ in range(random.randint(1, 2))]
    if random.random() < 0.4:
        rule["when"] = [_condition(random) for _ in range(random.randint(1, 2))]
    return rule


def _fields(random: Random, fields: tuple[str, ...]) -> dict[str, list[str]]:
    found = {}
    for field in random.sample(fields, random.choice((1, 1, 1, 2, 3))):
        spelled = field if random.random() < 0.7 else "not" + field[0].upper() + field[1:]
        found[spelled] = random.choices(VALUES[field], k=random.choice((1, 1, 2, 3)))
    return found


def _condition(random: Random) -> dict[str, Any]:
    key = random.choice(tuple(KEYS))
    condition: dict[str, Any] = {"key": key}
    if random.random() < 0.7:
        condition["values"] = random.choices(KEYS[key], k=random.choice((1, 2)))
    if "values" not in condition or random.random() < 0.2:
        condition["notValues"] = random.choices(KEYS[key], k=random.choice((1, 2)))
    return condition


def call(random: Random) -> dict[str, Any]:
    """What a proxy sees of one."""
    http = random.random() < 0.7
    request = {
        "method": random.choice(METHODS),
        "path": random.choice(PATHS),
        "host": random.choice(HOSTS),
        "headers": random.choice(HEADERS),
    }
    return {
        "principal": random.choice((None, *IDENTITIES)) if random.random() < 0.8 else None,
        "source.ip": random.choice(ADDRESSES),
        "remote.ip": random.choice(ADDRESSES),
        "destination.ip": random.choice(ADDRESSES),
        "port": random.choice(PORTS),
        "sni": random.choice((None, "orders.shop", "web.shop")),
        "request": request if http else None,
        "claims": random.choice(CLAIMS) if http else {},
    }
