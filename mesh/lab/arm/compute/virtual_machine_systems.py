"""What Azure refuses in a machine's operating system: its administrator, how to sign in, its custom data."""

import base64
import binascii
import re
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties
from mesh.lab.arm.resource_types import Body, Write

_CUSTOM_DATA_MAX = 87380
_RSA_BITS = 2048
# Azure/vm-scale-sets#83, quoting the REST reference.
DISALLOWED_ADMINISTRATORS = frozenset(
    {
        *(
            "1",
            "123",
            "a",
            "actuser",
            "adm",
            "admin",
            "admin1",
            "admin2",
            "administrator",
            "aspnet",
            "backup",
            "console",
        ),
        *(
            "david",
            "guest",
            "john",
            "owner",
            "root",
            "server",
            "sql",
            "support",
            "support_388945a0",
            "sys",
            "test",
            "test1",
        ),
        *("test2", "test3", "user", "user1", "user2", "user3", "user4", "user5"),
    }
)


def is_windows(machine: Body) -> bool:
    return (machine.get("osProfile") or {}).get("windowsConfiguration") is not None


def refusals(write: Write) -> Iterator[Rejection]:
    create = properties(write)["storageProfile"]["osDisk"]["createOption"]
    os = properties(write).get("osProfile")
    if os is None:
        if create == "FromImage":
            yield _required("osProfile")
        return
    administrator, windows = os.get("adminUsername"), is_windows(properties(write))
    if not administrator:
        yield _required("osProfile.adminUsername")
    if (
        administrator.lower() in DISALLOWED_ADMINISTRATORS
        or len(administrator) > (20 if windows else 64)
        or administrator.endswith(".")
    ):
        yield _invalid("adminUsername", "The Admin Username specified is not allowed.")
    if not os.get("computerName"):
        yield _required("osProfile.computerName")
    yield from _password_refusals(os, windows)
    if not windows:
        yield from _key_refusals(os.get("linuxConfiguration") or {}, os)
    yield from _custom_data_refusals(os.get("customData"))


def _password_refusals(os: Body, windows: bool) -> Iterator[Rejection]:
    password = os.get("adminPassword")
    if password is None:
        if windows:
            yield _required("osProfile.adminPassword")
        return
    least, most = (8, 123) if windows else (6, 72)
    kinds = sum(bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]"))
    if not least <= len(password) <= most or kinds < 3:
        yield _invalid(
            "adminPassword",
            f"The supplied password must be between {least}-{most} characters long and must satisfy at least 3 "
            "of password "
            "complexity requirements from the following: 1) Contains an uppercase character 2) Contains a lowercase "
            "character 3) Contains a numeric digit 4) Contains a special character 5) Control characters are "
            "not allowed",
        )


def _key_refusals(linux: Body, os: Body) -> Iterator[Rejection]:
    keys = (linux.get("ssh") or {}).get("publicKeys") or []
    if not keys and (linux.get("disablePasswordAuthentication") or not os.get("adminPassword")):
        yield _invalid(
            "linuxConfiguration",
            "Authentication using either SSH or by user name and password must be enabled in Linux profile.",
        )
    path = f"/home/{os['adminUsername']}/.ssh/authorized_keys"
    for key in keys:
        if key.get("path") != path:
            yield _invalid(
                "linuxConfiguration.ssh.publicKeys.path",
                f"Destination path for SSH public keys is currently limited to its default value {path} due to "
                "a known issue "
                "in Linux provisioning agent.",
            )
        if not _is_accepted_key(key.get("keyData") or ""):
            yield _invalid(
                "linuxConfiguration.ssh.publicKeys.keyData",
                "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.",
            )


def _is_accepted_key(text: str) -> bool:
    """RSA of 2048 bits or more, or Ed25519 (Azure's SSH key documentation)."""
    try:
        key = load_ssh_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, Ed25519PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size >= _RSA_BITS)


def _custom_data_refusals(custom_data: str | None) -> Iterator[Rejection]:
    if custom_data is None:
        return
    try:
        base64.b64decode(custom_data, validate=True)
        is_base64 = True
    except binascii.Error:
        is_base64 = False
    if not is_base64 or len(custom_data) > _CUSTOM_DATA_MAX:
        yield _invalid(
            "customData",
            "Custom data in OSProfile must be in Base64 encoded format and with a maximum length of "
            f"{_CUSTOM_DATA_MAX} characters.",
        )


def _invalid(target: str, message: str) -> Rejection:
    return Rejection("InvalidParameter", message, target=target)


def _required(name: str) -> Rejection:
    return _invalid(name, f"Required parameter '{name}' is missing (null).")
