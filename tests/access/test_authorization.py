"""What AuthorizationPolicies let in, and by which rule."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from istio_objects import item, mesh

from mesh.access.attempts import Request
from mesh.access.istio.authorization import Applied, Call, Policies, Source
from mesh.access.istio.grants import Grant
from mesh.access.istio.meshes import Settings
from mesh.plan.resources import KubernetesObject

LABELS = {"app": "ledger"}
ORDERS, WEB = "cluster.local/ns/shop/sa/orders", "cluster.local/ns/shop/sa/web"
POLICY = "east/finance/AuthorizationPolicy/"

Rule = Mapping[str, Any]


def policy(place: str, *rules: Any, action: str = "ALLOW", **spec: Any) -> KubernetesObject:
    metadata = {"annotations": {"istio.io/dry-run": spec.pop("dry_run")}} if "dry_run" in spec else {}
    with_rules = {"rules": list(rules)} if rules else {}
    return item("AuthorizationPolicy", place, {"action": action, **with_rules, **spec}, **metadata)


def source(**fields: Any) -> Rule:
    return {"from": [{"source": fields}]}


def operation(**fields: Any) -> Rule:
    return {"to": [{"operation": fields}]}


def when(key: str, *values: str, excluded: tuple[str, ...] = ()) -> Rule:
    return {"when": [{"key": key, **({"values": list(values)} if values else {}), "notValues": list(excluded)}]}


def applied(*policies: KubernetesObject, **settings: Any) -> Applied:
    return Policies(mesh(*policies, **settings)).applying_to("finance", LABELS)


def get(path: str = "/", principal: str | None = ORDERS, **request: Any) -> Call:
    headers = tuple(request.pop("headers", {}).items())
    return Call(Source(principal), 8080, Request(path=path, headers=headers, **request), host="ledger.finance")


def tcp(principal: str | None = ORDERS, port: int = 8080) -> Call:
    return Call(Source(principal), port)


def allows(rule: Rule, call: Call, **settings: Any) -> bool:
    return applied(policy("finance/a", rule), **settings).decide(call).allowed


def denies(rule: Rule, call: Call) -> bool:
    return not applied(policy("finance/a", rule, action="DENY")).decide(call).allowed


@pytest.mark.parametrize(
    ("objects", "allowed", "by"),
    [
        ([], True, "Istio's default: no policy applies"),
        ([item("AuthorizationPolicy", "finance/a", {})], False, POLICY + "a: without rules, it allows nothing"),
        ([item("AuthorizationPolicy", "finance/a", None)], False, POLICY + "a: without rules, it allows nothing"),
        ([policy("finance/a")], False, POLICY + "a: without rules, it allows nothing"),
        ([policy("finance/a", {})], True, POLICY + "a: rule 1"),
        ([policy("finance/a", None)], False, POLICY + "a: without rules, it allows nothing"),
        ([policy("finance/a", action="DENY")], True, "Istio's default: no ALLOW policy applies"),
        ([policy("finance/a", {}, action="DENY")], False, POLICY + "a: rule 1"),
        ([policy("finance/a", {}, action="AUDIT")], True, "Istio's default: no ALLOW policy applies"),
        ([policy("finance/a", {}, action="LOG")], True, "Istio's default: no policy applies"),
        ([policy("finance/a", {"from": [], "to": []})], True, POLICY + "a: rule 1"),
        ([policy("finance/a", {"from": [{"source": {}}]})], True, POLICY + "a: rule 1"),
        ([policy("finance/a", {}), policy("finance/b", {}, action="DENY")], False, POLICY + "b: rule 1"),
        ([policy("finance/a"), policy("finance/b", source(principals=[WEB]), {})], True, POLICY + "b: rule 2"),
        ([policy("finance/a", source(principals=[WEB]))], False, POLICY + "a: no rule matches"),
    ],
)
def test_emptiness_and_order(objects: list[KubernetesObject], allowed: bool, by: str) -> None:
    decision = applied(*objects).decide(get())

    assert (decision.allowed, decision.by) == (allowed, by)


def test_a_policy_holds_for_what_it_selects_in_its_namespace_and_from_the_root_everywhere() -> None:
    objects = (
        policy("istio-system/root"),
        policy("istio-system/root-ledger", {}, selector={"matchLabels": LABELS}),
        policy("finance/other", {}, action="DENY", selector={"matchLabels": {"app": "other"}}),
        policy("finance/both", {}, action="DENY", selector={"matchLabels": {**LABELS, "version": "1"}}),
        policy("shop/all", {}, action="DENY"),
    )
    policies = Policies(mesh(*objects))

    def by(namespace: str, **labels: str) -> str:
        return policies.applying_to(namespace, labels).decide(get()).by

    assert by("finance", app="ledger") == "east/istio-system/AuthorizationPolicy/root-ledger: rule 1"
    assert by("finance", app="web") == "east/istio-system/AuthorizationPolicy/root: without rules, it allows nothing"
    assert by("finance", app="ledger", version="1") == "east/finance/AuthorizationPolicy/both: rule 1"
    assert by("shop") == "east/shop/AuthorizationPolicy/all: rule 1"


def test_a_policy_with_targets_holds_for_their_gateways_alone() -> None:
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}
    policies = Policies(
        mesh(
            policy("finance/a", {}, action="DENY", targetRefs=[target]),
            policy("istio-system/a", {}, action="DENY", targetRefs=[{**target, "name": "other"}]),
        )
    )

    def allowed(namespace: str, **labels: str) -> bool:
        return policies.applying_to(namespace, labels).decide(get()).allowed

    assert not allowed("finance", **{"gateway.networking.k8s.io/gateway-name": "edge"})
    assert allowed("finance", **{"gateway.networking.k8s.io/gateway-name": "other"})
    assert allowed("shop", **{"gateway.networking.k8s.io/gateway-name": "edge"})
    assert allowed("finance", **LABELS)


def test_another_products_kind_of_the_same_name_is_not_istios() -> None:
    linkerd = item("AuthorizationPolicy", "finance/a", {})
    manifest = {**linkerd.manifest, "apiVersion": "policy.linkerd.io/v1alpha1"}

    assert applied(KubernetesObject(linkerd.name, "east", manifest)).decide(get()).allowed


@pytest.mark.parametrize(
    ("fields", "orders", "plaintext"),
    [
        ({"principals": [ORDERS]}, True, False),
        ({"principals": ["*"]}, True, False),
        ({"principals": ["*/sa/orders", WEB]}, True, False),
        ({"notPrincipals": [ORDERS]}, False, True),
        ({"notPrincipals": [WEB]}, True, True),
        ({"namespaces": ["shop"]}, True, False),
        ({"namespaces": ["sho"]}, False, False),
        ({"notNamespaces": ["shop"]}, False, True),
        ({"serviceAccounts": ["shop/orders"]}, True, False),
        ({"serviceAccounts": ["orders"]}, False, False),
        ({"notServiceAccounts": ["shop/orders"]}, False, True),
        ({"trustDomains": ["cluster.local"]}, True, False),
        ({"notTrustDomains": ["cluster.local"]}, False, True),
        ({"principals": [ORDERS], "namespaces": ["finance"]}, False, False),
        ({"principals": ["*"], "notPrincipals": [WEB]}, True, False),
    ],
)
def test_in_plaintext_there_is_nobody_to_name_and_nobody_to_exclude(
    fields: dict[str, Any], orders: bool, plaintext: bool
) -> None:
    assert allows(source(**fields), get()) is orders
    assert allows(source(**fields), get(principal=None)) is plaintext
    assert denies(source(**fields), get()) is orders
    assert denies(source(**fields), get(principal=None)) is plaintext


def test_a_service_account_is_of_the_policys_namespace_unless_it_says_another() -> None:
    own, other = (get(principal=f"cluster.local/ns/{namespace}/sa/batch") for namespace in ("finance", "shop"))

    assert allows(source(serviceAccounts=["batch"]), own)
    assert not allows(source(serviceAccounts=["batch"]), other)
    assert allows(source(serviceAccounts=["shop/batch"]), other)


def test_a_certificate_of_another_authority_is_somebody_but_nobody_of_the_mesh() -> None:
    call = Call(Source(None, certificate_name="partner.example.com"), 443)

    assert allows(source(principals=["*"]), call)
    assert not allows(source(principals=["partner.example.com"]), call)
    assert not allows(source(namespaces=["*"]), call)


@pytest.mark.parametrize(
    ("settings", "written", "let_in"),
    [
        ({}, "cluster.local", ["cluster.local"]),
        ({"trust_domain": "new"}, "cluster.local", ["new"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "new", ["new", "old"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "old", ["new", "old"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "cluster.local", ["new", "old"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "other", ["other"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "*", ["new", "old", "other", "cluster.local"]),
        ({"trust_domain": "new", "trust_domain_aliases": ("old",)}, "*ew", ["new", "old"]),
    ],
)
def test_aliases_of_the_trust_domain_widen_principals(
    settings: dict[str, Any], written: str, let_in: list[str]
) -> None:
    rule = source(principals=[f"{written}/ns/shop/sa/orders"])
    domains = ["new", "old", "other", "cluster.local"]

    assert [one for one in domains if allows(rule, get(principal=f"{one}/ns/shop/sa/orders"), **settings)] == let_in


@pytest.mark.parametrize(
    ("rule", "call", "matched"),
    [
        (operation(methods=["GET"]), get(), True),
        (operation(methods=["get"]), get(), False),
        (operation(methods=["P*"]), get(method="PUT"), True),
        (operation(notMethods=["GET"]), get(), False),
        (operation(paths=["/a"]), get("/a?x=1"), True),
        (operation(paths=["/a"]), get("/b/../a"), True),
        (operation(paths=["/a"]), get("/a/"), False),
        (operation(paths=["/{*}/b"]), get("/a/b"), True),
        (operation(notPaths=["/a*"]), get("/ab"), False),
        (operation(hosts=["LEDGER.finance"]), get(), True),
        (operation(hosts=["ledger.finance:*"]), get(host="ledger.finance:8080"), True),
        (operation(hosts=["ledger.finance"]), get(host="ledger.finance:8080"), False),
        (operation(notHosts=["*.finance"]), get(), False),
        (operation(ports=["8080"]), get(), True),
        (operation(ports=["80"]), get(), False),
        (operation(notPorts=["8080"]), get(), False),
        (operation(methods=["POST"], paths=["/"]), get(), False),
        ({"to": [{"operation": {"methods": ["POST"]}}, {"operation": {"paths": ["/"]}}]}, get(), True),
        ({**source(principals=[WEB]), **operation(methods=["GET"])}, get(), False),
        ({"from": [{"source": {"principals": [one]}} for one in (WEB, ORDERS)]}, get(), True),
        (when("request.headers[X-Team]", "a"), get(headers={"x-team": "a"}), True),
        (when("request.headers[X-Team]", "*"), get(), False),
        (when("request.headers[X-Team]", excluded=("a",)), get(), True),
        (when("request.headers[X-Team]", "b", excluded=("a",)), get(headers={"x-team": "b"}), True),
        (when("request.headers[:authority]", "ledger.finance"), get(), True),
        (when("request.headers[:path]", "/b?x=/../1"), get("/a/../b?x=/../1"), True),
        (when("source.namespace", "shop"), get(), True),
        (when("source.principal", ORDERS), get(), True),
        (when("source.serviceAccount", "shop/orders"), get(), True),
        (when("destination.port", "8080"), get(), True),
        (when("experimental.envoy.filters.a.b[c]", "v"), get(), False),
        (when("experimental.envoy.filters.a.b[c]", excluded=("v",)), get(), True),
        ({"when": [*when("destination.port", "8080")["when"], *when("source.namespace", "web")["when"]]}, get(), False),
    ],
)
def test_every_field_of_a_rule_has_to_match(rule: Rule, call: Call, matched: bool) -> None:
    assert allows(rule, call) is matched
    assert denies(rule, call) is matched


def test_each_value_of_a_header_sent_twice_is_compared_by_itself() -> None:
    twice = Request(headers=(("x-role", "user"), ("x-role", "admin")))

    assert denies(when("request.headers[x-role]", "admin"), Call(Source(ORDERS), 8080, twice))


@pytest.mark.parametrize(
    ("rule", "claims", "matched"),
    [
        (source(requestPrincipals=["https://issuer/x/me"]), {"iss": "https://issuer/x", "sub": "me"}, True),
        (source(requestPrincipals=["https://issuer/*"]), {"iss": "https://issuer", "sub": "me"}, True),
        (source(requestPrincipals=["https://issuer/m*"]), {"iss": "https://issuer", "sub": "me"}, True),
        (source(requestPrincipals=["*/me"]), {"iss": "https://issuer", "sub": "me"}, True),
        (source(requestPrincipals=["*uer/me"]), {"iss": "https://issuer", "sub": "me"}, True),
        (source(requestPrincipals=["*e"]), {"iss": "issuer", "sub": "me"}, True),
        (source(requestPrincipals=["iss*"]), {"iss": "issuer", "sub": "me"}, True),
        (source(requestPrincipals=["issuer"]), {"iss": "issuer", "sub": "me"}, False),
        (source(requestPrincipals=["*"]), {"iss": "issuer", "sub": "me"}, True),
        (source(requestPrincipals=["*"]), {}, False),
        (source(notRequestPrincipals=["*"]), {}, True),
        (when("request.auth.audiences", "a"), {"aud": ["b", "a"]}, True),
        (when("request.auth.audiences", "a"), {"aud": "a"}, True),
        (when("request.auth.presenter", "p*"), {"azp": "part"}, True),
        (when("request.auth.claims[groups]", "g"), {"groups": ["f", "g"]}, True),
        (when("request.auth.claims[a][b]", "g"), {"a": {"b": "g"}}, True),
        (when("request.auth.claims[a][b]", "g"), {"a": "g"}, False),
        (when("request.auth.principal", "issuer/me"), {"iss": "issuer", "sub": "me"}, True),
    ],
)
def test_a_tokens_claims_are_compared(rule: Rule, claims: Mapping[str, Any], matched: bool) -> None:
    assert allows(rule, Call(Source(None, claims=claims), 8080, Request())) is matched


def test_a_request_principal_is_its_issuer_and_its_subject() -> None:
    call = Call(Source(None, request_principal="https://issuer/me"), 8080, Request())

    assert allows(source(requestPrincipals=["https://issuer/me"]), call)


@pytest.mark.parametrize(
    "rule",
    [
        operation(methods=["GET"]),
        operation(notMethods=["GET"]),
        operation(paths=["/"]),
        operation(hosts=["*"]),
        source(requestPrincipals=["*"]),
        source(notRequestPrincipals=["*"]),
        when("request.headers[x]", "a"),
        when("request.auth.claims[x]", "a"),
        {"to": [{"operation": {"methods": ["GET"]}}, {"operation": {"ports": ["8080"]}}]},
    ],
)
def test_on_a_tcp_port_a_field_of_http_voids_what_allows_and_widens_what_denies(rule: Rule) -> None:
    assert not allows(rule, tcp())
    assert denies(rule, tcp())


def test_on_a_tcp_port_the_other_fields_of_a_deny_still_hold() -> None:
    rule = {**source(principals=[ORDERS]), **operation(methods=["POST"], ports=["8080"])}

    assert denies(rule, tcp())
    assert not denies(rule, tcp(WEB))
    assert not denies(rule, tcp(port=80))


@pytest.mark.parametrize(
    "rule", [operation(ports=["http", "8080"]), source(ipBlocks=["x"]), when("request.headers", "a")]
)
def test_a_value_that_istiod_cannot_read_voids_what_allows_and_widens_what_denies(rule: Rule) -> None:
    assert not allows(rule, get())
    assert denies(rule, get())


def test_a_condition_that_istiod_does_not_know_voids_its_rule() -> None:
    assert not allows(when("destination.labels[a]", "b"), get())
    assert not denies(when("destination.labels[a]"), get())
    assert not denies(when("path", "/"), get())


def test_addresses_are_compared_as_the_proxy_sees_them() -> None:
    def allowed(rule: Rule, address: str, client: str | None = None) -> bool:
        seen = Source(None, ip_address(address), ip_address(client) if client else None)
        return allows(rule, Call(seen, 8080, destination_address=ip_address("10.9.9.9")))

    assert allowed(source(ipBlocks=["10.0.0.0/8"]), "10.1.2.3", "192.0.2.1")
    assert not allowed(source(remoteIpBlocks=["10.0.0.0/8"]), "10.1.2.3", "192.0.2.1")
    assert allowed(source(remoteIpBlocks=["192.0.2.1"]), "10.1.2.3", "192.0.2.1")
    assert allowed(source(remoteIpBlocks=["10.1.2.3"]), "10.1.2.3")
    assert not allowed(source(notIpBlocks=["10.0.0.0/8"]), "10.1.2.3")
    assert allowed(when("destination.ip", "10.9.0.0/16"), "10.1.2.3")


@pytest.mark.parametrize(
    ("network", "outcome"),
    [("10.0.0.0/24", "passes"), ("10.0.0.0/16", "partly"), ("10.1.0.0/16", "stops"), (None, "partly")],
)
def test_from_somewhere_in_a_network_a_call_may_be_let_in_in_part(network: str | None, outcome: str) -> None:
    address = ip_network(network) if network else None
    decision = applied(policy("finance/a", source(ipBlocks=["10.0.0.0/24"]))).decide(Call(Source(None, address), 8080))

    assert decision.outcome == outcome


def test_a_server_name_is_compared() -> None:
    assert allows(when("connection.sni", "*.example.com"), Call(Source(None), 443, sni="a.example.com"))
    assert not allows(when("connection.sni", "*"), Call(Source(None), 443))


def test_an_encoded_nul_is_answered_by_the_proxy() -> None:
    decision = applied().decide(get("/a%00"))

    assert (decision.allowed, decision.by) == (False, "Istio's path normalization")


def test_paths_are_normalized_as_the_mesh_says() -> None:
    rule = operation(paths=["/a/b"])

    assert not allows(rule, get("/a%2fb"))
    assert allows(rule, get("/a%2fb"), normalization="DECODE_AND_MERGE_SLASHES")


def test_a_policy_in_dry_run_decides_nothing_and_says_what_it_would() -> None:
    subject = applied(
        policy("finance/a", source(principals=[WEB]), dry_run="true"),
        policy("finance/b", source(principals=[ORDERS]), action="DENY", dry_run="t"),
    )

    assert subject.decide(get()).by == "Istio's default: no ALLOW policy applies"
    assert [(said.outcome, said.by) for said in subject.dry_run(get())] == [
        ("stops", POLICY + "b: rule 1"),
        ("stops", POLICY + "a: no rule matches"),
    ]
    assert [(said.outcome, said.by) for said in subject.dry_run(get(principal=WEB))] == [
        ("passes", POLICY + "a: rule 1")
    ]
    assert applied().dry_run(get()) == ()
    assert not applied(policy("finance/a", dry_run="yes")).decide(get()).allowed


def test_a_provider_is_taken_to_agree_unless_told_otherwise() -> None:
    custom = policy("finance/a", operation(paths=["/admin"]), action="CUSTOM", provider={"name": "opa"})
    wary = Policies(mesh(custom), providers_refuse=True).applying_to("finance", LABELS)

    assert applied(custom).decide(get("/admin")).text == (
        f"{ORDERS} → GET /admin at port 8080 is allowed, because no ALLOW policy applies, "
        "if its provider agrees (east/finance/AuthorizationPolicy/a: rule 1)"
    )
    assert wary.decide(get("/admin")).by == POLICY + "a: rule 1"
    assert wary.decide(get()).allowed


def test_a_provider_does_not_overrule_a_deny() -> None:
    custom = policy("finance/a", {}, action="CUSTOM", provider={"name": "opa"})

    assert applied(custom, policy("finance/b", {}, action="DENY")).decide(get()).by == POLICY + "b: rule 1"


def test_several_providers_deny_whatever_they_would_be_asked() -> None:
    policies = [
        policy("finance/" + name, operation(paths=["/" + name]), action="CUSTOM", provider={"name": name})
        for name in ("one", "two")
    ]

    assert applied(*policies).decide(get("/two")).by == POLICY + "two: rule 1"
    assert applied(*policies).decide(get("/three")).allowed


def test_a_provider_that_the_mesh_does_not_have_denies() -> None:
    custom = policy("finance/a", operation(ports=["8080"]), action="CUSTOM", provider={"name": "opa"})
    istiod = {"meshConfig": {"extensionProviders": [{"name": "opa", "envoyExtAuthzHttp": {}}, {"name": "zipkin"}]}}
    known = Settings.of(istiod).authorizers

    assert known == {"opa": "http"}
    assert applied(custom, authorizers=known).decide(get()).allowed
    assert applied(custom, authorizers={}).decide(get()).text.endswith("as MeshConfig has no provider opa")


def test_a_provider_that_speaks_http_is_not_asked_about_tcp() -> None:
    custom = policy("finance/a", {}, action="CUSTOM", provider={"name": "opa"})

    def allowed(authorizer: Any, call: Call) -> bool:
        policies = Policies(mesh(custom, authorizers={"opa": authorizer}), providers_refuse=True)
        return policies.applying_to("finance", LABELS).decide(call).allowed

    assert [allowed("http", tcp()), allowed("grpc", tcp()), allowed("http", get())] == [True, False, False]


def test_a_decision_reads_as_a_sentence() -> None:
    rule = {**source(principals=[ORDERS]), **operation(methods=["GET"], ports=["8080"])}
    subject = applied(policy("istio-system/deny-by-default"), policy("finance/ledger", rule))

    assert subject.decide(get("/a?b")).text == (
        f"{ORDERS} → GET /a at port 8080 is allowed by east/finance/AuthorizationPolicy/ledger: rule 1"
    )
    assert subject.decide(tcp(None, 5432)).text == (
        "a caller without identity → port 5432 is denied, because no ALLOW policy lets it in "
        "(east/istio-system/AuthorizationPolicy/deny-by-default, east/finance/AuthorizationPolicy/ledger)"
    )
    assert subject.decide(get(method="PUT")).text.endswith("ledger: rule 1 names the caller, but not this call")


def test_only_named_principals_have_to_be_asked_where_all_rules_name_them() -> None:
    named = policy("finance/a", source(principals=[ORDERS]), {**source(principals=[WEB]), **operation(methods=["GET"])})
    by_condition = policy("finance/b", when("source.principal", "cluster.local/ns/shop/sa/batch"))
    batch = "cluster.local/ns/shop/sa/batch"

    assert applied(named).named_principals() == {ORDERS, WEB}
    assert applied(named, by_condition).named_principals() == {ORDERS, WEB, batch}
    assert applied(policy("finance/a")).named_principals() == frozenset()


@pytest.mark.parametrize(
    "open_rule",
    [
        {},
        operation(ports=["8080"]),
        source(principals=["*"]),
        source(principals=[ORDERS, "*/sa/web"]),
        source(notPrincipals=[ORDERS]),
        source(namespaces=["shop"]),
        {"from": [{"source": {"principals": [ORDERS]}}, {"source": {"ipBlocks": ["10.0.0.0/8"]}}]},
    ],
)
def test_everybody_has_to_be_asked_where_a_rule_is_wider(open_rule: Rule) -> None:
    subject = applied(policy("finance/a", source(principals=[WEB]), open_rule))

    assert subject.named_principals() is None
    assert applied().named_principals() is None
    assert applied(policy("finance/a", {}, action="DENY")).named_principals() is None


def test_grants_tell_what_a_source_may_do_at_a_port() -> None:
    subject = applied(
        policy(
            "finance/a",
            {
                **source(principals=[ORDERS]),
                "to": [
                    {"operation": {"ports": ["8080"], "methods": ["GET"], "paths": ["/a", "/b/*"]}},
                    {"operation": {"ports": ["9090"]}},
                ],
            },
            {**source(namespaces=["shop"]), **operation(notPaths=["/x"]), **when("request.headers[x]", "y")},
            source(principals=[WEB]),
        )
    )

    assert subject.grants(Source(ORDERS), 8080) == (
        Grant(POLICY + "a: rule 1", ("GET",), ("/a", "/b/*"), (), ()),
        Grant(POLICY + "a: rule 2", (), (), (), ("notPaths", "request.headers[x]")),
    )
    assert subject.grants(Source(ORDERS), 9090, tcp=True) == ()
    assert subject.grants(Source(None), 8080) == ()


def test_the_vocabulary_is_all_that_rules_tell_apart() -> None:
    vocabulary = applied(
        policy("finance/a", operation(methods=["GET"], notPaths=["/x"], hosts=["h"])),
        policy("finance/b", when("request.headers[X-Team]", "a", excluded=("b",)), action="DENY"),
    ).vocabulary()

    assert (vocabulary.methods, vocabulary.paths, vocabulary.hosts) == ({"GET"}, {"/x"}, {"h"})
    assert vocabulary.headers == {("x-team", "a"), ("x-team", "b")}
