"""Virtual machines and their disks: what Azure fills in, and what comes and goes with one."""

import hashlib
import uuid
from collections.abc import Iterator

from mesh.lab.arm import identity, ids
from mesh.lab.arm.compute import virtual_machine_rules as rules
from mesh.lab.arm.compute import virtual_machine_systems
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write

MACHINE_TYPE = "Microsoft.Compute/virtualMachines"
DISK_TYPE = "Microsoft.Compute/disks"
MACHINE_SECONDS = 0.5

_DIGEST = "customDataDigest"
"""Custom data is never given back; its digest is kept to see a change of it, and not shown."""


def _completed(write: Write) -> Body:
    sent = properties(write)
    windows = virtual_machine_systems.is_windows(sent)
    machine = filled(
        sent,
        {
            "vmId": _machine_id(write),
            "storageProfile": {"osDisk": _os_disk(write, windows), "dataDisks": []},
            "networkProfile": {},
        },
    )
    if sent.get("osProfile"):
        machine["osProfile"] = _os_profile(sent["osProfile"], properties_before(write), windows)
    image = machine["storageProfile"].get("imageReference") or {}
    if image.get("version") and image["version"] != "latest":
        image["exactVersion"] = image["version"]
    machine["networkProfile"]["networkInterfaces"] = [
        _interface(interface) for interface in machine["networkProfile"]["networkInterfaces"]
    ]
    block = identity.assigned(write.body.get("identity"), write.id)
    return write.body | ({"identity": block} if block else {}) | {"properties": machine}


def _machine_id(write: Write) -> str:
    """Another one each time that a machine of this name is made."""
    return properties_before(write).get("vmId") or str(uuid.uuid4())


def _os_disk(write: Write, windows: bool) -> Body:
    before = (properties_before(write).get("storageProfile") or {}).get("osDisk")
    if before:
        return dict(before)
    sent = properties(write)["storageProfile"]["osDisk"]
    suffix = hashlib.sha256(f"{ids.folded(write.id)}/{_disks_of_that_name(write)}".encode()).hexdigest()[:32]
    name = sent.get("name") or f"{write.name}_OsDisk_1_{suffix}"
    return {
        "osType": "Windows" if windows else "Linux",
        "name": name,
        "caching": "ReadWrite",
        "createOption": "FromImage",
        "deleteOption": "Detach",
        "diskSizeGB": 127 if windows else 30,
        "managedDisk": {"storageAccountType": "Premium_LRS", "id": f"{_group(write.id)}/providers/{DISK_TYPE}/{name}"},
    }


def _disks_of_that_name(write: Write) -> int:
    start = f"{write.name}_OsDisk_1_".lower()
    disks = write.resources.of_type(DISK_TYPE, _group(write.id))
    return sum(disk["name"].lower().startswith(start) for disk in disks)


def _group(resource_id: str) -> str:
    return ids.group_id(resource_id) or ""


def _os_profile(sent: Body, before: Body, windows: bool) -> Body:
    mode = "AutomaticByOS" if windows else "ImageDefault"
    agent = {"provisionVMAgent": True, "patchSettings": {"patchMode": mode, "assessmentMode": "ImageDefault"}}
    if windows:
        system: Body = {"windowsConfiguration": agent | {"enableAutomaticUpdates": True}}
    else:
        system = {"linuxConfiguration": agent | {"disablePasswordAuthentication": False}}
    defaults = {"secrets": [], "allowExtensionOperations": True, "requireGuestProvisionSignal": True} | system
    profile = {
        key: value for key, value in filled(sent, defaults).items() if key not in ("adminPassword", "customData")
    }
    digest = _digest(sent) or (before.get("osProfile") or {}).get(_DIGEST)
    return profile | ({_DIGEST: digest} if digest else {})


def _digest(os_profile: Body) -> str | None:
    custom_data = os_profile.get("customData")
    return hashlib.sha256(custom_data.encode()).hexdigest() if custom_data else None


def _interface(sent: Body) -> Body:
    return {"id": sent["id"], "properties": sent.get("properties") or {}}


def _custom_data_refusals(write: Write) -> Iterator[Rejection]:
    digest = _digest(properties(write).get("osProfile") or {})
    if write.before and digest and digest != (properties_before(write).get("osProfile") or {}).get(_DIGEST):
        yield Rejection(
            "PropertyChangeNotAllowed",
            "Changing property 'osProfile.customData' is not allowed.",
            409,
            target="osProfile.customData",
        )


def _shown(machine: Body, _resources: Resources) -> Body:
    os_profile = machine["properties"].get("osProfile")
    if not os_profile:
        return machine
    public = {key: value for key, value in os_profile.items() if key != _DIGEST}
    return machine | {"properties": machine["properties"] | {"osProfile": public}}


def _consequences(before: Body | None, after: Body | None, resources: Resources) -> Changes:
    """The OS disk is made with the machine, and goes or stays as its deleteOption says; so do network interfaces."""
    machine = after or before
    if machine is None:
        return {}
    disk = machine["properties"]["storageProfile"]["osDisk"]
    disk_id = disk["managedDisk"]["id"]
    if after is not None:
        return {disk_id: _disk(machine, disk, "Attached", resources.get(disk_id))}
    changes: dict[str, Body | None] = {
        disk_id: None
        if disk["deleteOption"] == "Delete"
        else _disk(machine, disk, "Unattached", resources.get(disk_id))
    }
    for interface in machine["properties"]["networkProfile"]["networkInterfaces"]:
        if interface["properties"].get("deleteOption") == "Delete" and resources.get(interface["id"]):
            changes[interface["id"]] = None
    return changes


def _disk(machine: Body, disk: Body, state: str, present: Body | None) -> Body:
    made = {
        "location": machine["location"],
        "sku": {"name": disk["managedDisk"]["storageAccountType"], "tier": "Premium"},
        "properties": {
            "osType": disk["osType"],
            "diskSizeGB": disk["diskSizeGB"],
            "creationData": {"createOption": disk["createOption"]},
        },
    }
    body = {key: value for key, value in (present or made).items() if key != "managedBy"}
    body["properties"] = body["properties"] | {"diskState": state}
    return body | ({"managedBy": machine["id"]} if state == "Attached" else {})


def _refuse_to_delete_attached_disk(disk: Body, _resources: Resources) -> None:
    if disk.get("managedBy"):
        raise Rejection("OperationNotAllowed", f"Disk {disk['name']} is attached to VM {disk['managedBy']}.", 409)


def _disk_refusals(write: Write) -> Iterator[Rejection]:
    if not (properties(write).get("creationData") or {}).get("createOption"):
        yield Rejection(
            "InvalidParameter",
            "Required parameter 'creationData.createOption' is missing (null).",
            target="creationData.createOption",
        )


TYPES = (
    ResourceType(
        MACHINE_TYPE,
        validate=validation(
            rules.name_refusals,
            rules.zone_refusals,
            rules.storage_refusals,
            rules.size_refusals,
            rules.boot_refusals,
            virtual_machine_systems.refusals,
            rules.interface_refusals,
            rules.identity_refusals,
            rules.change_refusals,
            _custom_data_refusals,
        ),
        completed=_completed,
        seconds=MACHINE_SECONDS,
        shown=_shown,
        consequences=_consequences,
        replaced_when_changed=(
            *("zones", "osProfile.computerName", "osProfile.adminUsername", "osProfile.customData"),
            *("osProfile.linuxConfiguration.ssh", "storageProfile.imageReference", "storageProfile.osDisk.name"),
        ),
    ),
    ResourceType(DISK_TYPE, validate=validation(_disk_refusals), validate_delete=_refuse_to_delete_attached_disk),
)
