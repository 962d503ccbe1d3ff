"""What is sent and what is accepted, between two proxies."""

from typing import Any

import pytest
from istio_objects import item, mesh

from mesh.access.istio.meshes import Proxy
from mesh.access.istio.mutual_tls import Answerer, MutualTLS, Sent, handshake
from mesh.plan.resources import KubernetesObject

LEDGER = {"app": "ledger"}
CALLER = Proxy("east", "shop", {"app": "orders"}, "")
HOST = "ledger.finance.svc.cluster.local"


def peer(place: str, mode: str | None, selector: dict[str, str] | None = None, **more: Any) -> KubernetesObject:
    ports, metadata = more.pop("ports", None), more
    spec = {
        **({"selector": {"matchLabels": selector}} if selector else {}),
        **({"mtls": {"mode": mode}} if mode else {}),
        **({"portLevelMtls": ports} if ports else {}),
    }
    return item("PeerAuthentication", place, spec, **metadata)


MESH = peer("istio-system/default", "STRICT")
NAMESPACE = peer("finance/default", "DISABLE")
WORKLOAD = peer("finance/ledger", "PERMISSIVE", LEDGER, ports={"8080": {"mode": "STRICT"}, "9090": {"mode": "UNSET"}})


@pytest.mark.parametrize(
    ("objects", "port", "mode", "by"),
    [
        ([], 1, "PERMISSIVE", "Istio's default: PERMISSIVE, as no PeerAuthentication says otherwise"),
        ([MESH], 1, "STRICT", "east/istio-system/PeerAuthentication/default: STRICT"),
        ([MESH, NAMESPACE], 1, "DISABLE", "east/finance/PeerAuthentication/default: DISABLE"),
        ([MESH, peer("finance/default", "UNSET")], 1, "STRICT", "east/istio-system/PeerAuthentication/default: STRICT"),
        ([MESH, NAMESPACE, WORKLOAD], 1, "PERMISSIVE", "east/finance/PeerAuthentication/ledger: PERMISSIVE"),
        ([MESH, WORKLOAD], 8080, "STRICT", "east/finance/PeerAuthentication/ledger: STRICT at port 8080"),
        ([MESH, WORKLOAD], 9090, "PERMISSIVE", "east/finance/PeerAuthentication/ledger: PERMISSIVE"),
        (
            [peer("finance/l", None, LEDGER), NAMESPACE],
            1,
            "DISABLE",
            "east/finance/PeerAuthentication/default: DISABLE",
        ),
        ([MESH, peer("finance/other", "DISABLE", {"app": "other"})], 1, "STRICT", MESH.name + ": STRICT"),
        ([MESH, peer("other/default", "DISABLE")], 1, "STRICT", MESH.name + ": STRICT"),
    ],
)
def test_the_closest_peer_authentication_decides(
    objects: list[KubernetesObject], port: int, mode: str, by: str
) -> None:
    accepted = MutualTLS(mesh(*objects)).accepted("finance", LEDGER, port)

    assert (accepted.mode, accepted.by) == (mode, by)


def test_a_selector_in_the_root_namespace_selects_nobody() -> None:
    objects = mesh(peer("istio-system/ledger", "STRICT", LEDGER))

    assert MutualTLS(objects).accepted("finance", LEDGER, 1).mode == "PERMISSIVE"
    assert MutualTLS(objects).accepted("istio-system", LEDGER, 1).mode == "PERMISSIVE"


def test_the_oldest_of_two_decides_and_the_first_name_where_age_is_unknown() -> None:
    a, b = peer("finance/a", "STRICT"), peer("finance/b", "DISABLE")
    late_a = peer("finance/a", "STRICT", creationTimestamp="2026-02-01T00:00:00Z")
    early_b = peer("finance/b", "DISABLE", creationTimestamp="2026-01-01T00:00:00Z")

    assert MutualTLS(mesh(b, a)).accepted("finance", {}, 1).mode == "STRICT"
    assert MutualTLS(mesh(late_a, early_b)).accepted("finance", {}, 1).mode == "DISABLE"


def rule(place: str, host: str, mode: str | None = None, **spec: Any) -> KubernetesObject:
    policy = {"trafficPolicy": {"tls": {"mode": mode}}} if mode else {}
    return item("DestinationRule", place, {"host": host, **policy, **spec})


def sent(*objects: KubernetesObject, subset: str | None = None, mutual: bool = True, **settings: Any) -> Sent:
    answerer = Answerer(HOST, "finance", LEDGER, 80, 8080, mutual, subset=subset)
    return MutualTLS(mesh(*objects, **settings)).sent(CALLER, answerer)


def test_without_a_destination_rule_the_endpoints_registration_decides() -> None:
    assert sent().speech == "mutual TLS"
    assert sent(mutual=False).speech == "plaintext"
    assert sent(NAMESPACE).speech == "plaintext"
    assert sent(peer("finance/l", "DISABLE", LEDGER)).speech == "plaintext"
    assert sent(auto_mutual_tls=False).speech == "plaintext"


def test_nothing_outside_the_mesh_is_called_by_mutual_tls() -> None:
    answerer = Answerer(HOST, "finance", LEDGER, 80, 8080, mutual=True, external=True)

    assert MutualTLS(mesh()).sent(CALLER, answerer).speech == "plaintext"


@pytest.mark.parametrize(
    ("mode", "speech"),
    [("DISABLE", "plaintext"), ("SIMPLE", "other TLS"), ("MUTUAL", "other TLS"), ("ISTIO_MUTUAL", "mutual TLS")],
)
def test_a_destination_rule_overrides_what_the_endpoint_speaks(mode: str, speech: str) -> None:
    assert sent(rule("shop/r", HOST, mode), mutual=mode != "ISTIO_MUTUAL") == Sent(
        speech, f"east/shop/DestinationRule/r: {mode}"
    )


def test_tls_without_a_mode_is_disabled() -> None:
    assert sent(rule("shop/r", HOST, trafficPolicy={"tls": {}})).speech == "plaintext"


@pytest.mark.parametrize(
    ("objects", "by"),
    [
        ([rule("shop/r", HOST, "SIMPLE"), rule("finance/r", HOST, "DISABLE")], "east/shop/DestinationRule/r: SIMPLE"),
        (
            [rule("shop/r", "*.local", "SIMPLE"), rule("finance/r", HOST, "DISABLE")],
            "east/shop/DestinationRule/r: SIMPLE",
        ),
        (
            [rule("shop/a", "*.local", "SIMPLE"), rule("shop/b", HOST, "DISABLE")],
            "east/shop/DestinationRule/b: DISABLE",
        ),
        (
            [rule("shop/a", "*.local", "SIMPLE"), rule("shop/b", "*.cluster.local", "DISABLE")],
            "east/shop/DestinationRule/b: DISABLE",
        ),
        (
            [rule("finance/r", "ledger", "SIMPLE"), rule("istio-system/r", "*", "DISABLE")],
            "east/finance/DestinationRule/r: SIMPLE",
        ),
        ([rule("istio-system/r", "*", "DISABLE")], "east/istio-system/DestinationRule/r: DISABLE"),
        ([rule("istio-system/r", "*", "DISABLE", exportTo=["."])], "auto mTLS"),
        ([rule("finance/r", HOST, "DISABLE", exportTo=["other"])], "auto mTLS"),
        ([rule("finance/r", HOST, "DISABLE", exportTo=["shop"])], "east/finance/DestinationRule/r: DISABLE"),
        ([rule("other/r", HOST, "DISABLE")], "auto mTLS"),
        ([rule("shop/r", "ledger", "DISABLE")], "auto mTLS"),
    ],
)
def test_a_proxy_obeys_its_own_namespace_then_the_services_then_the_root(
    objects: list[KubernetesObject], by: str
) -> None:
    assert sent(*objects).by.startswith(by)


def test_a_rule_with_a_selector_is_for_those_workloads_of_its_namespace() -> None:
    everyone = rule("shop/a", HOST, "SIMPLE")
    mine = rule("shop/z", HOST, "DISABLE", workloadSelector={"matchLabels": {"app": "orders"}})
    others = rule("shop/z", HOST, "DISABLE", workloadSelector={"matchLabels": {"app": "web"}})
    theirs = rule("finance/z", HOST, "DISABLE", workloadSelector={"matchLabels": {"app": "orders"}})

    assert sent(everyone, mine).by == "east/shop/DestinationRule/z: DISABLE"
    assert sent(everyone, others).by == "east/shop/DestinationRule/a: SIMPLE"
    assert sent(theirs).speech == "mutual TLS"


def test_settings_of_a_port_are_not_completed_by_those_of_all_ports() -> None:
    general = {"tls": {"mode": "DISABLE"}}
    at_80 = {"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}
    silent = {"port": {"number": 80}, "connectionPool": {}}
    elsewhere = {"port": {"number": 8080}, "tls": {"mode": "SIMPLE"}}

    def said(*ports: dict[str, Any]) -> str:
        return sent(rule("shop/r", HOST, trafficPolicy={**general, "portLevelSettings": list(ports)})).speech

    assert (said(at_80), said(silent), said(elsewhere)) == ("other TLS", "mutual TLS", "plaintext")


def test_a_subset_overrides_its_rule() -> None:
    subsets = [{"name": "v1", "trafficPolicy": {"tls": {"mode": "SIMPLE"}}}, {"name": "v2"}]
    subject = rule("shop/r", HOST, "DISABLE", subsets=subsets)

    assert sent(subject, subset="v1").speech == "other TLS"
    assert sent(subject, subset="v2").speech == "plaintext"
    assert sent(subject).speech == "plaintext"


@pytest.mark.parametrize(
    ("speech", "strict", "permissive", "disable", "no_sidecar"),
    [
        ("mutual TLS", "passes", "passes", "stops", "stops"),
        ("plaintext", "stops", "passes", "passes", "passes"),
        ("other TLS", "stops", "passes", "passes", "passes"),
    ],
)
def test_what_is_sent_has_to_be_what_is_accepted(
    speech: Any, strict: str, permissive: str, disable: str, no_sidecar: str
) -> None:
    def outcome(mode: str) -> str:
        accepted = MutualTLS(mesh(peer("istio-system/default", mode))).accepted("finance", LEDGER, 1)
        return handshake(Sent(speech, "a test"), accepted).outcome

    assert (outcome("STRICT"), outcome("PERMISSIVE"), outcome("DISABLE")) == (strict, permissive, disable)
    assert handshake(Sent(speech, "a test"), None).outcome == no_sidecar


def test_a_handshake_tells_both_sides() -> None:
    step = handshake(sent(mutual=False), MutualTLS(mesh(MESH)).accepted("finance", LEDGER, 8080))

    assert step.layer == "mutual TLS"
    assert step.by == "east/istio-system/PeerAuthentication/default: STRICT"
    assert step.text == (
        "plaintext is sent (auto mTLS: the endpoint is not registered as one that speaks it); the callee's sidecar "
        "is in mode STRICT (east/istio-system/PeerAuthentication/default: STRICT)"
    )
