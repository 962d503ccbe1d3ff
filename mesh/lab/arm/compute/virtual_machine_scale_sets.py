"""Scale sets of virtual machines, uniform ones: machines that Azure makes of one description."""

import re
import uuid
from collections.abc import Iterator

from mesh.lab.arm import identity
from mesh.lab.arm.compute import virtual_machine_rules, virtual_machine_sizes, virtual_machine_systems
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, ResourceType, Write

SCALE_SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"
SCALE_SET_SECONDS = 0.5

MAX_CAPACITY = 1000
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,62}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]{0,56}[A-Za-z0-9])?")


def _refusals(write: Write) -> Iterator[Rejection]:
    sku = write.body.get("sku") or {}
    if not _NAME.fullmatch(write.name):
        yield _invalid("vmScaleSetName", f"'{write.name}' is not a valid name of a scale set.")
    if virtual_machine_sizes.size(str(sku.get("name"))) is None:
        yield _invalid("sku.name", f"The value {sku.get('name')} provided for the VM size is not valid.")
    if not 0 <= (sku.get("capacity") or 0) <= MAX_CAPACITY:
        yield _invalid("sku.capacity", f"The capacity must be within 0 and {MAX_CAPACITY}.")
    if not (properties(write).get("upgradePolicy") or {}).get("mode"):
        yield _invalid("upgradePolicy.mode", "Required parameter 'upgradePolicy.mode' is missing (null).")


def _profile(write: Write) -> Body:
    profile: Body = properties(write).get("virtualMachineProfile") or {}
    return profile


def _os_refusals(write: Write) -> Iterator[Rejection]:
    profile = _profile(write)
    system = profile.get("osProfile") or {}
    disk = (profile.get("storageProfile") or {}).get("osDisk") or {}
    administrator = system.get("adminUsername") or ""
    if not profile:
        yield _invalid("virtualMachineProfile", "Required parameter 'virtualMachineProfile' is missing (null).")
    if not disk.get("createOption"):
        yield _invalid("osDisk.createOption", "Required parameter 'osDisk.createOption' is missing (null).")
    if not _PREFIX.fullmatch(system.get("computerNamePrefix") or ""):
        yield _invalid("computerNamePrefix", "A host name prefix of 1 to 58 letters, digits and hyphens is required.")
    if not administrator or administrator.lower() in virtual_machine_systems.DISALLOWED_ADMINISTRATORS:
        yield _invalid("adminUsername", "The Admin Username specified is not allowed.")


def _network_refusals(write: Write) -> Iterator[Rejection]:
    interfaces = (_profile(write).get("networkProfile") or {}).get("networkInterfaceConfigurations") or []
    if not interfaces or not all(interface.get("name") for interface in interfaces):
        yield _invalid("networkInterfaceConfigurations", "A network interface with a name is required.")
    for configuration in _configurations(interfaces):
        if not configuration.get("name"):
            yield _invalid("ipConfigurations.name", "Required parameter 'ipConfigurations.name' is missing (null).")
        subnet = ((configuration.get("properties") or {}).get("subnet") or {}).get("id")
        if not subnet or write.resources.get(subnet) is None:
            yield Rejection(
                "InvalidResourceReference",
                f"Resource {subnet} referenced by resource {write.id} was not found. Please make sure that the "
                "referenced "
                "resource exists, and that both resources are in the same region.",
            )


def _boot_refusals(write: Write) -> Iterator[Rejection]:
    profile = _profile(write)
    reference = (profile.get("storageProfile") or {}).get("imageReference") or {}
    yield from virtual_machine_rules.image_refusals(
        write.body["sku"]["name"], reference, profile.get("securityProfile") or {}
    )


def _configurations(interfaces: list[Body]) -> list[Body]:
    return [
        configuration
        for interface in interfaces
        for configuration in (interface.get("properties") or {}).get("ipConfigurations") or []
    ]


def _change_refusals(write: Write) -> Iterator[Rejection]:
    if write.before and (write.body.get("zones") or []) != (write.before.get("zones") or []):
        yield Rejection("PropertyChangeNotAllowed", "Changing property 'zones' is not allowed.", 409, target="zones")


def _completed(write: Write) -> Body:
    sent = filled(
        properties(write),
        {
            "uniqueId": properties_before(write).get("uniqueId") or str(uuid.uuid4()),
            "singlePlacementGroup": True,
            "orchestrationMode": "Uniform",
            "overprovision": True,
            "virtualMachineProfile": {"osProfile": {"secrets": [], "allowExtensionOperations": True}},
        },
    )
    profile = sent["virtualMachineProfile"]
    hidden = ("adminPassword", "customData")
    profile["osProfile"] = {key: value for key, value in profile["osProfile"].items() if key not in hidden}
    block = identity.assigned(write.body.get("identity"), write.id)
    sku = filled(write.body["sku"], {"tier": "Standard", "capacity": 0})
    return write.body | ({"identity": block} if block else {}) | {"sku": sku, "properties": sent}


def _invalid(target: str, message: str) -> Rejection:
    return Rejection("InvalidParameter", message, target=target)


TYPES = (
    ResourceType(
        SCALE_SET_TYPE,
        validate=validation(
            _refusals,
            _os_refusals,
            _boot_refusals,
            _network_refusals,
            virtual_machine_rules.identity_refusals,
            _change_refusals,
        ),
        completed=_completed,
        seconds=SCALE_SET_SECONDS,
    ),
)
