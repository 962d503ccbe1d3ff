"""Machines, as VMs: an identity, a network interface at the declared address, and the VM itself.

With a sidecar, cloud-init makes it join at its first boot. Of a machine that exists already only the identity is
made, and only where it has a sidecar: its owner attaches it and installs what joins (see machine_files).
"""

from collections.abc import Iterator
from dataclasses import replace

from mesh import names
from mesh.model import Environment, Machine, MachineSpecification
from mesh.render import azure, machine_files, machine_tokens
from mesh.render.network import subnet_id
from mesh.resources import AzureResource, Base64

ADMINISTRATOR = "mesh"


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    return tuple(item for machine in environment.machines for item in _resources(environment, machine))


def _resources(environment: Environment, machine: Machine) -> Iterator[AzureResource]:
    if machine.created is not None:
        yield _identity(environment, machine)
        yield from _machine(environment, machine, machine.created)
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
    publisher, offer, sku, version = created.image.split(":")
    yield azure.resource(
        environment,
        "compute:VirtualMachine",
        f"machine/{machine.name}",
        component,
        {"vmName": machine.name},
        {
            **envelope,
            "identity": {
                "type": "UserAssigned",
                "userAssignedIdentities": [machine_tokens.identity_id(environment, machine)],
            },
            "hardwareProfile": {"vmSize": created.size},
            "networkProfile": {"networkInterfaces": [{"id": interface.id, "primary": True}]},
            "osProfile": {
                "computerName": machine.name,
                "adminUsername": ADMINISTRATOR,
                **_custom_data(environment, machine),
                "linuxConfiguration": {
                    "disablePasswordAuthentication": True,
                    "ssh": {
                        "publicKeys": [
                            {
                                "keyData": created.ssh_key,
                                "path": f"/home/{ADMINISTRATOR}/.ssh/authorized_keys",
                            }
                        ]
                    },
                },
            },
            "storageProfile": {
                "imageReference": {
                    "publisher": publisher,
                    "offer": offer,
                    "sku": sku,
                    "version": version,
                },
                "osDisk": {
                    "name": f"{machine.name}-os",
                    "createOption": "FromImage",
                    "deleteOption": "Delete",
                    "managedDisk": {"storageAccountType": "Premium_LRS"},
                },
            },
            "securityProfile": {
                "securityType": "TrustedLaunch",
                "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
            },
            **({"zones": [created.zone]} if created.zone else {}),
        },
        # Azure takes custom data at creation only; later changes go to the machine by other ways (docs/adr/0011).
        ignore_changes=("osProfile.customData",),
    )


def _custom_data(environment: Environment, machine: Machine) -> dict[str, Base64]:
    if machine not in environment.machines_with_sidecar:
        return {}
    script = machine_files.files(environment, machine)[-1]
    return {"customData": Base64(replace(script, path=f"machines/{machine.name}/{script.path}"))}
