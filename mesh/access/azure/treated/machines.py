"""Virtual machines and scale sets."""

from collections.abc import Mapping

from mesh.access.azure.treated.values import DISKS, JUDGED, NAMED, NEVER_JUDGED, SIZE, UNLESS_SET, WATCHED, WHERE
from mesh.access.treatment import Harmless, Judged, Table

_SYSTEM = Harmless("It is about the operating system and who may log in; who reaches the machine is judged.")
_IDENTITY = Harmless("It says who the machine is to Azure; roles are assigned by resources of their own.")
_TRUST = Harmless("It is about how the machine boots.")
_PRICE = Harmless("It says when Azure may take the machine away, and for what price.")

_MACHINE: Table = {
    "applicationProfile": SIZE,
    "billingProfile": _PRICE,
    "capacityReservation": WHERE,
    "diagnosticsProfile": WATCHED,
    "evictionPolicy": _PRICE,
    "hardwareProfile": SIZE,
    "licenseType": SIZE,
    "osProfile": _SYSTEM,
    "priority": _PRICE,
    "scheduledEventsProfile": WATCHED,
    "securityProfile": _TRUST,
    "storageProfile": DISKS,
    "userData": _SYSTEM,
}

_IP_CONFIGURATION: Table = {
    "name": NAMED,
    "primary": JUDGED,
    "subnet": JUDGED,
    "privateIPAddressVersion": Judged(lambda value: value == "IPv4"),
    "publicIPAddressConfiguration": JUDGED,
    "applicationSecurityGroups": JUDGED,
}

_INTERFACE: Table = {
    "name": NAMED,
    "primary": JUDGED,
    "deleteOption": NAMED,
    "networkSecurityGroup": JUDGED,
    **{f"ipConfigurations[].{field}": entry for field, entry in _IP_CONFIGURATION.items()},
    "ipConfigurations[1:]": NEVER_JUDGED,
    "dnsSettings": Harmless("It says whom the machines ask for names, and security groups judge those packets too."),
    "enableAcceleratedNetworking": Harmless("It makes the interface faster."),
    "enableFpga": SIZE,
    "enableIPForwarding": UNLESS_SET,
    "disableTcpStateTracking": UNLESS_SET,
    "auxiliaryMode": UNLESS_SET,
    "auxiliarySku": UNLESS_SET,
}

TYPES: Mapping[str, Table] = {
    "compute:VirtualMachine": {
        "vmName": NAMED,
        **_MACHINE,
        "networkProfile.networkInterfaces[].id": JUDGED,
        "networkProfile.networkInterfaces[].primary": JUDGED,
        "networkProfile.networkInterfaces[].deleteOption": NAMED,
        "networkProfile.networkInterfaces[1:]": NEVER_JUDGED,
        "networkProfile.networkApiVersion": NAMED,
        "identity": _IDENTITY,
        "additionalCapabilities": DISKS,
        "availabilitySet": WHERE,
        "extensionsTimeBudget": SIZE,
        "host": WHERE,
        "hostGroup": WHERE,
        "placement": WHERE,
        "plan": NAMED,
        "platformFaultDomain": WHERE,
        "proximityPlacementGroup": WHERE,
        "scheduledEventsPolicy": WATCHED,
    },
    "compute:VirtualMachineScaleSet": {
        "vmScaleSetName": NAMED,
        **{f"virtualMachineProfile.{field}": entry for field, entry in _MACHINE.items()},
        **{
            f"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[].{field}": entry
            for field, entry in _INTERFACE.items()
        },
        "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[1:]": NEVER_JUDGED,
        "virtualMachineProfile.networkProfile.networkApiVersion": NAMED,
        "virtualMachineProfile.securityPostureReference": WATCHED,
        "virtualMachineProfile.serviceArtifactReference": DISKS,
        "identity": _IDENTITY,
        "additionalCapabilities": DISKS,
        "automaticRepairsPolicy": WATCHED,
        "constrainedMaximumCapacity": SIZE,
        "doNotRunExtensionsOnOverprovisionedVMs": SIZE,
        "hostGroup": WHERE,
        "orchestrationMode": Judged(lambda value: value == "Uniform"),
        "overprovision": SIZE,
        "plan": NAMED,
        "platformFaultDomainCount": WHERE,
        "priorityMixPolicy": _PRICE,
        "proximityPlacementGroup": WHERE,
        "resiliencyPolicy": SIZE,
        "scaleInPolicy": SIZE,
        "scheduledEventsPolicy": WATCHED,
        "singlePlacementGroup": WHERE,
        "sku": SIZE,
        "skuProfile": SIZE,
        "spotRestorePolicy": _PRICE,
        "upgradePolicy": WATCHED,
        "zonalPlatformFaultDomainAlignMode": WHERE,
        "zoneBalance": WHERE,
    },
}
