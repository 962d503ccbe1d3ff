"""An Azure resource type, as the shape of its bodies: which members there are, of which type, required, read-only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from mesh import azure_ids
from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property, Sort
from mesh.lab.arm.ids import GROUPS
from mesh.lab.arm.schema import wire_names

_PARAMETERS_OF_THE_SDK = frozenset({"azureApiVersion", "subscriptionId"})

_OPEN = frozenset(
    {
        *("vmSize", "storageAccountType", "osSKU", "version", "networkApiVersion"),
        *("networkPlugin", "networkPolicy", "loadBalancerSku", "outboundType"),
    }
)
"""Texts of which Azure takes more values than it documents, since sizes, disks and systems come without a new version;
and those that AKS refuses with codes of their own, which are left to its rules."""

_DOUBLES = frozenset({"maxPrice", "spotMaxPrice"})
"""The only numbers that are not whole; the SDK has a float for every 64-bit integer as well."""

_MORE_VALUES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("dbforpostgresql.UserAssignedIdentity", "type"): ("None", "SystemAssigned,UserAssigned"),
    ("dbforpostgresql.DataEncryption", "type"): ("SystemManaged",),
}
"""Documented, and not known to the SDK."""


@dataclass(frozen=True)
class Shape:
    sort: Sort
    name: str = ""
    """Of an object: the SDK's name of its class."""
    item: "Shape | None" = None
    values: tuple[str, ...] = ()
    """What a text may be, whatever its casing; empty: anything."""
    described: Callable[[], Mapping[str, "Member"]] | None = field(default=None, compare=False)

    @cached_property
    def members(self) -> Mapping[str, "Member"]:
        """Of an object; looked up when first asked for, since types contain each other."""
        return self.described() if self.described else {}


@dataclass(frozen=True)
class Member:
    shape: Shape
    required: bool = False
    read_only: bool = False


_TEXT, _ANYTHING = Shape("text"), Shape("anything")
_STATUS = Shape("object", "Status", described=lambda: {"provisioningError": Member(_ANYTHING, read_only=True)})
_REFERENCE = Shape("object", "SubResource", described=lambda: {"id": Member(_TEXT)})

# Settable by Azure's published types, and no inputs of the SDK.
_MORE_MEMBERS: Mapping[str, Mapping[str, Member]] = {
    "IpamPoolPrefixAllocation": {"pool": Member(_REFERENCE)},
    "ManagedCluster.properties": {"status": Member(_STATUS)},
    "ManagedClusterAgentPoolProfile": {"status": Member(_STATUS)},
    "AgentPool.properties": {"status": Member(_STATUS)},
    "VaultProperties": {
        "vaultUri": Member(_TEXT),
        "provisioningState": Member(Shape("text", values=("Succeeded", "RegisteringDns"))),
    },
    "ServiceAssociationLink.properties": {
        "allowDelete": Member(Shape("flag")),
        "locations": Member(Shape("list", item=_TEXT)),
    },
    "PrivateZone": {"etag": Member(_TEXT)},
    "VirtualNetworkLink": {"etag": Member(_TEXT)},
    "PrivateRecordSet": {"etag": Member(_TEXT)},
}
_NOT_IN_BODIES: Mapping[str, frozenset[str]] = {"IpamPoolPrefixAllocation": frozenset({"id"})}

_SERVER_GIVEN = {
    **{name: Member(_TEXT, read_only=True) for name in ("id", "name", "type")},
    "systemData": Member(_ANYTHING, read_only=True),
}
"""Of every resource; a client may repeat them."""


@cache
def of_type(type_name: str) -> Shape | None:
    """The shape of a resource type's bodies, whatever the casing; None where the SDK has no such resource."""
    token = _token(type_name.lower())
    return _of_resource(token) if token else None


def type_name(token: str) -> str:
    """Microsoft.Network/virtualNetworks of azure-native:network:VirtualNetwork."""
    return _type_of(azure_ids.ADDRESSES[token].path)


def _token(type_name: str) -> str | None:
    for token, address in azure_ids.ADDRESSES.items():
        pattern = re.escape(_type_of(address.path)).replace(re.escape("{recordType}"), "(A|AAAA|CNAME|MX|PTR|SRV|TXT)")
        if re.fullmatch(pattern, type_name, re.IGNORECASE):
            return token
    return None


def _type_of(path: str) -> str:
    """Microsoft.Network/virtualNetworks/subnets of …/providers/Microsoft.Network/virtualNetworks/{…}/subnets/{…}."""
    within = path.rpartition("/providers/")[2]
    if within == path:
        return GROUPS
    provider, *pairs = within.split("/")
    return "/".join((provider, *pairs[::2]))


def _of_resource(token: str) -> Shape:
    _, module, name = token.split(":")
    parameters = {*azure_ids.ADDRESSES[token].parameters, *_PARAMETERS_OF_THE_SDK}

    def members() -> Mapping[str, Member]:
        given = {key: value for key, value in sdk_types.inputs(token).items() if key not in parameters}
        shown = {key: value for key, value in sdk_types.outputs(token).items() if key not in _PARAMETERS_OF_THE_SDK}
        merged = _merged(module, name, given, shown)
        if "properties" not in merged:
            merged = _with_properties(name, merged, is_resource=True)
        return {**merged, **_MORE_MEMBERS.get(name, {}), **_SERVER_GIVEN}

    return Shape("object", name, described=members)


@cache
def _of_class(given: type | None, shown: type | None) -> Shape:
    """The shape of a class of inputs, with what the class of outputs beside it has more, read-only."""
    sdk_class = given or shown
    assert sdk_class is not None
    module, name = sdk_types.module_name(sdk_class), sdk_types.base_name(sdk_class)

    def members() -> Mapping[str, Member]:
        beside = shown or (sdk_types.response_class(given) if given else None)
        merged = _merged(
            module, name, sdk_types.members(given) if given else {}, sdk_types.members(beside) if beside else {}
        )
        if wire_names.has_properties(module, name):
            merged = _with_properties(name, merged, is_resource=False)
        absent = _NOT_IN_BODIES.get(name, frozenset())
        kept = {key: member for key, member in merged.items() if key not in absent}
        return {**kept, **_MORE_MEMBERS.get(name, {})}

    return Shape("object", name, described=members)


def _merged(
    module: str, name: str, given: Mapping[str, Property], shown: Mapping[str, Property]
) -> Mapping[str, Member]:
    return {
        wire_names.azure_name(name, key): Member(
            _shape(module, name, key, given.get(key), shown.get(key)),
            required=key in given and given[key].required,
            read_only=key not in given,
        )
        for key in (*given, *(key for key in shown if key not in given))
    }


def _with_properties(name: str, merged: Mapping[str, Member], is_resource: bool) -> Mapping[str, Member]:
    """A resource is written with its properties; a sub-resource may be named by its id alone."""
    outside = {key: member for key, member in merged.items() if wire_names.is_outside(name, key)}
    inside = {key: member for key, member in merged.items() if key not in outside}
    inner = Shape(
        "object", f"{name}Properties", described=lambda: {**inside, **_MORE_MEMBERS.get(f"{name}.properties", {})}
    )
    needed = is_resource and any(member.required for member in inside.values())
    return {**outside, "properties": Member(inner, required=needed)}


def _shape(module: str, name: str, key: str, given: Property | None, shown: Property | None) -> Shape:
    kind, beside = (given or shown or Property(Kind("anything"))).kind, shown.kind if shown else None
    if beside and kind.sort == "list" and beside.sort == "map":
        kind, given = beside, None  # identities: the SDK's list of ids is Azure's map from id to an empty object
    shape = _of_kind(kind, beside, is_given=given is not None)
    if shape.sort == "number" and key not in _DOUBLES:
        return Shape("whole")
    if not shape.values:
        return shape
    if key in _OPEN:
        return _TEXT
    return Shape("text", values=(*shape.values, *_MORE_VALUES.get((f"{module}.{name}", key), ())))


def _of_kind(kind: Kind, beside: Kind | None, is_given: bool) -> Shape:
    if kind.item:
        return Shape(kind.sort, item=_of_kind(kind.item, beside.item if beside else None, is_given))
    if kind.object_class:
        if not is_given:
            return _of_class(None, kind.object_class)
        return _of_class(kind.object_class, beside.object_class if beside else None)
    return Shape(kind.sort, values=kind.values)
