"""Network interfaces: their addresses in subnets, and the machine that has them."""

from collections.abc import Iterator

from mesh.lab.arm import ids, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules, public_addresses, subnet_addresses
from mesh.lab.arm.network.network_rules import same
from mesh.lab.arm.network.subnet_addresses import own, subnet_id
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/networkInterfaces"
_SUBNETS = "Microsoft.Network/virtualNetworks/subnets"
_APPLICATION_GROUPS = "Microsoft.Network/applicationSecurityGroups"
_CONFIGURATIONS_MAX = 256


def _shape_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    given = properties(write).get("ipConfigurations") or []
    if not given:
        yield network_rules.missing("ipConfigurations", write)
    if len(given) > _CONFIGURATIONS_MAX:
        yield network_rules.refused(
            f"Network interface {write.id} has more than {_CONFIGURATIONS_MAX} IP configurations."
        )
    for configuration in given:
        if not configuration.get("name"):
            yield network_rules.missing("ipConfigurations.name", write)
        if not subnet_id(configuration):
            yield network_rules.missing("ipConfigurations.properties.subnet.id", write)
    if len(given) > 1 and sum(bool(own(one).get("primary")) for one in given) != 1:
        yield network_rules.refused(f"Network interface {write.id} must have exactly one primary IP configuration.")


def _subnet_refusals(write: Write) -> Iterator[Rejection]:
    given = properties(write)["ipConfigurations"]
    yield from network_rules.reference_refusals(write, [subnet_id(one) for one in given], None, _SUBNETS)
    if len({ids.folded(ids.parent(subnet_id(one))) for one in given}) > 1:
        yield network_rules.refused(
            f"The IP configurations of {write.id} must be in one virtual network.",
            write.id,
        )
    for configuration in given:
        place = subnet_id(configuration)
        network = write.resources.get(ids.parent(place))
        if network and regions.normalized(network["location"]) != regions.normalized(write.body["location"]):
            yield network_rules.invalid_reference(place, write.id)
        subnet = write.resources.get(place)
        if subnet and subnet["properties"].get("delegations"):
            yield Rejection(
                "ResourceNotPermittedOnDelegatedSubnet",
                f"Cannot use the resource {write.id} on subnet {place}: it is delegated to"
                f" {subnet['properties']['delegations'][0]['properties']['serviceName']}.",
            )


def _address_refusals(write: Write) -> Iterator[Rejection]:
    for configuration in properties(write)["ipConfigurations"]:
        given = own(configuration)
        if given.get("privateIPAllocationMethod") == "Static":
            yield from subnet_addresses.static_refusals(write, given.get("privateIPAddress"), subnet_id(configuration))
        else:
            subnet = write.resources.get(subnet_id(configuration))
            if (
                subnet
                and not subnet_addresses.kept(write, configuration)
                and subnet_addresses.free(subnet, write) is None
            ):
                yield Rejection(
                    "SubnetIsFull",
                    f"Subnet {subnet['name']} with address prefix {', '.join(network_rules.prefixes(subnet))} does not"
                    " have"
                    " enough capacity for 1 IP addresses.",
                )


def _reference_refusals(write: Write) -> Iterator[Rejection]:
    location = write.body["location"]
    group = network_rules.references(properties(write).get("networkSecurityGroup"))
    yield from network_rules.reference_refusals(write, group, location, "Microsoft.Network/networkSecurityGroups")
    for configuration in properties(write)["ipConfigurations"]:
        public = network_rules.references(own(configuration).get("publicIPAddress"))
        yield from network_rules.reference_refusals(write, public, location, public_addresses.TYPE)
        for reference in public:
            held = write.resources.get(reference["id"])
            yield from public_addresses.in_use_refusals(write, held) if held else ()
        groups = own(configuration).get("applicationSecurityGroups") or []
        yield from network_rules.reference_refusals(write, groups, location, _APPLICATION_GROUPS)
        yield from _application_group_refusals(write, groups, subnet_id(configuration))


def _application_group_refusals(write: Write, groups: list[Body], in_subnet: str) -> Iterator[Rejection]:
    """All interfaces in an application security group are in the network of the first (application-security-groups)."""
    network = ids.folded(ids.parent(in_subnet))
    for group in groups:
        for other in write.resources.referring_to(group["id"], TYPE):
            elsewhere = {ids.folded(ids.parent(subnet_id(one))) for one in other["properties"]["ipConfigurations"]}
            if not same(other["id"], write.id) and network not in elsewhere:
                yield network_rules.refused(
                    f"Application security group {group['id']} has network interfaces in another virtual network,"
                    f" such as {other['id']}.",
                    write.id,
                )


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None and key != "virtualMachine"}
    configurations: list[Body] = []
    for configuration in given["ipConfigurations"]:
        configurations.append(_configuration(write, configuration, configurations))
    return {
        **{key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None},
        "properties": {
            "enableAcceleratedNetworking": False,
            "enableIPForwarding": False,
            "disableTcpStateTracking": False,
            "vnetEncryptionSupported": False,
            "hostedWorkloads": [],
            "tapConfigurations": [],
            "nicType": "Standard",
            "auxiliaryMode": "None",
            "auxiliarySku": "None",
            **given,
            "resourceGuid": network_rules.guid(write.id),
            "dnsSettings": {
                "appliedDnsServers": [],
                "dnsServers": [],
                **(given.get("dnsSettings") or {}),
            },
            "ipConfigurations": configurations,
        },
    }


def _configuration(write: Write, configuration: Body, before: list[Body]) -> Body:
    given = {key: value for key, value in own(configuration).items() if value is not None}
    method = given.get("privateIPAllocationMethod", "Dynamic")
    address = given.get("privateIPAddress") if method == "Static" else subnet_addresses.kept(write, configuration)
    subnet = write.resources.get(subnet_id(configuration))
    if address is None and subnet is not None:
        address = subnet_addresses.free(
            subnet,
            write,
            frozenset(one["properties"]["privateIPAddress"] for one in before),
        )
    return {
        "name": configuration["name"],
        "id": f"{write.id}/ipConfigurations/{configuration['name']}",
        "type": f"{TYPE}/ipConfigurations",
        "properties": {
            "primary": True,
            "privateIPAddressVersion": "IPv4",
            **given,
            "provisioningState": "Succeeded",
            "privateIPAddress": address,
            "privateIPAllocationMethod": method,
        },
    }


def _shown(body: Body, resources: Resources) -> Body:
    machines = network_rules.users(body["id"], resources, "Microsoft.Compute/virtualMachines")
    added = {"virtualMachine": {"id": machines[0]}, "primary": True} if machines else {}
    return {**body, "properties": {**body["properties"], **added}}


def _validate_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(
        body["id"],
        resources,
        "Microsoft.Compute/virtualMachines",
        "Microsoft.Network/privateEndpoints",
    )
    if using:
        raise Rejection(
            "NicInUse",
            f"Network Interface {body['id']} is used by existing resource {using[0]}. In order to delete the network"
            " interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.",
        )


TYPES = (
    ResourceType(
        name=TYPE,
        validate=validation(_shape_refusals, _subnet_refusals, _address_refusals, _reference_refusals),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
    ),
)
