"""Each finding is there where a plan has what it names, and a sound plan has none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import drawn_environments
import environments
import pytest
from changed_plans import (
    with_metadata,
    with_object,
    with_properties,
    with_release,
    with_spec,
    without,
)
from hypothesis import given, settings

from mesh.findings import Finding, limits, of_plan
from mesh.findings.acceptance import judged
from mesh.findings.codes import ACCEPTABLE, SEVERITIES
from mesh.findings.context import Context
from mesh.findings.routes.undeclared_openings import UNDECLARED_OPENING
from mesh.findings.single_points import SINGLE_MACHINE
from mesh.model import Acceptance
from mesh.plan import Plan
from mesh.plan.resources import AzureResource, KubernetesObject, Output
from mesh.render import plan

Change = Callable[[Plan], Plan]


def declared() -> dict[str, Any]:
    """Without what would be found in it: every host has a route, every called workload two places."""
    found = environments.declared()
    found["clusters"]["east"]["ingress"]["public"]["tls"]["client_names"] = ["client.example.com"]
    found["clusters"]["east"]["ingress"]["public"]["redirect"] = True
    del found["clusters"]["east"]["ingress"]["partners"]
    return found


SOUND = plan(environments.resolved(declared()))
BEFORE = frozenset(of_plan(SOUND))


def of(changed: Plan) -> set[tuple[str, str]]:
    """Code and subject of what is new."""
    return {(finding.code, finding.subject) for finding in of_plan(changed) if finding not in BEFORE}


def named(changed: Plan, name: str) -> KubernetesObject:
    return next(item for item in changed.objects if item.name == name)


def respecified(name: str, **changed: Any) -> Change:
    def change(plan: Plan) -> Plan:
        item = named(plan, name)
        return with_spec(plan, item, {**item.manifest["spec"], **changed})

    return change


def reruled(name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]], position: int = 0) -> Change:
    """One rule of a policy changed."""

    def changed(plan: Plan) -> Plan:
        item = named(plan, name)
        rules = list(item.manifest["spec"]["rules"])
        rules[position] = change(rules[position])
        return with_spec(plan, item, {**item.manifest["spec"], "rules": rules})

    return changed


def operated(name: str, **fields: Any) -> Change:
    def change(rule: Mapping[str, Any]) -> Mapping[str, Any]:
        operation = {key: value for key, value in {**rule["to"][0]["operation"], **fields}.items() if value is not None}
        return {**rule, "to": [{"operation": operation}]}

    return reruled(name, change)


def configured(cluster: str, **changed: Any) -> Change:
    def change(plan: Plan) -> Plan:
        release = next(each for each in plan.releases if each.name == f"{cluster}/release/istiod")
        config = {**release.values["meshConfig"], **changed}
        return with_release(plan, replace(release, values={**release.values, "meshConfig": config}))

    return change


def served(name: str, **changed: Any) -> Change:
    """The first server of a Gateway changed, and its tls."""

    def change(plan: Plan) -> Plan:
        item = named(plan, name)
        server = dict(item.manifest["spec"]["servers"][0])
        tls = {key: value for key, value in {**server["tls"], **changed.get("tls", {})}.items() if value is not None}
        server = {**server, **changed, "tls": tls}
        return with_spec(plan, item, {**item.manifest["spec"], "servers": [server]})

    return change


def with_variable(name: str, said: str) -> Change:
    """Of the sidecar of machine ledger-0: the last of two lines with one name counts."""

    def change(plan: Plan) -> Plan:
        machines = tuple(
            replace(item, files=tuple(
                replace(file, parts=(*file.parts, f"{name}={said}\n")) if file.path.endswith("/cluster.env") else file
                for file in item.files
            )) if item.machine.name == "ledger-0" else item
            for item in plan.machines
        )  # fmt: skip
        return replace(plan, machines=machines)

    return change


def resource(plan: Plan, name: str) -> AzureResource:
    return next(item for item in plan.azure if item.name == name)


def ruled(group: str, rule: str, **changed: Any) -> Change:
    def change(plan: Plan) -> Plan:
        found = resource(plan, group)
        rules = [{**each, **changed} if each["name"] == rule else each for each in found.properties["securityRules"]]
        return with_properties(plan, found, securityRules=rules)

    return change


def authorized(more: object) -> Change:
    """One range more at an API server."""

    def change(plan: Plan) -> Plan:
        cluster = resource(plan, "cluster/west")
        ranges = [*cluster.properties["apiServerAccessProfile"]["authorizedIPRanges"], more]
        return with_properties(plan, cluster, apiServerAccessProfile={"authorizedIPRanges": ranges})

    return change


def a_release_without_ranges(plan: Plan) -> Plan:
    release = next(each for each in plan.releases if each.name == "east/release/ingress-public")
    service = {key: value for key, value in release.values["service"].items() if key != "loadBalancerSourceRanges"}
    return with_release(plan, replace(release, values={**release.values, "service": service}))


def removed(*names: str) -> Change:
    return lambda plan: without(plan, *names)


def dry(name: str) -> Change:
    return lambda plan: with_metadata(plan, named(plan, name), annotations={"istio.io/dry-run": "true"})


def added(cluster: str, namespace: str, kind: str, name: str, spec: Mapping[str, Any]) -> Change:
    group = "networking" if kind in ("DestinationRule", "VirtualService") else "security"
    manifest = {
        "apiVersion": f"{group}.istio.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    return lambda plan: with_object(plan, KubernetesObject(f"{cluster}/{namespace}/{kind}/{name}", cluster, manifest))


def test_a_sound_plan_has_no_error() -> None:
    assert {(finding.code, finding.subject) for finding in BEFORE if finding.severity != "note"} == {
        ("single-machine", "ledger"),
        ("single-machine", "orders-db"),
    }


ORDERS, STOREFRONT = "west/shop/AuthorizationPolicy/orders", "east/shop/AuthorizationPolicy/storefront"
GATEWAY, GATEWAYS_POLICY = (
    "east/istio-ingress/Gateway/ingress-public",
    "east/istio-ingress/AuthorizationPolicy/ingress-public",
)
CASES: tuple[tuple[str, str, Change], ...] = (
    ("route-does-not-work", "ledger to payments:443", removed("east/finance/ServiceEntry/payments")),
    ("route-works-in-part", "storefront to orders:8080", removed(ORDERS)),
    ("place-is-not-called", "storefront to orders:8080", removed("east/istio-system/Secret/istio-remote-secret-west")),
    ("machine-does-not-join", "machine/ledger-0", removed("east/istio-system/Gateway/istiod")),
    ("redirect-does-not-work", "ingress/public shop.example.com",
        removed("east/istio-ingress/Gateway/redirect-public")),
    ("redirect-does-not-work", "ingress/public shop.example.com",
        ruled("nsg/east/nodes", "redirect-public-in", sourceAddressPrefixes=["203.0.113.0/25"])),
    ("platform-is-cut-off", "nsg/east/nodes: allow-pods-in", ruled("nsg/east/nodes", "allow-pods-in", access="Deny")),
    ("undeclared-opening", "legacy to orders:8080", reruled(ORDERS, lambda rule: {**rule, "from": [
        {"source": {"principals": ["shop.example/ns/finance/sa/legacy"]}}]})),
    ("wider-than-declared", "storefront to orders:8080", operated(ORDERS, methods=["GET", "POST", "PURGE"])),
    ("wider-than-declared", "storefront to orders:8080", operated(ORDERS, paths=["/orders*"])),
    ("wider-than-declared", "storefront to orders", operated(ORDERS, ports=None)),
    ("calls-led-elsewhere", "west/shop/VirtualService/orders: http 1",
        added("west", "shop", "VirtualService", "orders", {"hosts": ["orders"], "http": [
            {"match": [{"method": {"exact": "PURGE"}}], "route": [{"destination": {"host": "storefront"}}]}]})),
    ("tokens-of-others", "east/shop/RequestAuthentication/orders: rule 1",
        added("east", "shop", "RequestAuthentication", "orders", {"jwtRules": [{"issuer": "https://evil.example"}]})),
    ("stranger-let-in", "shop.example/ns/shop/sa/nobody to orders", reruled(ORDERS, lambda rule: {**rule, "from": [
        {"source": {"principals": ["shop.example/ns/shop/sa/nobody"]}}]})),
    ("callers-not-named", f"{ORDERS}: rule 1", reruled(ORDERS, lambda rule: {**rule, "from": [
        {"source": {"principals": ["shop.example/ns/shop/sa/*"]}}]})),
    ("callers-not-named", f"{ORDERS}: rule 1", reruled(ORDERS, lambda rule: {"to": rule["to"]})),
    ("workload-without-policy", "orders", removed(ORDERS, "west/istio-system/AuthorizationPolicy/deny-by-default")),
    ("policy-for-a-namespace", ORDERS, respecified(ORDERS, selector=None)),
    ("policy-for-a-namespace", GATEWAYS_POLICY, respecified(GATEWAYS_POLICY, selector=None)),
    ("no-deny-by-default", "cluster/west", removed("west/istio-system/AuthorizationPolicy/deny-by-default")),
    ("policy-in-dry-run", ORDERS, dry(ORDERS)),
    ("plaintext-accepted", "cluster/east", removed("east/istio-system/PeerAuthentication/default")),
    ("plaintext-accepted", "east/shop/PeerAuthentication/lax",
        added("east", "shop", "PeerAuthentication", "lax", {"mtls": {"mode": "PERMISSIVE"}})),
    ("plaintext-sent", "east/shop/DestinationRule/plain", added("east", "shop", "DestinationRule", "plain",
        {"host": "orders.shop.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "DISABLE"}}})),
    ("http-rule-on-tcp-port", "east/finance/AuthorizationPolicy/ledger: rule 1",
        lambda plan: with_protocol(plan, "tcp")),
    ("paths-not-normalized", "cluster/east", configured("east", pathNormalization={"normalization": "BASE"})),
    ("unknown-hosts-pass", "cluster/east", configured("east", outboundTrafficPolicy={"mode": "ALLOW_ANY"})),
    ("sidecar-wider-than-routes", "east/shop/Sidecar/storefront",
        respecified("east/shop/Sidecar/storefront", egress=[{"hosts": ["shop/*"]}])),
    ("entry-known-too-widely", "east/finance/ServiceEntry/payments",
        respecified("east/finance/ServiceEntry/payments", exportTo=["*"])),
    ("client-certificate-not-asked", "ingress/public shop.example.com", served(GATEWAY, tls={"mode": "SIMPLE"})),
    ("client-name-not-asked", "ingress/public shop.example.com", served(GATEWAY, tls={"subjectAltNames": None})),
    ("api-server-open-to-others", "api-server/west", authorized("203.0.113.0/24")),
    ("api-server-open-to-others", "api-server/west", authorized("no range")),
    ("api-server-open-to-others", "api-server/west", authorized(Output("public-ip/any", "ipAddress"))),
    ("api-server-open-to-others", "api-server/west", lambda plan: with_properties(
        plan, resource(plan, "cluster/west"), apiServerAccessProfile=None)),
    ("api-server-out-of-reach", "api-server/west", lambda plan: with_properties(
        plan, resource(plan, "cluster/west"), apiServerAccessProfile={"authorizedIPRanges": ["198.51.100.0/24"]})),
    ("gateway-open-to-others", "ingress/public", a_release_without_ranges),
    ("gateway-open-to-others", "ingress/public", reruled(GATEWAYS_POLICY, lambda rule: {"to": rule["to"]})),
    ("gateway-open-to-others", "ingress/public", reruled(GATEWAYS_POLICY, lambda rule: {"to": rule["to"]}, 1)),
    ("gateway-wider-than-declared", "ingress/public", served(GATEWAY, hosts=["*"])),
    ("gateway-wider-than-declared", "ingress/public", operated(GATEWAYS_POLICY, ports=None)),
    ("crossing-wider-than-declared", "west/release/istio-eastwestgateway to storefront:8080",
        served("west/istio-system/Gateway/cross-network", hosts=["*"])),
    ("security-group-wider-than-needed", "nsg/machines/machines: cluster-east-to-machine-ledger-0-9000-in",
        ruled("nsg/machines/machines", "cluster-east-to-machine-ledger-0-9000-in", sourceAddressPrefix="*")),
    ("security-group-wider-than-needed", "nsg/machines/machines: cluster-east-to-machine-ledger-0-9000-in",
        ruled("nsg/machines/machines", "cluster-east-to-machine-ledger-0-9000-in", destinationPortRange="9000-9001")),
    ("security-group-wider-than-needed", "nsg/machines/machines: deny-virtual-network-in",
        ruled("nsg/machines/machines", "deny-virtual-network-in", access="Allow", priority=4095)),
    ("subnet-without-security-group", "subnet/east/nodes",
        lambda plan: with_properties(plan, resource(plan, "subnet/east/nodes"), networkSecurityGroup=None)),
    ("not-judged", "subnet/east/nodes", lambda plan: with_properties(
        plan, resource(plan, "subnet/east/nodes"), serviceEndpoints=[{"service": "Microsoft.Sql"}])),
    ("not-judged", "east/shop/Sidecar/orders",
        respecified("east/shop/Sidecar/orders", egress=[{"hosts": ["*/*"], "captureMode": "NONE"}])),
    ("not-judged", "east/release/istiod", configured("east", defaultConfig={"gatewayTopology": {}})),
    ("not-judged", "machine/ledger-0", with_variable("ISTIO_CUSTOM_IP_TABLES", "true")),
    ("port-around-the-sidecar", "machine/ledger-0", with_variable("ISTIO_INBOUND_PORTS", "9001")),
    ("port-around-the-sidecar", "machine/ledger-0", with_variable("ISTIO_LOCAL_EXCLUDE_PORTS", "22,9000")),
    ("requests-led-elsewhere", "east/istio-ingress/VirtualService/shop.example.com: http 1",
        respecified("east/istio-ingress/VirtualService/shop.example.com", http=[
            {"match": [{"uri": {"exact": "/evil"}}], "route": [{"destination": {"host": "ledger.finance"}}]}])),
    ("requests-led-elsewhere", "east/istio-ingress/VirtualService/shop.example.com: http 1",
        respecified("east/istio-ingress/VirtualService/shop.example.com", http=[
            {"match": [{"uri": {"regex": "/[a-z]+/evil"}}], "route": [{"destination": {"host": "ledger.finance"}}]}])),
    ("east-west-gateway-open", "east/istio-system/AuthorizationPolicy/istiod-for-machines: rule 1",
        reruled("east/istio-system/AuthorizationPolicy/istiod-for-machines", lambda rule: {"to": rule["to"]})),
    ("east-west-gateway-open", "east/istio-system/Gateway/istiod: server 1",
        served("east/istio-system/Gateway/istiod", hosts=["db.example"])),
    ("half-a-peering", "peering/east/west", removed("peering/west/east")),
    ("peering-without-access", "peering/west/east",
        lambda plan: with_properties(plan, resource(plan, "peering/west/east"), allowVirtualNetworkAccess=False)),
)  # fmt: skip


def with_protocol(plan: Plan, protocol: str) -> Plan:
    """The plan of an environment whose ledger speaks it, though its policy is still for gRPC."""
    environment = plan.environment
    workloads = tuple(
        replace(each, ports=tuple(replace(port, protocol=protocol) for port in each.ports))
        if each.name == "ledger"
        else each
        for each in environment.workloads
    )
    return replace(plan, environment=replace(environment, workloads=workloads))


@pytest.mark.parametrize(
    ("code", "subject", "change"), CASES, ids=[f"{code}-{n}" for n, (code, _, _) in enumerate(CASES)]
)
def test_what_is_changed_is_found(code: str, subject: str, change: Change) -> None:
    assert (code, subject) in of(change(SOUND))


def found_in(environment: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in of_plan(plan(environments.resolved(environment)))}


def _observing(environment: dict[str, Any]) -> None:
    environment["namespaces"] = {"shop": {"enforcement": "observe"}}


def _with_a_host_of_nobody(environment: dict[str, Any]) -> None:
    environment["clusters"]["east"]["ingress"]["public"]["hosts"] = ["shop.example.com", "www.example.com"]
    environment["routes"][0]["http"][0]["hosts"] = ["shop.example.com"]


def _with_a_network_of_nobody(environment: dict[str, Any]) -> None:
    environment["networks"]["spare"] = {"space": "10.50.0.0/16", "peers": ["east"]}


def _with_one_node(environment: dict[str, Any]) -> None:
    environment["clusters"]["west"]["pools"]["system"]["nodes"] = 1


def _with_clients_from_a_private_network(environment: dict[str, Any]) -> None:
    public = environment["clusters"]["east"]["ingress"]["public"]
    public.update(internal=True, allow_from=["10.99.0.0/16"])


def _with_an_engine(environment: dict[str, Any]) -> None:
    environment["clusters"]["east"]["network_policy"] = "cilium"


def _in_production(environment: dict[str, Any]) -> None:
    environment["production"] = True


def _open_to_the_world(environment: dict[str, Any]) -> None:
    _in_production(environment)
    environment["clusters"]["east"]["ingress"]["public"].update(
        tls={"certificate": "shop", "mode": "simple"}, allow_from=["0.0.0.0/0"]
    )


def _with_a_call_by_the_network_alone(environment: dict[str, Any]) -> None:
    environment["machines"]["audit-0"] = {"network": "machines", "address": "10.30.0.40", "existing": True}
    audit = {"machines": ["audit-0"], "sidecar": False, "namespace": "finance", "ports": {"tcp-audit": 9100}}
    environment["workloads"]["audit"] = audit
    environment["machines"]["audit-0"]["joins"] = "west"
    environment["routes"].append({"from": "audit", "to": "orders-db", "network": "sql"})


def _in_a_network_of_theirs(environment: dict[str, Any]) -> None:
    environment["networks"]["machines"].update(
        existing={"group": "rg-net", "name": "vnet"},
        outbound={"firewall": "10.30.0.4", "public": ["203.0.113.9"]},
        subnets={"machines": {"name": "snet-vm", "range": "10.30.0.0/18"}},
    )
    environment["workloads"]["invoices-db"]["managed"].update(range="10.30.192.0/24")


def _with_a_private_api_server(environment: dict[str, Any]) -> None:
    environment["clusters"]["east"].update(private={"zone": "none"})


def _with_claims_that_a_wider_entry_needs_not(environment: dict[str, Any]) -> None:
    route = environment["routes"][0]
    route["jwt"] = {"issuer": "https://login.example", "audiences": ["api"], "jwks": "https://login.example/keys"}
    route["http"] = [{"paths": ["/*"]}, {"paths": ["/*"], "methods": ["GET"], "claims": {"roles": ["admin"]}}]


DECLARED: tuple[tuple[str, str, Callable[[dict[str, Any]], None]], ...] = (
    ("api-server-open-to-the-world", "api-server/east", _in_production),
    ("gateway-open-to-the-world", "ingress/public", _open_to_the_world),
    ("name-needs-a-private-zone", "invoices-db", lambda environment: environment["routes"].append(
        {"from": "orders", "to": "invoices-db", "tcp": "sql"})),
    ("outside-taken-for-public", "payments", lambda environment: environment["workloads"]["payments"].update(
        ports={"sql": {"number": 1521, "protocol": "tcp"}}) or environment["routes"].__setitem__(
        4, {"from": "ledger", "to": "payments", "tcp": "sql"})),
    ("security-group-not-judged", "subnet/machines/machines", _in_a_network_of_theirs),
    ("api-server-is-private", "cluster/east", _with_a_private_api_server),
    ("calls-are-observed", "namespace shop", _observing),
    ("host-without-route", "ingress/public www.example.com", _with_a_host_of_nobody),
    ("unused-peering", "peering/east/spare and peering/spare/east", _with_a_network_of_nobody),
    ("way-of-clients-unknown", "ingress/public", _with_clients_from_a_private_network),
    ("only-the-network-guards", "orders-db:5432", lambda _: None),
    ("database-near-the-internet", "storefront to orders-db", lambda _: None),
    ("pods-outside-the-mesh", "cluster/east", _with_an_engine),
    ("held-by-the-network-alone", "audit to orders-db:5432", _with_a_call_by_the_network_alone),
    ("service-of-anybody", "ingress/public", lambda environment: environment["clusters"]["east"]["ingress"]
        ["public"].update(allow_from=["AzureFrontDoor.Backend"])),
    ("token-not-asked", "ingress/public to storefront:8080", _with_claims_that_a_wider_entry_needs_not),
    ("not-known-to-be-offered", "cluster/west", lambda environment: environment["clusters"]["west"].update(
        kubernetes="1.37")),
    ("single-machine", "ledger", lambda _: None),
    ("single-node", "cluster/west, pool system", _with_one_node),
    ("single-zone", "cluster/east, pool apps", lambda _: None),
    ("single-cluster", "storefront", lambda _: None),
    ("single-gateway", "storefront", lambda _: None),
)  # fmt: skip


@pytest.mark.parametrize(("code", "subject", "change"), DECLARED, ids=[code for code, _, _ in DECLARED])
def test_what_is_declared_so_is_found(code: str, subject: str, change: Callable[[dict[str, Any]], None]) -> None:
    environment = declared()
    change(environment)

    assert (code, subject) in found_in(environment)


def test_an_api_server_that_others_do_not_reach_is_an_error() -> None:
    environment = declared()
    _with_a_private_api_server(environment)
    planned = plan(environments.resolved(environment))
    assert "private-api-server-out-of-reach" not in {finding.code for finding in of_plan(planned)}

    def closed(resource: AzureResource) -> AzureResource:
        rules = [rule for rule in resource.properties.get("securityRules", ()) if "-to-api-east-" not in rule["name"]]
        return replace(resource, properties={**resource.properties, "securityRules": rules}) if rules else resource

    broken = replace(planned, azure=tuple(map(closed, planned.azure)))
    texts = [finding.text for finding in of_plan(broken) if finding.code == "private-api-server-out-of-reach"]

    assert (
        "the nodes of cluster west → its API server: 10.20.64.0/18 → 10.10.64.0/18:443 is denied by "
        "deny-virtual-network-out (priority 4096)"
    ) in texts


def test_a_linked_private_zone_makes_a_name_known() -> None:
    environment = declared()
    environment["routes"].append({"from": "orders", "to": "invoices-db", "tcp": "sql"})
    planned = plan(environments.resolved(environment))
    networks = [resource for resource in planned.azure if resource.name in ("network/east", "network/west")]
    links = [
        replace(
            network,
            name=f"link/{network.name}",
            token="azure-native:privatedns:VirtualNetworkLink",
            id=f"{network.id}/link",
            properties={
                "privateZoneName": "privatelink.postgres.database.azure.com", "virtualNetwork": {"id": network.id},
            },
        )
        for network in networks
    ]  # fmt: skip
    code = "name-needs-a-private-zone"

    (before,) = (finding.text for finding in of_plan(planned) if finding.code == code)
    one = replace(planned, azure=(*planned.azure, links[0]))
    (after,) = (finding.text for finding in of_plan(one) if finding.code == code)

    assert before == (
        "inv.postgres.database.azure.com is called from networks east and west; "
        "its private DNS zone has to be linked to them"
    )
    assert "from network west;" in after
    assert [finding for finding in of_plan(replace(one, azure=(*one.azure, links[1]))) if finding.code == code] == []


def with_an_engine() -> Plan:
    environment = declared()
    _with_an_engine(environment)
    return plan(environments.resolved(environment))


STOREFRONT = "east/shop/NetworkPolicy/storefront"
WITH_AN_ENGINE: tuple[tuple[str, str, Change], ...] = (
    ("network-policy-wider-than-needed", f"{STOREFRONT}: egress rule 1",
        respecified(STOREFRONT, egress=[{"to": [{"ipBlock": {"cidr": "10.30.0.20/32"}}]}])),
    ("network-policy-wider-than-needed", f"{STOREFRONT}: ingress rule 1", respecified(STOREFRONT, ingress=[{}])),
    ("no-network-policy-by-default", "east/Namespace/shop", removed("east/shop/NetworkPolicy/default.deny")),
    ("pods-are-cut-off", STOREFRONT, removed("east/shop/NetworkPolicy/platform.dns")),
    ("route-does-not-work", "storefront to orders:8080", respecified(STOREFRONT, egress=[])),
)  # fmt: skip


@pytest.mark.parametrize(("code", "subject", "change"), WITH_AN_ENGINE)
def test_what_is_changed_in_network_policies_is_found(code: str, subject: str, change: Change) -> None:
    sound = with_an_engine()

    assert [finding for finding in of_plan(sound) if finding.severity == "error"] == []
    assert (code, subject) in {(finding.code, finding.subject) for finding in of_plan(change(sound))}


def test_with_an_engine_the_network_is_no_longer_alone() -> None:
    environment = declared()
    for cluster in environment["clusters"].values():
        cluster["network_policy"] = "cilium"

    codes = {code for code, _ in found_in(environment)}

    assert "only-the-network-guards" not in codes
    assert "pods-outside-the-mesh" in codes


def test_behind_an_internal_gateway_no_database_is_near_the_internet() -> None:
    environment = declared()
    _with_clients_from_a_private_network(environment)

    assert "database-near-the-internet" not in {code for code, _ in found_in(environment)}


def test_clients_from_a_network_that_is_not_in_the_plan_are_no_error() -> None:
    environment = declared()
    _with_clients_from_a_private_network(environment)

    assert "route-works-in-part" not in {code for code, _ in found_in(environment)}


@settings(max_examples=20, deadline=None, derandomize=True)
@given(drawn_environments.environments())
def test_no_error_is_found_in_the_plan_of_any_sound_environment(environment: dict[str, Any]) -> None:
    found = of_plan(plan(environments.resolved(environment)))

    assert [(each.code, each.subject, each.text) for each in found if each.severity == "error"] == []


def test_a_method_that_only_a_rule_of_a_gateway_names_is_tried_there() -> None:
    environment = declared()
    environment["routes"][0]["http"][0]["methods"] = ["GET"]
    sound = plan(environments.resolved(environment))
    new = set(of_plan(operated(GATEWAYS_POLICY, methods=["GET", "PURGE"])(sound))) - set(of_plan(sound))

    assert ("gateway-wider-than-declared", f"{GATEWAYS_POLICY}: rule 1 lets PURGE shop.example.com/ in") in {
        (finding.code, finding.text) for finding in new
    }


def test_calls_are_led_where_a_move_is_declared() -> None:
    environment = declared()
    environment["workloads"]["desk"] = {"cluster": "west", "namespace": "shop", "ports": {"http": 8080}}
    environment["routes"].append({"from": "storefront", "to": "desk", "http": [{"paths": ["/orders/*"]}]})
    environment["traffic"] = {"orders": {"strangler": [{"paths": ["/orders/*"], "to": "desk", "percent": 10}]}}
    moved = plan(environments.resolved(environment))

    assert "east/shop/VirtualService/orders" in {item.name for item in moved.objects}
    assert "calls-led-elsewhere" not in {finding.code for finding in of_plan(moved)}


def test_calls_are_copied_where_a_mirror_is_declared() -> None:
    environment = declared()
    environment["workloads"]["desk"] = {"cluster": "west", "namespace": "shop", "ports": {"http": 8080}}
    environment["routes"] += [{**route, "to": "desk"} for route in environment["routes"] if route["to"] == "orders"]
    environment["traffic"] = {"orders": {"mirror": {"to": "desk", "percent": 10}}}
    copied = plan(environments.resolved(environment))

    assert "desk.shop.svc.cluster.local" in str(named(copied, "east/shop/VirtualService/orders").manifest)
    assert "calls-led-elsewhere" not in {finding.code for finding in of_plan(copied)}


@pytest.mark.parametrize(
    ("rule", "verb"),
    [
        ({"route": [{"destination": {"host": "storefront"}}]}, "leads"),
        ({"route": [{"destination": {"host": "orders"}}], "mirror": {"host": "storefront"}}, "copies"),
        (
            {
                "route": [{"destination": {"host": "orders"}}],
                "mirrors": [{"destination": {"host": "storefront"}}],
            },
            "copies",
        ),
    ],
    ids=["route", "mirror", "mirrors"],
)
def test_calls_that_are_led_elsewhere_and_copies_of_calls_are_told_apart(rule: Mapping[str, Any], verb: str) -> None:
    led = added("west", "shop", "VirtualService", "orders", {"hosts": ["orders"], "http": [rule]})(SOUND)

    (text,) = (finding.text for finding in of_plan(led) if finding.code == "calls-led-elsewhere")

    assert text == f"{verb} calls of orders to storefront.shop.svc.cluster.local"


def test_an_observed_namespace_is_found_once_and_not_for_each_caller() -> None:
    environment = declared()
    _observing(environment)

    assert {code for code, _ in found_in(environment)} - {finding.code for finding in BEFORE} == {"calls-are-observed"}


def test_a_route_that_drops_packets_for_a_peer_is_found() -> None:
    table = AzureResource(
        "routes/none",
        "azure-native:network:RouteTable",
        "/routeTables/none",
        {"routes": [{"name": "none", "addressPrefix": "10.20.0.0/16", "nextHopType": "None"}]},
        "network/machines",
    )
    changed = replace(SOUND, azure=(*SOUND.azure, table))
    subnet = resource(changed, "subnet/machines/machines")

    assert of(with_properties(changed, subnet, routeTable={"id": table.id})) >= {
        ("packets-dropped-by-route", "subnet/machines/machines")
    }


def many(group: str, count: int, **fields: Any) -> Change:
    """A security group with many rules."""

    def change(plan: Plan) -> Plan:
        found = resource(plan, group)
        rule = {**found.properties["securityRules"][0], **fields}
        return with_properties(plan, found, securityRules=[{**rule, "name": f"rule-{n}"} for n in range(count)])

    return change


def peered(network: str, count: int) -> Change:
    def change(plan: Plan) -> Plan:
        one = resource(plan, f"peering/{network}/west")
        more = (replace(one, name=f"peering/{network}/n{n}", id=f"{one.id}-{n}") for n in range(count))
        return replace(plan, azure=(*plan.azure, *more))

    return change


def grown(name: str, **spec: Any) -> Change:
    return lambda plan: with_spec(plan, named(plan, name), {**named(plan, name).manifest["spec"], **spec})


NSG, ENTRY = "nsg/east/nodes", "east/finance/ServiceEntry/payments"
NOTHING: dict[str, Any] = {"to": []}
LIMITS: tuple[tuple[str, str, str, Change], ...] = (
    ("limit-exceeded", NSG, "1,001 rules; Azure takes 1,000", many(NSG, 1001)),
    ("limit-near", NSG, "801 rules; Azure takes 1,000", many(NSG, 801)),
    ("limit-exceeded", NSG, "4,002 source addresses; Azure takes 4,000",
        many(NSG, 2, sourceAddressPrefixes=[f"10.0.0.{n % 256}/32" for n in range(2000)])),
    ("limit-exceeded", "network/east", "502 peerings; Azure takes 500", peered("east", 500)),
    ("limit-near", "network/east", "402 peerings; Azure takes 500", peered("east", 400)),
    ("limit-exceeded", ORDERS, "513 rules; Istio takes 512", grown(ORDERS, rules=[NOTHING] * 513)),
    ("limit-exceeded", ORDERS, "513 sources in a rule; Istio takes 512", grown(ORDERS, rules=[{"from": [{}] * 513}])),
    ("limit-exceeded", ENTRY, "257 hosts; Istio takes 256", grown(ENTRY, hosts=[f"h{n}.example" for n in range(257)])),
)  # fmt: skip


@pytest.mark.parametrize(("code", "subject", "text", "change"), LIMITS, ids=[text for _, _, text, _ in LIMITS])
def test_a_limit_is_known_before_azure_or_istio_says_so(code: str, subject: str, text: str, change: Change) -> None:
    found = list(limits.findings(Context(change(SOUND))))

    assert [(each.code, each.subject) for each in found if each.text.startswith(text)] == [(code, subject)]


def test_at_four_fifths_of_a_limit_nothing_is_said() -> None:
    assert list(limits.findings(Context(many(NSG, 800)(SOUND)))) == []


def test_an_object_larger_than_the_api_server_takes_is_found() -> None:
    found = limits.findings(Context(grown(ENTRY, note="x" * 1024 * 1024)(SOUND)))

    assert [(each.code, each.subject) for each in found] == [("limit-exceeded", ENTRY)]


def test_every_kind_is_shown_by_some_case() -> None:
    shown = {code for code, _, _ in CASES} | {code for code, _, _ in DECLARED} | {code for code, _, _, _ in LIMITS}
    shown |= {"packets-dropped-by-route", "private-api-server-out-of-reach", *(code for code, _, _ in WITH_AN_ENGINE)}

    assert set(ACCEPTABLE) == shown


def test_the_gravest_come_first_and_each_once() -> None:
    found = of_plan(removed(ORDERS)(SOUND))

    assert found[0].severity == "error"
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=SEVERITIES.index
    )
    assert len(found) == len(set(found))


ONE = Finding(SINGLE_MACHINE, "ledger", "it runs on machine ledger-0 only")
OTHER = Finding(UNDECLARED_OPENING, "cart to orders:8080", "is open")
TODAY = date(2027, 1, 31)


def accepted(*acceptances: Acceptance) -> tuple[list[str], list[str]]:
    """The codes of what stands, and of what is accepted."""
    found = judged((OTHER, ONE), acceptances, TODAY)
    return [finding.code for finding in found.standing], [finding.code for finding, _ in found.accepted]


@pytest.mark.parametrize("of", ["ledger", "led*", "*", "*dge*"])
def test_what_is_accepted_by_code_and_subject_no_longer_stands(of: str) -> None:
    assert accepted(Acceptance("single-machine", (of,), "known", None)) == (["undeclared-opening"], ["single-machine"])


@pytest.mark.parametrize(
    ("code", "of"), [("single-machine", "ledge"), ("single-node", "ledger"), ("single-machine", "l?dger")]
)
def test_an_acceptance_of_nothing_is_found(code: str, of: str) -> None:
    assert accepted(Acceptance(code, (of,), "known", None)) == (
        ["undeclared-opening", "acceptance-of-nothing", "single-machine"],
        [],
    )


def test_an_acceptance_counts_on_its_last_day_and_not_on_the_next() -> None:
    to_the_day = Acceptance("undeclared-opening", ("cart to *",), "until cart is gone", TODAY)
    past = replace(to_the_day, until=date(2027, 1, 30))

    assert accepted(to_the_day) == (["single-machine"], ["undeclared-opening"])
    assert accepted(past) == (["undeclared-opening", "acceptance-expired", "single-machine"], [])
