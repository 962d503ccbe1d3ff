"""What Azure refuses in a virtual machine."""

import re
from collections.abc import Iterator
from typing import Any

from mesh.lab.arm import identity, ids, regions
from mesh.lab.arm.compute import virtual_machine_images, virtual_machine_sizes, virtual_machine_systems
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before
from mesh.lab.arm.resource_types import Body, Write

# Where no code of its own is on record: InvalidParameter, Compute's general one.
_NAME_FORBIDDEN = re.compile(r"[\\/\"\[\]:|<>+=;,?*@&\s]")
_NAME_MAX = 64
_WINDOWS_NAME_MAX = 15
_IMAGE_PARTS = ("publisher", "offer", "sku", "version")
_IMAGE_VERSION = re.compile(r"latest|\d+\.\d+\.\d+")
_CREATE_ONLY = (
    ("storageProfile", "imageReference"),
    ("storageProfile", "osDisk", "name"),
    ("osProfile", "adminUsername"),
    ("osProfile", "computerName"),
    ("osProfile", "linuxConfiguration", "ssh", "publicKeys"),
    ("osProfile", "linuxConfiguration", "disablePasswordAuthentication"),
)


def name_refusals(write: Write) -> Iterator[Rejection]:
    name = write.name
    longest = _WINDOWS_NAME_MAX if virtual_machine_systems.is_windows(properties(write)) else _NAME_MAX
    if len(name) > longest or _NAME_FORBIDDEN.search(name) or name.startswith("_") or name.endswith((".", "-")):
        yield _invalid("vmName", f"'{name}' is not a valid name of a virtual machine of at most {longest} characters.")


def size_refusals(write: Write) -> Iterator[Rejection]:
    name = str((properties(write).get("hardwareProfile") or {}).get("vmSize") or "")
    if not name:
        yield _required("vmSize")
    if virtual_machine_sizes.size(name) is None:
        yield _invalid(
            "vmSize",
            f"The value {name} provided for the VM size is not valid. The valid sizes are those of the region.",
        )
    disk = (properties(write).get("storageProfile") or {}).get("osDisk") or {}
    is_premium = str((disk.get("managedDisk") or {}).get("storageAccountType")).startswith("Premium")
    if is_premium and not re.search(r"\d+[a-z]*s(_|$)|_DS", name):
        yield _invalid(
            "osDisk.managedDisk.storageAccountType",
            f"Requested operation cannot be performed because the VM size {name} does not support the storage "
            "account type "
            f"{disk['managedDisk']['storageAccountType']} of disk '{disk.get('name')}'. Consider updating the "
            "VM to a size "
            "that supports Premium storage.",
        )


def zone_refusals(write: Write) -> Iterator[Rejection]:
    location = regions.normalized(write.body["location"])
    zones = [str(zone) for zone in write.body.get("zones") or []]
    if zones and location in regions.WITHOUT_ZONES:
        yield Rejection(
            "LocationNotSupportAvailabilityZones",
            f"The resource '{write.name}' has zones, which location '{location}' does not have.",
        )
    if len(zones) > 1 or not set(zones) <= {"1", "2", "3"}:
        yield Rejection(
            "InvalidAvailabilityZone",
            f"The zone(s) '{', '.join(zones)}' for resource '{write.name}' is not supported. A virtual machine "
            "is in one of "
            "'1', '2', '3'.",
        )
    before = (write.before or {}).get("zones") or []
    if write.before and zones != before:
        yield _change("zones")


def storage_refusals(write: Write) -> Iterator[Rejection]:
    profile = properties(write).get("storageProfile") or {}
    disk = profile.get("osDisk") or {}
    if not disk:
        yield _required("storageProfile.osDisk")
    if disk["createOption"] not in ("FromImage", "Attach", "Empty"):
        yield _invalid("osDisk.createOption", f"'{disk['createOption']}' is not one of FromImage, Attach, Empty.")
    units = [data["lun"] for data in profile.get("dataDisks") or []]
    if len(units) != len(set(units)):
        yield _invalid("dataDisk.lun", "Two data disks have the same logical unit number.")
    yield from _image_refusals(profile.get("imageReference") or {}, disk)


def _image_refusals(image: Body, disk: Body) -> Iterator[Rejection]:
    if disk["createOption"] == "FromImage" and not image:
        yield _required("imageReference")
    if image.get("id") and any(image.get(part) for part in _IMAGE_PARTS):
        yield _invalid("imageReference", "An image is referred to by its id or by publisher, offer, sku and version.")
    if image and not image.get("id"):
        for part in _IMAGE_PARTS:
            if not image.get(part):
                yield _required(f"imageReference.{part}")
        if not _IMAGE_VERSION.fullmatch(image["version"]):
            yield _invalid("imageReference.version", f"'{image['version']}' is neither 'latest' nor Major.Minor.Build.")


def boot_refusals(write: Write) -> Iterator[Rejection]:
    profile = properties(write)
    reference = (profile.get("storageProfile") or {}).get("imageReference") or {}
    yield from image_refusals(profile["hardwareProfile"]["vmSize"], reference, profile.get("securityProfile") or {})


def image_refusals(size: str, reference: Body, security: Body) -> Iterator[Rejection]:
    """Of an image on a size; Azure/azure-cli#27975, #17599, kubermatic/kubermatic#13184 have the messages."""
    image, processor = virtual_machine_images.image(reference), virtual_machine_sizes.architecture(size)
    trusted = security.get("securityType") == "TrustedLaunch"
    if image and image.architecture != processor:
        yield Rejection(
            "BadRequest",
            f"Cannot create a VM of size '{size}' because this VM size only supports a CPU Architecture of "
            f"'{processor}', but an image or disk with CPU Architecture '{image.architecture}' was given. Please check "
            "that the CPU Architecture of the image or disk is compatible with that of the VM size.",
        )
    if image and image.generation == "1" and not virtual_machine_sizes.boots_first_generation(size):
        yield Rejection(
            "BadRequest",
            f"The selected VM size '{size}' cannot boot Hypervisor Generation '1'. If this was a Create operation "
            "please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected"
            " VM Size. If this was an Update operation please select a Hypervisor Generation '1' VM Size. For more "
            "information, see https://aka.ms/azuregen2vm",
        )
    if trusted and (processor == "Arm64" or (image and image.generation == "1")):
        yield Rejection(
            "BadRequest",
            "Use of TrustedLaunch setting is not supported for the provided image. Please select Trusted Launch "
            "Supported Gen2 OS Image. For more information, see https://aka.ms/TrustedLaunch-FAQ.",
        )


def interface_refusals(write: Write) -> Iterator[Rejection]:
    given = (properties(write).get("networkProfile") or {}).get("networkInterfaces") or []
    if not given:
        yield _required("networkProfile.networkInterfaces")
    primaries = [reference for reference in given if (reference.get("properties") or {}).get("primary")]
    if len(given) > 1 and len(primaries) != 1:
        yield _invalid(
            "networkInterfaces", f"Virtual machine {write.name} must have one network interface set as the primary."
        )
    for reference in given:
        interface = write.resources.get(reference["id"])
        if interface is None or regions.normalized(interface["location"]) != regions.normalized(write.body["location"]):
            yield Rejection(
                "InvalidResourceReference",
                f"Resource {reference['id']} referenced by resource {write.id} was not found. Please make sure that "
                "the referenced "
                "resource exists, and that both resources are in the same region.",
            )
        for user in write.resources.referring_to(reference["id"], "Microsoft.Compute/virtualMachines"):
            if ids.folded(user["id"]) != ids.folded(write.id):
                yield Rejection(
                    "NicInUse",
                    f"Network Interface {reference['id']} is used by existing resource {user['id']}. In order to use "
                    "it, it must "
                    "be dissociated from the resource. To learn more, see aka.ms/deletenic.",
                )


def identity_refusals(write: Write) -> Iterator[Rejection]:
    for missing in identity.missing_identities(write.body.get("identity"), write.resources):
        yield Rejection(
            "FailedIdentityOperation",
            f"Identity operation for resource '{write.id}' failed with error 'Failed to perform resource "
            "identity operation. "
            f"Status: 'BadRequest'. Response: Resource '{missing}' was not found.'.",
        )


def change_refusals(write: Write) -> Iterator[Rejection]:
    """The support article on imageReference, and the descriptions of the properties in the REST reference."""
    if write.before is None:
        return
    for path in _CREATE_ONLY:
        sent, present = _at(properties(write), path), _at(properties_before(write), path)
        if sent is not None and not _is_same(sent, present):
            yield _change(".".join(path[1:] if path[0] == "storageProfile" else path))


def _at(body: Body, path: tuple[str, ...]) -> Any:
    value: Any = body
    for key in path:
        value = (value or {}).get(key)
    return value


def _is_same(sent: object, present: object) -> bool:
    """Azure adds members to what was sent (an image's exactVersion)."""
    if isinstance(sent, dict) and isinstance(present, dict):
        return all(_is_same(value, present.get(key)) for key, value in sent.items())
    if isinstance(sent, list) and isinstance(present, list):
        return len(sent) == len(present) and all(map(_is_same, sent, present))
    return sent == present


def _invalid(target: str, message: str) -> Rejection:
    return Rejection("InvalidParameter", message, target=target)


def _required(name: str) -> Rejection:
    return _invalid(name, f"Required parameter '{name}' is missing (null).")


def _change(name: str) -> Rejection:
    return Rejection("PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", 409, target=name)
