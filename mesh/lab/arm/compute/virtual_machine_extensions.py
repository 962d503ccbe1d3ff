"""Extensions of virtual machines: programs that Azure's agent runs in them."""

import re
from collections.abc import Iterator

from mesh.lab.arm import ids
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, ResourceType, Write

EXTENSION_TYPE = "Microsoft.Compute/virtualMachines/extensions"
EXTENSION_SECONDS = 0.3

_NAME_MAX = 80
_NAME_FORBIDDEN = re.compile(r"[\\/\"'\[\]:|<>+=;,?*@&\s]")
_VERSION = re.compile(r"\d+\.\d+(\.\d+){0,2}")
_CREATE_ONLY = ("publisher", "type")


def _refusals(write: Write) -> Iterator[Rejection]:
    sent, before = properties(write), properties_before(write)
    if len(write.name) > _NAME_MAX or _NAME_FORBIDDEN.search(write.name):
        yield _invalid("vmExtensionName", f"'{write.name}' is not a valid name of an extension.")
    for name in ("publisher", "type", "typeHandlerVersion"):
        if not sent.get(name):
            yield _invalid(name, f"Required parameter '{name}' is missing (null).")
    if not _VERSION.fullmatch(sent["typeHandlerVersion"]):
        yield _invalid("typeHandlerVersion", f"'{sent['typeHandlerVersion']}' is not a version such as 2.1.")
    if sent.get("protectedSettings") and sent.get("protectedSettingsFromKeyVault"):
        yield _invalid("protectedSettings", "Protected settings are given directly or from a key vault, not both.")
    for name in _CREATE_ONLY:
        if before and before[name].lower() != sent[name].lower():
            yield Rejection("PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", 409, target=name)
    handler = _handler(sent)
    for other in write.resources.of_type(EXTENSION_TYPE, ids.parent(write.id)):
        if ids.folded(other["id"]) != ids.folded(write.id) and _handler(other["properties"]) == handler:
            yield Rejection(
                "BadRequest",
                "Multiple VMExtensions per handler not supported for OS type 'Linux'. VMExtension "
                f"'{other['name']}' with "
                f"handler '{sent['publisher']}.{sent['type']}' already added or specified in input.",
            )


def _handler(extension: Body) -> str:
    return f"{extension['publisher']}.{extension['type']}".lower()


def _invalid(target: str, message: str) -> Rejection:
    return Rejection("InvalidParameter", message, target=target)


def _completed(write: Write) -> Body:
    defaults = {"autoUpgradeMinorVersion": False, "suppressFailures": False}
    # Protected settings are secrets: Azure encrypts them for the agent and never gives them back.
    extension = {key: value for key, value in filled(properties(write), defaults).items() if key != "protectedSettings"}
    return write.body | {"properties": extension}


TYPES = (
    ResourceType(
        EXTENSION_TYPE,
        validate=validation(_refusals),
        completed=_completed,
        seconds=EXTENSION_SECONDS,
        one_write_at_a_time_under=ids.parent,
    ),
)
