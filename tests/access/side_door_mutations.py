"""Mutations that lead around what guards a workload: iptables, gateways' rules, listeners, objects that nobody judges.

Each begins with the name of what is at fault, which the finding has to name too.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from changed_plans import Changed, of_kind, with_metadata, with_object, with_release, with_spec
from declared_calls import called_where

from mesh import names
from mesh.model import Workload
from mesh.plan import MachineFiles, Plan
from mesh.plan.resources import KubernetesObject, TextFile

_CLUSTER_ENV = "/var/lib/istio/envoy/cluster.env"
_NETWORKING = "networking.istio.io/v1"


def a_port_that_iptables_leave_out(plan: Plan) -> Changed:
    for item, port in _ports_of_machines(plan):
        for said in ("", "1", str(port + 1)):
            yield _with_variable(plan, item, "ISTIO_INBOUND_PORTS", lambda _, said=said: said)


def a_port_that_iptables_exclude(plan: Plan) -> Changed:
    for item, port in _ports_of_machines(plan):
        for more in (f"{port}", f"8443,{port}", f"{port},1"):
            yield _with_variable(plan, item, "ISTIO_LOCAL_EXCLUDE_PORTS", lambda before, more=more: f"{before},{more}")


def addresses_that_iptables_leave_out(plan: Plan) -> Changed:
    for item in plan.machines:
        for said in ("", "10.96.0.0/16", "10.0.0.0/8"):
            yield _with_variable(plan, item, "ISTIO_SERVICE_CIDR", lambda _, said=said: said)
        for more in ("0.0.0.0/0", "10.10.0.0/16"):
            variable = "ISTIO_SERVICE_EXCLUDE_CIDR"
            yield _with_variable(plan, item, variable, lambda before, more=more: f"{before},{more}")


def iptables_of_somebody_else(plan: Plan) -> Changed:
    for item in plan.machines:
        for variable, said in (
            ("ISTIO_CUSTOM_IP_TABLES", "true"),
            ("ISTIO_INBOUND_INTERCEPTION_MODE", "NONE"),
            ("ISTIO_OUTBOUND_PORTS", "80"),
        ):
            yield _with_variable(plan, item, variable, lambda _, said=said: said)


def pods_whose_iptables_leave_something_out(plan: Plan) -> Changed:
    for value, said in (
        ("excludeIPRanges", "10.0.0.0/8"),
        ("excludeInboundPorts", "8080"),
        ("excludeOutboundPorts", "5432"),
        ("includeIPRanges", "10.96.0.0/16"),
        ("includeInboundPorts", ""),
    ):
        yield from _of_istiod(plan, "global", proxy={value: said})


def pods_that_get_no_sidecar(plan: Plan) -> Changed:
    for field in ("neverInjectSelector", "alwaysInjectSelector"):
        selector = [{"matchExpressions": [{"key": "app", "operator": "Exists"}]}]
        yield from _of_istiod(plan, "sidecarInjectorWebhook", **{field: selector})
    yield from _of_istiod(plan, "sidecarInjectorWebhook", injectedAnnotations={"sidecar.istio.io/inject": "false"})


def annotations_of_pods(plan: Plan) -> Changed:
    for item in of_kind(plan, "Deployment"):
        for name, said in (
            *(("traffic.sidecar.istio.io/excludeInboundPorts", "9411"), ("sidecar.istio.io/inject", "false")),
            *(("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.0/8"), ("proxy.istio.io/config", "{}")),
            *(("traffic.sidecar.istio.io/includeInboundPorts", ""), ("inject.istio.io/templates", "gateway")),
            *(("traffic.sidecar.istio.io/includeOutboundIPRanges", ""), ("istio.io/reroute-virtual-interfaces", "x")),
        ):
            template = item.manifest["spec"]["template"]
            metadata = {**template["metadata"], "annotations": {name: said}}
            spec = {**item.manifest["spec"], "template": {**template, "metadata": metadata}}
            yield f"{item.name}: {name}={said}", with_spec(plan, item, spec)


def some_requests_at_a_gateway_led_elsewhere(plan: Plan) -> Changed:
    """By each thing that a rule can tell requests apart by."""
    matches: Mapping[str, Mapping[str, Any]] = {
        "a path": {"uri": {"exact": "/evil"}},
        "a prefix": {"uri": {"prefix": "/evil/"}},
        "a regular expression": {"uri": {"regex": "/evil.*"}},
        "a header": {"headers": {"x-evil": {"exact": "1"}}},
        "no header": {"withoutHeaders": {"x-good": {}}},
        "a parameter": {"queryParams": {"evil": {"exact": "1"}}},
        "a method": {"method": {"exact": "TRACE"}},
        "a claim": {"headers": {"@request.auth.claims.group": {"exact": "evil"}}},
        "an authority": {"authority": {"prefix": "shop"}},
        "a scheme": {"scheme": {"exact": "https"}},
    }
    for item in _at_ingress(plan):
        for what, match in matches.items():
            http = [{"match": [match], "route": [_to(_stranger(plan, item))]}, *item.manifest["spec"]["http"]]
            yield f"{item.name}: {what}", with_spec(plan, item, {**item.manifest["spec"], "http": http})


def a_copy_of_all_requests(plan: Plan) -> Changed:
    for item in _at_ingress(plan):
        for field in ("mirror", "mirrors"):
            for position, rule in enumerate(item.manifest["spec"]["http"]):
                to = _to(_stranger(plan, item))
                said = to["destination"] if field == "mirror" else [to]
                http = list(item.manifest["spec"]["http"])
                http[position] = {**rule, field: said}
                yield f"{item.name}: {field}", with_spec(plan, item, {**item.manifest["spec"], "http": http})


def another_virtual_service_at_a_gateway(plan: Plan) -> Changed:
    for item in _at_ingress(plan):
        for kind, match in (
            ("http", {"uri": {"prefix": "/evil"}}),
            ("http", {"uri": {"exact": "/evil"}, "method": {"exact": "GET"}}),
        ):
            name, namespace = "a-other", item.manifest["metadata"]["namespace"]
            rule = {"match": [match], "route": [_to(_stranger(plan, item))]}
            spec = {**item.manifest["spec"], "http": [], kind: [rule]}
            added = _object(item.cluster, namespace, "VirtualService", name, spec)
            yield f"{added.name}: beside {item.name}", with_object(plan, added)


def a_second_way_through_the_east_west_gateway(plan: Plan) -> Changed:
    """Another Gateway at a port that is open between the networks, and a rule to a workload behind it."""
    for cluster in plan.environment.clusters:
        for port, mode in ((15012, "PASSTHROUGH"), (15443, "PASSTHROUGH"), (15017, "PASSTHROUGH"), (15012, "SIMPLE")):
            for callee in plan.environment.workloads[:3]:
                server = {
                    "port": {"number": port, "name": "tls", "protocol": "TLS"},
                    "tls": {"mode": mode},
                    "hosts": ["db.example"],
                }
                spec = {"selector": names.EAST_WEST_SELECTOR, "servers": [server]}
                gateway = _object(cluster.name, names.SYSTEM_NAMESPACE, "Gateway", "a-second", spec)
                match = [{"port": port, "sniHosts": ["db.example"]}]
                led = {
                    "hosts": ["db.example"],
                    "gateways": ["a-second"],
                    "tls": [{"match": match, "route": [_to(callee)]}],
                }
                virtual_service = _object(cluster.name, names.SYSTEM_NAMESPACE, "VirtualService", "a-second", led)
                changed = with_object(with_object(plan, gateway), virtual_service)
                yield f"{gateway.name}: {mode} at {port} to {callee.name}", changed


def an_istiod_for_any_server_name(plan: Plan) -> Changed:
    for item in of_kind(plan, "AuthorizationPolicy"):
        if item.manifest["metadata"]["name"] == "istiod-for-machines":
            for when in (
                [],
                [{"key": "connection.sni", "values": ["*"]}],
                [{"key": "connection.sni", "notValues": ["db.example"]}],
                [{"key": "connection.sni", "values": ["*.example", "istiod.istio-system.svc"]}],
            ):
                rules = [{**item.manifest["spec"]["rules"][0], "when": when}]
                yield f"{item.name}: when {when}", with_spec(plan, item, {**item.manifest["spec"], "rules": rules})


def a_listener_of_a_sidecar_that_nobody_sees(plan: Plan) -> Changed:
    for item in of_kind(plan, "Sidecar"):
        for more in (
            {"captureMode": "NONE", "bind": "127.0.0.1", "port": {"number": 9999, "protocol": "TCP", "name": "tcp"}},
            {"bind": "unix:///var/run/any.sock", "port": {"number": 0, "protocol": "TCP", "name": "tcp"}},
            {"port": {"number": 15080, "protocol": "HTTP_PROXY", "name": "proxy"}},
        ):
            egress = [{"hosts": ["*/*"], **more}, *item.manifest["spec"]["egress"]]
            yield f"{item.name}: {more}", with_spec(plan, item, {**item.manifest["spec"], "egress": egress})


def another_port_of_a_host(plan: Plan) -> Changed:
    """By a second ServiceEntry, whose ports istiod adds to those of the first."""
    for item in of_kind(plan, "ServiceEntry"):
        ports = [{"number": 22, "name": "ssh", "protocol": "TCP"}]
        metadata = {"labels": item.manifest["metadata"].get("labels", {})}
        namespace = item.manifest["metadata"]["namespace"]
        added = _object(item.cluster, namespace, "ServiceEntry", "z-second", {**item.manifest["spec"], "ports": ports})
        yield f"{added.name}: beside {item.name}", with_metadata(with_object(plan, added), added, **{
            **added.manifest["metadata"], **metadata
        })  # fmt: skip


def a_host_of_another_namespace(plan: Plan) -> Changed:
    for item in of_kind(plan, "ServiceEntry"):
        for namespace in sorted({workload.namespace for workload in plan.environment.workloads}):
            if namespace != item.manifest["metadata"]["namespace"]:
                spec = {**item.manifest["spec"], "exportTo": ["*"]}
                added = _object(item.cluster, namespace, "ServiceEntry", "a-second", spec)
                yield f"{added.name}: host of {item.name}", with_object(plan, added)


def a_wildcard_over_hosts(plan: Plan) -> Changed:
    for item in of_kind(plan, "ServiceEntry"):
        hosts = [f"*.{host.partition('.')[2]}" for host in item.manifest["spec"]["hosts"]]
        namespace = item.manifest["metadata"]["namespace"]
        spec = {**item.manifest["spec"], "hosts": hosts, "exportTo": ["*"], "resolution": "NONE"}
        added = _object(item.cluster, namespace, "ServiceEntry", "a-wildcard", spec)
        yield f"{added.name}: over {item.name}", with_object(plan, added)


def a_service_that_its_own_cluster_hides(plan: Plan) -> Changed:
    called = called_where(plan)
    for item in of_kind(plan, "Service"):
        if (item.manifest["metadata"]["name"], item.cluster) in called:
            changed = with_metadata(plan, item, annotations={"networking.istio.io/exportTo": "~"})
            yield f"{_host(item)}: hidden by {item.name}", changed


def a_virtual_service_for_a_host_that_is_no_service(plan: Plan) -> Changed:
    for cluster in plan.environment.clusters:
        for callee in plan.environment.workloads[:4]:
            spec = {"hosts": ["any.example"], "http": [{"route": [_to(callee)]}]}
            added = _object(cluster.name, callee.namespace, "VirtualService", "a-ghost", spec)
            yield f"{added.name}: to {callee.name}", with_object(plan, added)


def a_token_of_somebody_else(plan: Plan) -> Changed:
    for item in of_kind(plan, "Role"):
        for rule in (
            {**item.manifest["rules"][0], "resourceNames": ["anybody"]},
            {key: value for key, value in item.manifest["rules"][0].items() if key != "resourceNames"},
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        ):
            changed = replace(item, manifest={**item.manifest, "rules": [rule]})
            yield f"{item.name}: {rule}", with_object(plan, changed)


def a_token_for_somebody_else(plan: Plan) -> Changed:
    for item in of_kind(plan, "RoleBinding"):
        for more in (
            {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"},
            {"kind": "ServiceAccount", "name": "default", "namespace": "default"},
        ):
            subjects = [*item.manifest["subjects"], more]
            changed = replace(item, manifest={**item.manifest, "subjects": subjects})
            yield f"{item.name}: {more['kind']}", with_object(plan, changed)


def a_certificate_from_elsewhere(plan: Plan) -> Changed:
    for item in of_kind(plan, "Secret"):
        for key in item.manifest.get("stringData", {}):
            data = {**item.manifest["stringData"], key: "another"}
            changed = replace(item, manifest={**item.manifest, "stringData": data})
            yield f"{item.name}: {key}", with_object(plan, changed)


def an_object_of_a_kind_that_nobody_judges(plan: Plan) -> Changed:
    gateway_api = "gateway.networking.k8s.io/v1"
    for version, kind, spec in (
        ("networking.istio.io/v1alpha3", "EnvoyFilter", {"configPatches": []}),
        ("extensions.istio.io/v1alpha1", "WasmPlugin", {"url": "oci://any"}),
        ("networking.istio.io/v1beta1", "ProxyConfig", {"environmentVariables": {}}),
        ("security.istio.io/v1", "RequestAuthentication", {"jwtRules": []}),
        (gateway_api, "Gateway", {"gatewayClassName": "istio", "listeners": []}),
        (gateway_api, "HTTPRoute", {"hostnames": ["any.example"]}),
        ("gateway.networking.k8s.io/v1alpha2", "TCPRoute", {"rules": []}),
        ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", {"from": [], "to": []}),
        ("networking.k8s.io/v1", "Ingress", {"rules": []}),
        ("networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}}),
        ("discovery.k8s.io/v1", "EndpointSlice", {}),
        ("v1", "Endpoints", {}),
        ("v1", "Pod", {"containers": []}),
        ("batch/v1", "CronJob", {}),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {}),
        ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {}),
    ):
        for cluster in plan.environment.clusters:
            added = _object(cluster.name, "istio-system", kind, "any", spec, version)
            yield f"{added.name}: {version}", with_object(plan, added)


def a_service_that_nodes_or_balancers_open(plan: Plan) -> Changed:
    for item in of_kind(plan, "Service"):
        for said in ({"type": "NodePort"}, {"type": "LoadBalancer"}, {"externalIPs": ["10.0.0.9"]}):
            yield f"{item.name}: {said}", with_spec(plan, item, {**item.manifest["spec"], **said})


def a_setting_of_the_mesh_that_nobody_judges(plan: Plan) -> Changed:
    for more in (
        {"discoverySelectors": [{"matchLabels": {"a": "b"}}]},
        {"defaultConfig": {"gatewayTopology": {"numTrustedProxies": 2}}},
        {"caCertificates": [{"pem": "any"}]},
        {"ingressControllerMode": "DEFAULT"},
        {"extensionProviders": [{"name": "any", "envoyExtAuthzGrpc": {"service": "any", "port": 9000}}]},
        {"meshMTLS": {"minProtocolVersion": "TLSV1_2"}},
    ):
        yield from _of_istiod(plan, "meshConfig", **more)
    yield from _of_istiod(plan, "pilot", env={"PILOT_ENABLE_AMBIENT": "true"})


def policies_and_namespaces_of_a_waypoint(plan: Plan) -> Changed:
    for item in of_kind(plan, "AuthorizationPolicy"):
        target = {"group": "", "kind": "Service", "name": "any"}
        spec = {key: value for key, value in item.manifest["spec"].items() if key != "selector"}
        yield f"{item.name}: targetRefs", with_spec(plan, item, {**spec, "targetRefs": [target]})
    for item in of_kind(plan, "Namespace"):
        labels = item.manifest["metadata"].get("labels", {})
        for label, said in (("istio.io/dataplane-mode", "ambient"), ("istio.io/use-waypoint", "any")):
            yield f"{item.name}: {label}", with_metadata(plan, item, labels={**labels, label: said})


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    a_port_that_iptables_leave_out,
    a_port_that_iptables_exclude,
    addresses_that_iptables_leave_out,
    iptables_of_somebody_else,
    pods_whose_iptables_leave_something_out,
    pods_that_get_no_sidecar,
    annotations_of_pods,
    some_requests_at_a_gateway_led_elsewhere,
    a_copy_of_all_requests,
    another_virtual_service_at_a_gateway,
    a_second_way_through_the_east_west_gateway,
    an_istiod_for_any_server_name,
    a_listener_of_a_sidecar_that_nobody_sees,
    another_port_of_a_host,
    a_host_of_another_namespace,
    a_wildcard_over_hosts,
    a_service_that_its_own_cluster_hides,
    a_virtual_service_for_a_host_that_is_no_service,
    a_token_of_somebody_else,
    a_token_for_somebody_else,
    a_certificate_from_elsewhere,
    an_object_of_a_kind_that_nobody_judges,
    a_service_that_nodes_or_balancers_open,
    a_setting_of_the_mesh_that_nobody_judges,
    policies_and_namespaces_of_a_waypoint,
)


def _ports_of_machines(plan: Plan) -> Iterator[tuple[MachineFiles, int]]:
    for item in plan.machines:
        for workload in plan.environment.workloads:
            if workload.sidecar and item.machine in workload.machines:
                for port in workload.ports:
                    yield item, port.number


def _with_variable(plan: Plan, item: MachineFiles, variable: str, change: Callable[[str], str]) -> tuple[str, Plan]:
    file = next(file for file in item.files if file.path == _CLUSTER_ENV)
    variables = dict(line.split("=", 1) for line in shlex.split(str(file)))
    variables[variable] = change(variables.get(variable, ""))
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    files = tuple(TextFile(file.path, (text,)) if each is file else each for each in item.files)
    machines = tuple(MachineFiles(item.machine, files) if each is item else each for each in plan.machines)
    return f"machine/{item.machine.name}: {variable}={variables[variable]}", replace(plan, machines=machines)


def _of_istiod(plan: Plan, part: str, **more: Any) -> Changed:
    for release in plan.releases:
        if release.chart == "istiod":
            changed = {**release.values, part: {**release.values.get(part, {}), **more}}
            yield f"{release.name}: {part} {more}", with_release(plan, replace(release, values=changed))


def _at_ingress(plan: Plan) -> list[KubernetesObject]:
    return [
        item
        for item in of_kind(plan, "VirtualService")
        if item.manifest["metadata"]["namespace"] == names.INGRESS_NAMESPACE
    ]


def _stranger(plan: Plan, item: KubernetesObject) -> Workload:
    """A workload to which a VirtualService leads nothing."""
    led = {share["destination"]["host"] for rule in item.manifest["spec"]["http"] for share in rule.get("route", ())}
    return next(workload for workload in plan.environment.workloads if not led & set(names.hosts(workload)))


def _to(callee: Workload) -> dict[str, Any]:
    return {"destination": {"host": names.hosts(callee)[0], "port": {"number": callee.ports[0].number}}}


def _host(service: KubernetesObject) -> str:
    return str(service.manifest["metadata"]["name"])


def _object(
    cluster: str, namespace: str, kind: str, name: str, spec: Mapping[str, Any], version: str = _NETWORKING
) -> KubernetesObject:
    manifest = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    return KubernetesObject(f"{cluster}/{namespace}/{kind}/{name}", cluster, manifest)
