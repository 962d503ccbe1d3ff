"""Mutations of what clients outside the mesh reach, of second interfaces, of rights in Azure, and of dangling names.

Each begins with the name of what is at fault, which the finding has to name too.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from changed_plans import Changed, of_kind, of_token, with_properties, with_release, with_resource, with_spec

from mesh import model
from mesh.plan import Plan
from mesh.plan.resources import AzureResource, Output
from mesh.render import plan as planned

_EVERYBODY = (
    (IPv4Network("0.0.0.0/0"),),
    (IPv4Network("0.0.0.0/1"), IPv4Network("128.0.0.0/1")),
    (IPv4Network("0.0.0.0/1"), IPv4Network("128.0.0.0/2"), IPv4Network("192.0.0.0/3")),
    (IPv4Network("128.0.0.0/1"),),
)
_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"
_ELSEWHERE = "/subscriptions/any/resourceGroups/any/providers/Microsoft.Network"


def an_api_server_for_everybody(plan: Plan) -> Changed:
    """Of production; elsewhere it may be so."""
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        for what, profile in (
            ("no ranges", None),
            ("empty ranges", {"authorizedIPRanges": []}),
            ("two halves", {"authorizedIPRanges": ["0.0.0.0/1", "128.0.0.0/1"]}),
            ("all", {"authorizedIPRanges": ["0.0.0.0/0"]}),
        ):
            if plan.environment.production:
                name = cluster.properties["resourceName"]
                yield f"api-server/{name}: {what}", with_properties(plan, cluster, apiServerAccessProfile=profile)


def an_api_server_for_others(plan: Plan) -> Changed:
    """Less than half of the world."""
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        profile = cluster.properties.get("apiServerAccessProfile") or {}
        for more in (
            *("100.20.30.40", "64.0.0.0/2", "10.0.0.0/8", "2001:db8::/32", Output("public-ip/any", "ipAddress")),
            *(() if not profile else (None,)),
        ):
            if profile:
                ranges = [*profile["authorizedIPRanges"], more] if more else ["64.0.0.0/2"]
                name = cluster.properties["resourceName"]
                changed = with_properties(plan, cluster, apiServerAccessProfile={"authorizedIPRanges": ranges})
                yield f"api-server/{name}: {more}", changed


def an_api_server_that_asks_for_no_rights(plan: Plan) -> Changed:
    """The token of any pod is then the administrator's."""
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        yield f"{cluster.name}: enableRBAC", with_properties(plan, cluster, enableRBAC=False)


def an_api_server_out_of_reach(plan: Plan) -> Changed:
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        ranges = (cluster.properties.get("apiServerAccessProfile") or {}).get("authorizedIPRanges", ())
        for gone in ranges:
            kept = [each for each in ranges if each != gone]
            changed = with_properties(plan, cluster, apiServerAccessProfile={"authorizedIPRanges": kept})
            if kept:
                yield f"api-server/{cluster.properties['resourceName']}: {gone}", changed


def a_namespace_renamed(plan: Plan) -> Changed:
    """All follows its declaration: only whom callers and callees are called changes."""
    environment = plan.environment
    for namespace in sorted({workload.namespace for workload in environment.workloads if workload.sidecar}):
        for name in (f"{namespace}-2", "a-renamed"):
            renamed = _in_namespace(environment, namespace, name)
            workload = next(each for each in environment.workloads if each.namespace == namespace and each.sidecar)
            yield f"{workload.name}: {namespace} → {name}", planned(renamed)


def a_gateway_declared_for_everybody(plan: Plan) -> Changed:
    """All follows its declaration, and so no other finding says a word."""
    environment = plan.environment
    for cluster in environment.clusters if environment.production else ():
        for gateway in cluster.ingress:
            for ranges in _EVERYBODY if not gateway.address else ():
                tls = gateway.tls and replace(gateway.tls, mode="simple", client_names=(), revocation_list=False)
                opened = replace(gateway, allow_from=ranges, tls=tls)
                if opened != gateway:
                    yield f"ingress/{gateway.name}: {ranges}", planned(_with_gateway(environment, cluster, opened))


def a_gateway_deployed_for_everybody(plan: Plan) -> Changed:
    for release in plan.releases:
        service = release.values.get("service", {})
        declared = service.get("loadBalancerSourceRanges") or ["0.0.0.0/0"]
        if release.chart == "gateway" and declared != ["0.0.0.0/0"]:
            for ranges in (None, [], ["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"]):
                if ranges != service["loadBalancerSourceRanges"]:
                    values = {**release.values, "service": {**service, "loadBalancerSourceRanges": ranges}}
                    if ranges is None:
                        del values["service"]["loadBalancerSourceRanges"]
                    yield f"{release.name}: {ranges}", with_release(plan, replace(release, values=values))


def a_second_interface_of_a_machine(plan: Plan) -> Changed:
    subnets = list(of_token(plan, "network:Subnet"))
    for machine in of_token(plan, "compute:VirtualMachine"):
        for subnet in subnets:
            name = f"{machine.properties['vmName']}-second"
            interface = _interface(plan, name, subnet)
            profile = machine.properties["networkProfile"]
            interfaces = [*profile["networkInterfaces"], {"id": interface.id, "primary": False}]
            changed = with_properties(
                with_resource(plan, interface), machine, networkProfile={**profile, "networkInterfaces": interfaces}
            )
            yield f"{machine.name}: in {subnet.name}", changed


def a_second_interface_of_a_scale_set(plan: Plan) -> Changed:
    for scale_set in of_token(plan, "compute:VirtualMachineScaleSet"):
        profile = scale_set.properties["virtualMachineProfile"]
        interfaces = profile["networkProfile"]["networkInterfaceConfigurations"]
        for subnet in of_token(plan, "network:Subnet"):
            first = interfaces[0]["ipConfigurations"][0]
            second = {"name": "second", "ipConfigurations": [{**first, "subnet": {"id": subnet.id}}]}
            network = {**profile["networkProfile"], "networkInterfaceConfigurations": [*interfaces, second]}
            changed = with_properties(plan, scale_set, virtualMachineProfile={**profile, "networkProfile": network})
            yield f"{scale_set.name}: in {subnet.name}", changed


def a_second_address_of_an_interface(plan: Plan) -> Changed:
    for interface in of_token(plan, "network:NetworkInterface"):
        for subnet in of_token(plan, "network:Subnet"):
            second = {"name": "second", "privateIPAddress": "10.0.0.9", "subnet": {"id": subnet.id}}
            configurations = [*interface.properties["ipConfigurations"], second]
            yield f"{interface.name}: {subnet.name}", with_properties(plan, interface, ipConfigurations=configurations)


def a_rule_for_a_port_that_an_attacker_chooses(plan: Plan) -> Changed:
    """An allow that asks for the client's own port."""
    for group in of_token(plan, "network:NetworkSecurityGroup"):
        for port in ("53", "20-22", "1024", "40000-40010"):
            rule = {
                "name": "any",
                "priority": 100,
                "direction": "Inbound",
                "access": "Allow",
                "protocol": "Tcp",
                "sourceAddressPrefix": "198.51.100.7",
                "sourcePortRange": port,
                "destinationAddressPrefix": "*",
                "destinationPortRange": "22",
            }
            rules = [*(group.properties.get("securityRules") or ()), rule]
            subnets = (subnet.properties.get("networkSecurityGroup") for subnet in of_token(plan, "network:Subnet"))
            if group.id in {subnet["id"] for subnet in subnets if subnet}:
                yield f"{group.name}: from port {port}", with_properties(plan, group, securityRules=rules)


def a_resource_that_the_plan_does_not_have(plan: Plan) -> Changed:
    for subnet in of_token(plan, "network:Subnet"):
        for field, kind in (
            *(("routeTable", "routeTables"), ("natGateway", "natGateways")),
            ("networkSecurityGroup", "networkSecurityGroups"),
        ):
            changed = with_properties(plan, subnet, **{field: {"id": f"{_ELSEWHERE}/{kind}/any"}})
            yield f"{subnet.name}: {field}", changed


def a_role_of_somebody_else(plan: Plan) -> Changed:
    for resource in of_token(plan, "authorization:RoleAssignment"):
        parent = str(resource.properties["roleDefinitionId"]).rpartition("/")[0]
        group = str(resource.properties["scope"]).partition("/providers/")[0]
        for what, changed in (
            ("another principal", {"principalId": "11111111-2222-4333-8444-555555555555"}),
            ("an identity of nobody", {"principalId": Output("identity/any", "principalId")}),
            ("owner", {"roleDefinitionId": f"{parent}/{_OWNER}"}),
            ("administrator of clusters", {"roleDefinitionId": f"{parent}/{_CLUSTER_ADMIN}"}),
            ("of the whole group", {"scope": group}),
        ):
            yield f"{resource.name}: {what}", with_properties(plan, resource, **changed)


def an_identity_of_a_gateway_for_other_pods(plan: Plan) -> Changed:
    for resource in of_token(plan, "managedidentity:FederatedIdentityCredential"):
        for field, said in (
            *(("subject", f"system:serviceaccount:{account}") for account in ("shop:cart", "default:default")),
            *(("issuer", issuer) for issuer in ("https://any.example", Output("cluster/any", "issuer"))),
            *(("subject", "system:serviceaccount:istio-ingress:any"), ("resourceName", "machine-any")),
        ):
            yield f"{resource.name}: {field} {said}", with_properties(plan, resource, **{field: said})
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        identity = f"identity/cluster-{cluster.properties['resourceName']}"
        token = "azure-native:managedidentity:FederatedIdentityCredential"
        path = {"resourceName": identity.partition("/")[2], "federatedIdentityCredentialResourceName": "any"}
        added = replace(cluster, name=f"{identity}/any", token=token, id=f"{cluster.id}/any", properties=path)
        yield f"{added.name}: of a cluster", with_resource(plan, added)


def certificates_of_somebody_else(plan: Plan) -> Changed:
    for item in of_kind(plan, "Gateway"):
        servers = item.manifest["spec"]["servers"]
        for other in ("any", "shop", "cacerts"):
            changed = [
                {**server, "tls": {**server["tls"], "credentialName": other}}
                if server.get("tls", {}).get("credentialName", other) != other
                else server
                for server in servers
            ]
            if changed != servers:
                yield f"{item.name}: {other}", with_spec(plan, item, {**item.manifest["spec"], "servers": changed})


def an_account_of_somebody_else(plan: Plan) -> Changed:
    """Of what callers take for a workload."""
    for item in of_kind(plan, "WorkloadEntry"):
        yield f"{item.name}: any", with_spec(plan, item, {**item.manifest["spec"], "serviceAccount": "any"})
    for item in of_kind(plan, "WorkloadGroup"):
        template = {**item.manifest["spec"]["template"], "serviceAccount": "any"}
        yield f"{item.name}: any", with_spec(plan, item, {**item.manifest["spec"], "template": template})


COMPARED: tuple[Callable[[Plan], Changed], ...] = (a_namespace_renamed,)
"""What a plan alone cannot know: the review, which compares it with the one before, has to name what is at fault."""
KINDS: tuple[Callable[[Plan], Changed], ...] = (
    an_api_server_for_everybody,
    an_api_server_for_others,
    an_api_server_out_of_reach,
    an_api_server_that_asks_for_no_rights,
    a_namespace_renamed,
    a_gateway_declared_for_everybody,
    a_gateway_deployed_for_everybody,
    a_second_interface_of_a_machine,
    a_second_interface_of_a_scale_set,
    a_second_address_of_an_interface,
    a_rule_for_a_port_that_an_attacker_chooses,
    a_resource_that_the_plan_does_not_have,
    a_role_of_somebody_else,
    an_identity_of_a_gateway_for_other_pods,
    certificates_of_somebody_else,
    an_account_of_somebody_else,
)


def _in_namespace(environment: model.Environment, namespace: str, name: str) -> model.Environment:
    """With the workloads of a namespace in another, also where routes and traffic name them."""
    changed: dict[int, Any] = {}

    def moved(value: Any) -> Any:
        if isinstance(value, model.Workload) and value.namespace == namespace:
            return replace(value, namespace=name)
        if isinstance(value, tuple):
            return tuple(map(moved, value))
        if is_dataclass(value) and not isinstance(value, type):
            if id(value) not in changed:
                fields_ = {field.name: moved(getattr(value, field.name)) for field in fields(value) if field.init}
                changed[id(value)] = replace(value, **fields_)
            return changed[id(value)]
        return value

    found: model.Environment = moved(environment)
    return found


def _with_gateway(
    environment: model.Environment, cluster: model.Cluster, gateway: model.IngressGateway
) -> model.Environment:
    """With another gateway of that name, also where routes come by it."""
    ingress = tuple(gateway if each.name == gateway.name else each for each in cluster.ingress)
    changed = replace(cluster, ingress=ingress)

    def moved(value: Any) -> Any:
        if isinstance(value, model.Ingress) and value.cluster.name == cluster.name:
            return model.Ingress(changed, next(each for each in ingress if each.name == value.gateway.name))
        return value

    return replace(
        environment,
        clusters=tuple(changed if each.name == cluster.name else each for each in environment.clusters),
        routes=tuple(replace(route, caller=moved(route.caller)) for route in environment.routes),
    )


def _interface(plan: Plan, name: str, subnet: AzureResource) -> AzureResource:
    like = next(iter(_interfaces(plan)))
    configuration = {**like.properties["ipConfigurations"][0], "subnet": {"id": subnet.id}}
    return replace(
        like,
        name=f"interface/{name}",
        id=f"{like.id}-second",
        properties={**like.properties, "networkInterfaceName": name, "ipConfigurations": [configuration]},
    )


def _interfaces(plan: Plan) -> Iterator[AzureResource]:
    return of_token(plan, "network:NetworkInterface")
