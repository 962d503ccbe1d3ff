"""Machines, as VMs: an identity, a network interface at the declared address, and the VM itself; or a scale set.

With a sidecar, cloud-init makes it join at its first boot. Of a machine that exists already only the identity is
made, and only where it has a sidecar: its owner attaches it and installs what joins (see machine_files).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mesh import names
from mesh.model import Environment, Machine, MachineSpecification, Network
from mesh.plan.resources import AzureResource, Base64
from mesh.render import azure, machine_files, machine_tokens
from mesh.render.network import subnet_id

ADMINISTRATOR = "mesh"


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    return tuple(item for machine in environment.machines for item in _resources(environment, machine))


def _resources(environment: Environment, machine: Machine) -> Iterator[AzureResource]:
    if machine.created is not None:
        yield _identity(environment, machine)
        if machine.created.instances is None:
            yield from _machine(environment, machine, machine.created)
        else:
            yield _scale_set(environment, machine, machine.created, machine.created.instances)
    elif machine in environment.machines_with_sidecar:
        yield _identity(environment, machine)


def _identity(environment: Environment, machine: Machine) -> AzureResource:
    return azure.resource(
        environment,
        "managedidentity:UserAssignedIdentity",
        f"identity/{names.machine_identity(machine)}",
        f"machine/{machine.name}",
        {"resourceName": names.machine_identity(machine)},
        azure.tracked(environment, machine.network.location),
    )


def _machine(environment: Environment, machine: Machine, created: MachineSpecification) -> Iterator[AzureResource]:
    component = f"machine/{machine.name}"
    envelope = azure.tracked(environment, machine.network.location)
    interface = azure.resource(
        environment,
        "network:NetworkInterface",
        f"interface/{machine.name}",
        component,
        {"networkInterfaceName": machine.name},
        {
            **envelope,
            "ipConfigurations": [
                {
                    "name": "primary",
                    "primary": True,
                    "privateIPAllocationMethod": "Static",
                    "privateIPAddress": str(machine.address),
                    "subnet": {"id": subnet_id(environment, machine.network, "machines")},
                }
            ],
        },
    )
    yield interface
    yield azure.resource(
        environment,
        "compute:VirtualMachine",
        f"machine/{machine.name}",
        component,
        {"vmName": machine.name},
        {
            **envelope,
            "identity": _identities(environment, machine),
            "hardwareProfile": {"vmSize": created.size},
            "networkProfile": {"networkInterfaces": [{"id": interface.id, "primary": True}]},
            "osProfile": {"computerName": machine.name, **_system(environment, machine, created)},
            "storageProfile": {
                "imageReference": _image(created),
                "osDisk": {
                    "name": f"{machine.name}-os",
                    "createOption": "FromImage",
                    "deleteOption": "Delete",
                    "managedDisk": {"storageAccountType": "Premium_LRS"},
                },
            },
            "securityProfile": _SECURE_BOOT,
            **_zones(created),
        },
        # Azure takes custom data at creation only; later changes go to the machine by other ways (docs/adr/0011).
        ignore_changes=("osProfile.customData",),
    )


def _scale_set(
    environment: Environment, machine: Machine, created: MachineSpecification, instances: int
) -> AzureResource:
    subnet = {"id": subnet_id(environment, machine.network, "machines")}
    return azure.resource(
        environment,
        "compute:VirtualMachineScaleSet",
        f"machine/{machine.name}",
        f"machine/{machine.name}",
        {"vmScaleSetName": machine.name},
        {
            **azure.tracked(environment, machine.network.location),
            "identity": _identities(environment, machine),
            "sku": {"name": created.size, "tier": "Standard", "capacity": instances},
            "orchestrationMode": "Uniform",
            # Else Azure starts more than are wanted, each of which would join the mesh, and deletes the surplus.
            "overprovision": False,
            # What runs goes on as it is; what is new is made as declared.
            "upgradePolicy": {"mode": "Manual"},
            "virtualMachineProfile": {
                "networkProfile": {
                    "networkInterfaceConfigurations": [
                        {
                            "name": "primary",
                            "primary": True,
                            "ipConfigurations": [{"name": "primary", "primary": True, "subnet": subnet}],
                        }
                    ]
                },
                "osProfile": {"computerNamePrefix": machine.name, **_system(environment, machine, created)},
                "storageProfile": {
                    "imageReference": _image(created),
                    "osDisk": {
                        "createOption": "FromImage",
                        "managedDisk": {"storageAccountType": "Premium_LRS"},
                    },
                },
                "securityProfile": _SECURE_BOOT,
            },
            **_zones(created),
        },
        depends_on=_declared_addresses(environment, machine.network),
    )


def _declared_addresses(environment: Environment, network: Network) -> tuple[str, ...]:
    """The interfaces that have one: they come first, as Azure gives instances whatever address is free."""
    return tuple(
        f"interface/{machine.name}"
        for machine in environment.machines
        if machine.network == network and machine.created is not None and machine.address is not None
    )


_SECURE_BOOT = {
    "securityType": "TrustedLaunch",
    "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
}


def _identities(environment: Environment, machine: Machine) -> dict[str, Any]:
    return {
        "type": "UserAssigned",
        "userAssignedIdentities": [machine_tokens.identity_id(environment, machine)],
    }


def _system(environment: Environment, machine: Machine, created: MachineSpecification) -> dict[str, Any]:
    path = f"/home/{ADMINISTRATOR}/.ssh/authorized_keys"
    return {
        "adminUsername": ADMINISTRATOR,
        **_custom_data(environment, machine),
        "linuxConfiguration": {
            "disablePasswordAuthentication": True,
            "ssh": {"publicKeys": [{"keyData": created.ssh_key, "path": path}]},
        },
    }


def _image(created: MachineSpecification) -> dict[str, str]:
    publisher, offer, sku, version = created.image.split(":")
    return {"publisher": publisher, "offer": offer, "sku": sku, "version": version}


def _zones(created: MachineSpecification) -> dict[str, list[str]]:
    return {"zones": [created.zone]} if created.zone else {}


def _custom_data(environment: Environment, machine: Machine) -> dict[str, Base64]:
    if machine not in environment.machines_with_sidecar:
        return {}
    script = machine_files.files(environment, machine)[-1]
    return {"customData": Base64(replace(script, path=f"machines/{machine.name}/{script.path}"))}
