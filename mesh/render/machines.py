"""Machines, as VMs: an identity, a network interface at the declared address, and the VM itself.

Machines that exist already are joined (see entries), not created.
"""

from collections.abc import Iterator

from mesh import names
from mesh.model import Environment, Machine, MachineSpecification
from mesh.render import azure
from mesh.render.network import subnet_id
from mesh.resources import AzureResource

ADMINISTRATOR = "mesh"


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    return tuple(
        item
        for machine in environment.machines
        if machine.created is not None
        for item in _machine(environment, machine, machine.created)
    )


def _machine(environment: Environment, machine: Machine, created: MachineSpecification) -> Iterator[AzureResource]:
    component = f"machine/{machine.name}"
    envelope = azure.tracked(environment, machine.network.location)
    identity = azure.resource(
        environment,
        "managedidentity:UserAssignedIdentity",
        f"identity/{names.machine_identity(machine)}",
        component,
        {"resourceName": names.machine_identity(machine)},
        envelope,
    )
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
    yield identity
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
                "userAssignedIdentities": [identity.id],
            },
            "hardwareProfile": {"vmSize": created.size},
            "networkProfile": {"networkInterfaces": [{"id": interface.id, "primary": True}]},
            "osProfile": {
                "computerName": machine.name,
                "adminUsername": ADMINISTRATOR,
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
    )
