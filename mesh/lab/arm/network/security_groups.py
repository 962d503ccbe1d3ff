"""Network security groups with their rules, and the application security groups that rules may name."""

from collections.abc import Iterator

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.inline_children import InlineChildren
from mesh.lab.arm.network import network_rules, security_rules
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/networkSecurityGroups"
RULE_TYPE = f"{TYPE}/securityRules"
APPLICATION_GROUP_TYPE = "Microsoft.Network/applicationSecurityGroups"

# https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
_RULES_MAX = 1000
_ADDRESSES_MAX = 4000
_USERS = (
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.Network/networkInterfaces",
)

_DEFAULT_RULES = (
    (
        "AllowVnetInBound",
        "Allow inbound traffic from all VMs in VNET",
        "Inbound",
        65000,
        "VirtualNetwork",
        "VirtualNetwork",
    ),
    (
        "AllowAzureLoadBalancerInBound",
        "Allow inbound traffic from azure load balancer",
        "Inbound",
        65001,
        "AzureLoadBalancer",
        "*",
    ),
    ("DenyAllInBound", "Deny all inbound traffic", "Inbound", 65500, "*", "*"),
    (
        "AllowVnetOutBound",
        "Allow outbound traffic from all VMs to all VMs in VNET",
        "Outbound",
        65000,
        "VirtualNetwork",
        "VirtualNetwork",
    ),
    (
        "AllowInternetOutBound",
        "Allow outbound traffic from all VMs to Internet",
        "Outbound",
        65001,
        "*",
        "Internet",
    ),
    ("DenyAllOutBound", "Deny all outbound traffic", "Outbound", 65500, "*", "*"),
)


def _name_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)


def _limit_refusals(write: Write) -> Iterator[Rejection]:
    yield from _limits(write.id, properties(write).get("securityRules") or [])


def _limit_refusals_alone(write: Write) -> Iterator[Rejection]:
    group = ids.parent(write.id)
    others = [
        rule for rule in write.resources.of_type(RULE_TYPE, group) if not network_rules.same(rule["id"], write.id)
    ]
    yield from _limits(group, [*others, write.body])


def _limits(group: str, rules: list[Body]) -> Iterator[Rejection]:
    """Addresses count over all rules, source and destination each by itself."""
    if len(rules) > _RULES_MAX:
        yield network_rules.refused(
            f"Network security group {group} has more than {_RULES_MAX} security rules.",
            group,
        )
    for key in ("sourceAddressPrefixes", "destinationAddressPrefixes"):
        count = sum(len((rule.get("properties") or {}).get(key) or []) for rule in rules)
        if count > _ADDRESSES_MAX:
            # kubernetes-sigs/cloud-provider-azure#2725
            yield Rejection(
                "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
                f"Network security group {group} cannot have more than {_ADDRESSES_MAX} addresses or ports over all"
                f" {key}; it has {count}.",
            )


def _completed(write: Write) -> Body:
    given = {
        key: value for key, value in properties(write).items() if value is not None and key != "defaultSecurityRules"
    }
    return {
        **{key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None},
        "properties": {
            **given,
            "resourceGuid": network_rules.guid(write.id),
            **RULES.completed_inside(write),
            "defaultSecurityRules": [_default_rule(write.id, *rule) for rule in _DEFAULT_RULES],
        },
    }


def _default_rule(
    group: str,
    name: str,
    description: str,
    direction: str,
    priority: int,
    source: str,
    destination: str,
) -> Body:
    return {
        "name": name,
        "id": f"{group}/defaultSecurityRules/{name}",
        "type": f"{TYPE}/defaultSecurityRules",
        "properties": {
            "provisioningState": "Succeeded",
            "description": description,
            "protocol": "*",
            "sourcePortRange": "*",
            "destinationPortRange": "*",
            "sourceAddressPrefix": source,
            "destinationAddressPrefix": destination,
            "access": "Deny" if name.startswith("Deny") else "Allow",
            "priority": priority,
            "direction": direction,
            "sourcePortRanges": [],
            "destinationPortRanges": [],
            "sourceAddressPrefixes": [],
            "destinationAddressPrefixes": [],
        },
    }


def _shown(body: Body, resources: Resources) -> Body:
    used = {
        key: [{"id": user_id} for user_id in network_rules.users(body["id"], resources, kind)]
        for key, kind in zip(("subnets", "networkInterfaces"), _USERS, strict=True)
    }
    return {
        **body,
        "properties": {
            **body["properties"],
            "securityRules": RULES.shown(body, resources),
            **{key: value for key, value in used.items() if value},
        },
    }


def _validate_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(body["id"], resources, *_USERS)
    if using:
        raise Rejection(
            "InUseNetworkSecurityGroupCannotBeDeleted",
            f"Network security group {body['id']} cannot be deleted because it is in use by the following resources:"
            f" {', '.join(using)}. In order to delete the Network security group, remove the association with the"
            " resource(s). To learn how to do this, see aka.ms/deletensg.",
        )


def _application_group_completed(write: Write) -> Body:
    return {
        **{key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None},
        "properties": {"resourceGuid": network_rules.guid(write.id)},
    }


def _validate_application_group_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(body["id"], resources, RULE_TYPE, "Microsoft.Network/networkInterfaces")
    if using:
        raise network_rules.refused(
            f"Application security group {body['id']} cannot be deleted because it is in use by {', '.join(using)}."
        )


RULES = InlineChildren(
    "securityRules",
    RULE_TYPE,
    security_rules.refusals,
    security_rules.completed,
    kept_when_absent=False,
)

TYPES = (
    ResourceType(
        name=TYPE,
        validate=validation(_name_refusals, RULES.refusals_inside, _limit_refusals),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
        consequences=RULES.consequences,
    ),
    ResourceType(
        name=RULE_TYPE,
        validate=validation(RULES.refusals_alone, _limit_refusals_alone),
        completed=security_rules.completed,
        seconds=network_rules.SECONDS,
        one_write_at_a_time_under=ids.parent,
        location="none",
        api_versions=network_rules.API_VERSIONS,
    ),
    ResourceType(
        name=APPLICATION_GROUP_TYPE,
        validate=validation(_name_refusals),
        completed=_application_group_completed,
        validate_delete=_validate_application_group_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
    ),
)
