"""Virtual machines, their disks and extensions: each rule kept and broken."""

import base64
from typing import Any

import pytest
from arm_client import GROUP, NETWORK, Azure
from cluster_ground import network, subnet
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rules import Rule, changed, each, each_kept

COMPUTE = "2024-11-01"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/ledger-0"
DISK = f"{GROUP}/providers/Microsoft.Compute/disks/ledger-0-os"
EXTENSION = f"{MACHINE}/extensions/boot"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ledger-0"
INTERFACE = f"{NETWORK}/networkInterfaces/ledger-0"
SUBNET = f"{NETWORK}/virtualNetworks/machines/subnets/all"


def public_text(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


ED25519 = public_text(ed25519.Ed25519PrivateKey.generate().public_key())
RSA_2048 = public_text(rsa.generate_private_key(65537, 2048).public_key())
RSA_1024 = public_text(rsa.generate_private_key(65537, 1024).public_key())  # too short on purpose
ECDSA = public_text(ec.generate_private_key(ec.SECP256R1()).public_key())


def interface(azure: Azure, name: str, location: str = "westeurope", subnet_id: str = SUBNET) -> str:
    path = f"{NETWORK}/networkInterfaces/{name}"
    configuration = {"name": "primary", "properties": {"subnet": {"id": subnet_id}}}
    azure.made(path, {"location": location, "properties": {"ipConfigurations": [configuration]}})
    return path


@pytest.fixture(autouse=True)
def _ground(azure: Azure) -> None:
    network(azure, "machines", "10.30.0.0/16")
    subnet(azure, SUBNET, "10.30.0.0/24")
    azure.made(IDENTITY, {"location": "westeurope"})
    interface(azure, "ledger-0")


def machine() -> dict[str, Any]:
    return {
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "imageReference": {
                    "publisher": "Canonical",
                    "offer": "ubuntu-24_04-lts",
                    "sku": "server",
                    "version": "latest",
                },
                "osDisk": {"name": "ledger-0-os", "createOption": "FromImage", "deleteOption": "Delete"},
            },
            "osProfile": {
                "computerName": "ledger-0",
                "adminUsername": "operator",
                "linuxConfiguration": {
                    "disablePasswordAuthentication": True,
                    "ssh": {"publicKeys": [{"keyData": ED25519, "path": "/home/operator/.ssh/authorized_keys"}]},
                },
            },
            "networkProfile": {"networkInterfaces": [{"id": INTERFACE, "properties": {"primary": True}}]},
        },
    }


S = "properties.storageProfile"
JAMMY = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"}
TRUSTED = {"securityType": "TrustedLaunch", "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True}}
O = "properties.osProfile"  # noqa: E741 - read beside S
KEY = f"{O}.linuxConfiguration.ssh.publicKeys.0"
DATA_DISK = {"lun": 0, "createOption": "Empty", "diskSizeGB": 64}

RULES = [
    Rule("it has a size", {"properties.hardwareProfile": None}, "InvalidParameter"),
    Rule(
        "its size exists",
        {"properties.hardwareProfile.vmSize": "Standard_D3s_v5"},
        "InvalidParameter",
        {"properties.hardwareProfile.vmSize": "Standard_E4s_v5"},
    ),
    Rule(
        "premium disks need a size for them",
        {
            "properties.hardwareProfile.vmSize": "Standard_D2_v2",
            f"{S}.osDisk.managedDisk": {"storageAccountType": "Premium_LRS"},
        },
        "InvalidParameter",
        {
            "properties.hardwareProfile.vmSize": "Standard_DS2_v2",
            f"{S}.osDisk.managedDisk": {"storageAccountType": "Premium_LRS"},
        },
    ),
    Rule("its disk is made of something", {f"{S}.osDisk.createOption": None}, "InvalidParameter"),
    Rule("its disk is made in a way that exists", {f"{S}.osDisk.createOption": "Copy"}, "InvalidParameter"),
    Rule("it has an image", {f"{S}.imageReference": None}, "InvalidParameter"),
    Rule("its image has a publisher", {f"{S}.imageReference.publisher": None}, "InvalidParameter"),
    Rule("its image has a version", {f"{S}.imageReference.version": None}, "InvalidParameter"),
    Rule(
        "its image's version has three numbers",
        {f"{S}.imageReference.version": "24.04"},
        "InvalidParameter",
        {f"{S}.imageReference.version": "24.04.202610010"},
    ),
    Rule(
        "its image is named in one way",
        {f"{S}.imageReference.id": "/subscriptions/x/images/y"},
        "InvalidParameter",
        {f"{S}.imageReference": {"id": f"{GROUP}/providers/Microsoft.Compute/images/golden"}},
    ),
    Rule(
        "its image is for the processor of its size",
        {"properties.hardwareProfile.vmSize": "Standard_D2ps_v5"},
        "BadRequest",
        {"properties.hardwareProfile.vmSize": "Standard_D2ps_v5", f"{S}.imageReference.sku": "server-arm64"},
    ),
    Rule(
        "its size boots as its image does",
        {"properties.hardwareProfile.vmSize": "Standard_D2s_v6", f"{S}.imageReference": JAMMY},
        "BadRequest",
        {f"{S}.imageReference": JAMMY},
    ),
    Rule(
        "a trusted launch is of an image of the second generation",
        {f"{S}.imageReference": JAMMY, "properties.securityProfile": TRUSTED},
        "BadRequest",
        {f"{S}.imageReference": {**JAMMY, "sku": "22_04-lts-gen2"}, "properties.securityProfile": TRUSTED},
    ),
    Rule(
        "a trusted launch is on x64",
        {
            "properties.hardwareProfile.vmSize": "Standard_D2ps_v5",
            f"{S}.imageReference.sku": "server-arm64",
            "properties.securityProfile": TRUSTED,
        },
        "BadRequest",
        {"properties.securityProfile": TRUSTED},
    ),
    Rule("a data disk has a number", {f"{S}.dataDisks": [{"createOption": "Empty"}]}, "InvalidParameter"),
    Rule(
        "a data disk is made of something",
        {f"{S}.dataDisks": [{"lun": 0}]},
        "InvalidParameter",
        {f"{S}.dataDisks": [DATA_DISK]},
    ),
    Rule(
        "two data disks have two numbers",
        {f"{S}.dataDisks": [DATA_DISK, DATA_DISK]},
        "InvalidParameter",
        {f"{S}.dataDisks": [DATA_DISK, {**DATA_DISK, "lun": 1}]},
    ),
    Rule("it has an administrator", {O: None}, "InvalidParameter"),
    Rule("its administrator has a name", {f"{O}.adminUsername": None}, "InvalidParameter"),
    Rule("its administrator is not root", {f"{O}.adminUsername": "root"}, "InvalidParameter"),
    Rule("its administrator is not Admin", {f"{O}.adminUsername": "Admin"}, "InvalidParameter"),
    Rule(
        "its administrator has at most 64 characters",
        {f"{O}.adminUsername": "o" * 65},
        "InvalidParameter",
        {f"{O}.adminUsername": "o" * 64, f"{KEY}.path": f"/home/{'o' * 64}/.ssh/authorized_keys"},
    ),
    Rule("it has a host name", {f"{O}.computerName": None}, "InvalidParameter", {f"{O}.computerName": "ledger"}),
    Rule("there is a way to sign in", {f"{O}.linuxConfiguration.ssh": None}, "InvalidParameter"),
    Rule(
        "its key is a public key",
        {f"{KEY}.keyData": "ssh-ed25519 nonsense"},
        "InvalidParameter",
        {f"{KEY}.keyData": RSA_2048},
    ),
    Rule("its RSA key has 2,048 bits", {f"{KEY}.keyData": RSA_1024}, "InvalidParameter", {f"{KEY}.keyData": ED25519}),
    Rule("its key is RSA or Ed25519", {f"{KEY}.keyData": ECDSA}, "InvalidParameter"),
    Rule("its key lies in the administrator's home", {f"{KEY}.path": "/root/.ssh/authorized_keys"}, "InvalidParameter"),
    Rule(
        "its password is of three kinds of characters",
        {f"{O}.adminPassword": "alllowercase1"},
        "InvalidParameter",
        {f"{O}.adminPassword": "Three-kinds"},
    ),
    Rule(
        "its custom data is base64",
        {f"{O}.customData": "#cloud-config"},
        "InvalidParameter",
        {f"{O}.customData": base64.b64encode(b"#cloud-config").decode()},
    ),
    Rule("it has a network interface", {"properties.networkProfile.networkInterfaces": []}, "InvalidParameter"),
    Rule(
        "its network interface exists",
        {"properties.networkProfile.networkInterfaces.0.id": f"{INTERFACE}-x"},
        "InvalidResourceReference",
        {"properties.networkProfile.networkInterfaces.0": {"id": INTERFACE}},
    ),
    Rule(
        "its identity exists",
        {"identity.userAssignedIdentities": {f"{IDENTITY}-x": {}}},
        "FailedIdentityOperation",
        {"identity": {"type": "SystemAssigned"}},
    ),
    Rule("its zone exists", {"zones": ["4"]}, "InvalidAvailabilityZone", {"zones": ["2"]}),
    Rule("it is in one zone", {"zones": ["1", "2"]}, "InvalidAvailabilityZone", {"zones": []}),
]


@each_kept(RULES)
def test_azure_accepts_a_machine_where(azure: Azure, rule: Rule) -> None:
    azure.made(MACHINE, changed(machine(), rule.kept), COMPUTE)


@each(RULES)
def test_azure_refuses_a_machine_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(MACHINE, changed(machine(), rule.broken), COMPUTE) == rule.code


@pytest.mark.parametrize("name", ["l", "ledger.eu-1", "l" * 64])
def test_azure_accepts_the_machine_name(azure: Azure, name: str) -> None:
    azure.made(f"{MACHINE.rpartition('/')[0]}/{name}", machine(), COMPUTE)


@pytest.mark.parametrize("name", ["_ledger", "ledger-", "ledger.", "led*ger", "l" * 65])
def test_azure_refuses_the_machine_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{MACHINE.rpartition('/')[0]}/{name}", machine(), COMPUTE) == "InvalidParameter"


def test_a_region_without_zones_refuses_a_machine_in_one(azure: Azure) -> None:
    far = network(azure, "far", "10.40.0.0/16", "westus")
    there = interface(azure, "far", "westus", subnet(azure, f"{far}/subnets/all", "10.40.0.0/24"))
    body = changed(machine(), {"location": "westus", "properties.networkProfile.networkInterfaces.0.id": there})

    assert azure.refused(MACHINE, {**body, "zones": ["1"]}, COMPUTE) == "LocationNotSupportAvailabilityZones"
    azure.made(MACHINE, body, COMPUTE)


def test_a_network_interface_in_another_region_is_refused(azure: Azure) -> None:
    assert azure.refused(MACHINE, {**machine(), "location": "northeurope"}, COMPUTE) == "InvalidResourceReference"


def test_a_network_interface_belongs_to_one_machine(azure: Azure) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    other = changed(machine(), {f"{S}.osDisk.name": "other-os"})

    assert azure.refused(f"{MACHINE}-2", other, COMPUTE) == "NicInUse"
    azure.gone(MACHINE, COMPUTE)
    azure.made(f"{MACHINE}-2", other, COMPUTE)


def test_one_of_several_network_interfaces_is_the_primary(azure: Azure) -> None:
    first, second = {"id": INTERFACE}, {"id": interface(azure, "second")}
    field = "properties.networkProfile.networkInterfaces"
    primary = {"properties": {"primary": True}}

    code = "InvalidParameter"
    assert azure.refused(MACHINE, changed(machine(), {field: [first, second]}), COMPUTE) == code
    both = [{**first, **primary}, {**second, **primary}]
    assert azure.refused(MACHINE, changed(machine(), {field: both}), COMPUTE) == code
    azure.made(MACHINE, changed(machine(), {field: [{**first, **primary}, second]}), COMPUTE)


CREATE_ONLY = {
    "image": {f"{S}.imageReference.sku": "minimal"},
    "disk": {f"{S}.osDisk.name": "other"},
    "host name": {f"{O}.computerName": "other"},
    "administrator": {f"{O}.adminUsername": "other", f"{KEY}.path": "/home/other/.ssh/authorized_keys"},
    "key": {f"{KEY}.keyData": RSA_2048},
    "custom data": {f"{O}.customData": base64.b64encode(b"other").decode()},
    "zone": {"zones": ["1"]},
}


@pytest.mark.parametrize("what", CREATE_ONLY)
def test_a_machine_keeps_what_it_was_made_with(azure: Azure, what: str) -> None:
    azure.made(MACHINE, changed(machine(), {f"{O}.customData": base64.b64encode(b"first").decode()}), COMPUTE)

    assert azure.refused(MACHINE, changed(machine(), CREATE_ONLY[what]), COMPUTE) == "PropertyChangeNotAllowed"


def test_a_machine_changes_its_size_and_tags(azure: Azure) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    body = changed(machine(), {"properties.hardwareProfile.vmSize": "Standard_D4s_v5", "tags": {"team": "ledger"}})

    assert azure.made(MACHINE, body, COMPUTE)["properties"]["hardwareProfile"] == {"vmSize": "Standard_D4s_v5"}


def test_neither_passwords_nor_custom_data_are_given_back_or_kept(azure: Azure) -> None:
    secret = base64.b64encode(b"a token").decode()
    body = changed(machine(), {f"{O}.customData": secret, f"{O}.adminPassword": "Pass-word-1"})

    made = azure.made(MACHINE, body, COMPUTE)

    assert set(made["properties"]["osProfile"]) & {"customData", "adminPassword", "customDataDigest"} == set()
    stored = str(azure.application.store.get(MACHINE))
    assert secret not in stored
    assert "Pass-word-1" not in stored
    azure.made(MACHINE, body, COMPUTE)


def test_what_azure_fills_in(azure: Azure) -> None:
    properties = azure.made(MACHINE, machine(), COMPUTE)["properties"]

    assert properties["vmId"]
    disk = properties["storageProfile"]["osDisk"]
    assert (disk["osType"], disk["caching"], disk["managedDisk"]["id"]) == ("Linux", "ReadWrite", DISK)
    assert properties["storageProfile"]["dataDisks"] == []
    assert properties["osProfile"]["linuxConfiguration"]["provisionVMAgent"] is True
    assert azure.body(INTERFACE)["properties"]["virtualMachine"] == {"id": MACHINE}


def test_a_disk_comes_with_its_machine_and_goes_as_told(azure: Azure) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    assert azure.body(DISK)["managedBy"] == MACHINE
    assert azure.refused_delete(DISK, COMPUTE) == "OperationNotAllowed"

    azure.gone(MACHINE, COMPUTE)

    assert azure.get(DISK).status_code == 404


def test_a_disk_that_is_detached_outlives_its_machine_and_the_next_gets_another(azure: Azure) -> None:
    body = changed(machine(), {f"{S}.osDisk": {"createOption": "FromImage"}})
    first = azure.made(MACHINE, body, COMPUTE)["properties"]
    azure.gone(MACHINE, COMPUTE)

    second = azure.made(MACHINE, body, COMPUTE)["properties"]

    disks = [one["storageProfile"]["osDisk"]["managedDisk"]["id"] for one in (first, second)]
    assert disks[0] != disks[1]
    assert azure.body(disks[0])["properties"]["diskState"] == "Unattached"
    assert first["vmId"] != second["vmId"]


def test_a_machine_takes_over_a_disk_with_all_that_is_on_it(azure: Azure) -> None:
    body = {"location": "westeurope", "sku": {"name": "Premium_LRS"}, "properties": {"diskSizeGB": 256}}
    assert azure.refused(DISK, body, COMPUTE) == "InvalidParameter"
    azure.made(DISK, changed(body, {"properties.creationData": {"createOption": "Empty"}}), COMPUTE)
    attached = {"createOption": "Attach", "osType": "Linux", "managedDisk": {"id": DISK}}

    taking = changed(machine(), {f"{S}.osDisk": attached, f"{S}.imageReference": None, O: None})
    azure.made(MACHINE, taking, COMPUTE)

    disk = azure.body(DISK)
    assert (disk["managedBy"], disk["properties"]["diskSizeGB"]) == (MACHINE, 256)


def test_a_windows_machine_has_a_password_and_a_short_name(azure: Azure) -> None:
    windows = {"computerName": "ledger", "adminUsername": "operator", "windowsConfiguration": {}}
    with_password = {**windows, "adminPassword": "Pass-word-1"}

    assert azure.refused(MACHINE, changed(machine(), {O: windows}), COMPUTE) == "InvalidParameter"
    long_name = f"{MACHINE}-of-the-shop"
    assert azure.refused(long_name, changed(machine(), {O: with_password}), COMPUTE) == "InvalidParameter"
    made = azure.made(MACHINE, changed(machine(), {O: with_password}), COMPUTE)
    assert made["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows"


def extension(**properties: Any) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.Extensions",
            "type": "CustomScript",
            "typeHandlerVersion": "2.1",
            "settings": {"commandToExecute": "true"},
            **properties,
        },
    }


EXTENSIONS = [
    Rule("it has a publisher", {"properties.publisher": None}, "InvalidParameter"),
    Rule("it has a type", {"properties.type": None}, "InvalidParameter", {"properties.type": "Other"}),
    Rule("it has a version", {"properties.typeHandlerVersion": None}, "InvalidParameter"),
    Rule(
        "its version is two numbers",
        {"properties.typeHandlerVersion": "latest"},
        "InvalidParameter",
        {"properties.typeHandlerVersion": "2.0"},
    ),
    Rule(
        "its secrets come from one place",
        {"properties.protectedSettings": {"a": "b"}, "properties.protectedSettingsFromKeyVault": {"secretUrl": "x"}},
        "InvalidParameter",
        {"properties.protectedSettings": {"a": "b"}},
    ),
]


@each_kept(EXTENSIONS)
def test_azure_accepts_an_extension_where(azure: Azure, rule: Rule) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    azure.made(EXTENSION, changed(extension(), rule.kept), COMPUTE)


@each(EXTENSIONS)
def test_azure_refuses_an_extension_unless(azure: Azure, rule: Rule) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    assert azure.refused(EXTENSION, changed(extension(), rule.broken), COMPUTE) == rule.code


@pytest.mark.parametrize("name", ["bo ot", "boot*", "b" * 81])
def test_azure_refuses_the_extension_name(azure: Azure, name: str) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    assert azure.refused(f"{MACHINE}/extensions/{name}", extension(), COMPUTE) == "InvalidParameter"


def test_an_extension_is_on_a_machine_once(azure: Azure) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    azure.made(EXTENSION, extension(), COMPUTE)

    assert azure.refused(f"{EXTENSION}-2", extension(), COMPUTE) == "BadRequest"
    azure.made(f"{EXTENSION}-2", extension(type="Other"), COMPUTE)
    assert azure.refused(EXTENSION, extension(type="Third"), COMPUTE) == "PropertyChangeNotAllowed"


def test_an_extensions_secrets_are_not_kept(azure: Azure) -> None:
    azure.made(MACHINE, machine(), COMPUTE)
    azure.made(EXTENSION, extension(protectedSettings={"script": "a-secret"}), COMPUTE)

    assert "a-secret" not in str(azure.application.store.get(EXTENSION))
