"""PostgreSQL flexible servers, reached over a private network or the public one, with databases and firewall rules."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address

from mesh.lab.arm import ids, regions
from mesh.lab.arm.containers import cluster_subnets
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

SERVER_TYPE = "Microsoft.DBforPostgreSQL/flexibleServers"
DATABASE_TYPE = f"{SERVER_TYPE}/databases"
FIREWALL_TYPE = f"{SERVER_TYPE}/firewallRules"
SERVER_SECONDS = 0.5

DOMAIN = "postgres.database.azure.com"
SMALLEST_SUBNET = 28
VERSIONS = ("11", "12", "13", "14", "15", "16", "17", "18")
# Where no code of its own is on record: InvalidParameterValue, the general one of Azure's databases.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{1,61}[a-z0-9])")
_TIERS = {"Burstable": "Standard_B", "GeneralPurpose": "Standard_D", "MemoryOptimized": "Standard_E"}
_STORAGE_SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)
# Documented (Create a server: administrator login).
_DISALLOWED_LOGINS = ("azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public")
_DATABASE_NAME = re.compile(r"[a-zA-Z_][\w-]{0,62}")
_CHARSET = re.compile(r"[a-zA-Z]+\w*")
_COLLATION = re.compile(r"[a-zA-Z-]+([. ]|\w)*")
_RULE_NAME = re.compile(r"[a-zA-Z0-9][-_a-zA-Z0-9]{0,79}(?<!-)")
_IPV4 = re.compile(r"((\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\.){3}(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])")


def _server_refusals(write: Write) -> Iterator[Rejection]:
    if not _NAME.fullmatch(write.name):
        yield _invalid("serverName", "3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends")
    for other in write.resources.of_type(SERVER_TYPE):
        if other["name"].lower() == write.name.lower() and ids.folded(other["id"]) != ids.folded(write.id):
            yield Rejection("ServerNameAlreadyExists", f"Specified server name is already used: {write.name}.", 409)
    sku = write.body.get("sku") or {}
    if not sku.get("name") or sku.get("tier") not in _TIERS:
        yield _invalid("sku", f"a name and a tier of {', '.join(_TIERS)} are required")
    if not sku["name"].startswith(_TIERS[sku["tier"]]):
        yield _invalid("sku.name", f"'{sku['name']}' is not of tier {sku['tier']}")


def _property_refusals(write: Write) -> Iterator[Rejection]:
    sent, before = properties(write), properties_before(write)
    if sent.get("version") is not None and sent["version"] not in VERSIONS:
        yield _invalid("version", f"'{sent['version']}' is not one of {', '.join(VERSIONS)}")
    size = (sent.get("storage") or {}).get("storageSizeGB")
    if size is not None and size not in _STORAGE_SIZES:
        yield _invalid("storage.storageSizeGB", f"{size} is not one of {', '.join(map(str, _STORAGE_SIZES))}")
    if size and size < ((before.get("storage") or {}).get("storageSizeGB") or 0):
        yield _invalid("storage.storageSizeGB", "storage cannot be made smaller")
    login = sent.get("administratorLogin")
    if not before and sent.get("createMode", "Default") in ("Default", "Create"):
        has_passwords = (sent.get("authConfig") or {}).get("passwordAuth", "Enabled") != "Disabled"
        if has_passwords and not (login and sent.get("administratorLoginPassword")):
            yield _invalid("administratorLogin", "a login and its password are required with password authentication")
    if login and (login.lower() in _DISALLOWED_LOGINS or login.lower().startswith("pg_")):
        yield _invalid("administratorLogin", f"the login name '{login}' is not allowed")
    if before and login and login != before.get("administratorLogin"):
        yield _invalid("administratorLogin", "the login name cannot be changed")
    yield from _password_refusals(sent.get("administratorLoginPassword"), login)


def _password_refusals(password: str | None, login: str | None) -> Iterator[Rejection]:
    if password is None:
        return
    kinds = sum(bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]"))
    if not 8 <= len(password) <= 128 or kinds < 3 or (login and login.lower() in password.lower()):
        yield _invalid(
            "administratorLoginPassword",
            "8 to 128 characters of three of: upper-case and lower-case letters, digits, others; without the "
            "login name",
        )


def _network_refusals(write: Write) -> Iterator[Rejection]:
    """Documented: concepts-networking-private."""
    network, before = properties(write).get("network") or {}, properties_before(write).get("network") or {}
    subnet_id, zone_id = network.get("delegatedSubnetResourceId"), network.get("privateDnsZoneArmResourceId")
    if (
        write.before
        and (network or not before)
        and ids.folded(subnet_id or "") != ids.folded(before.get("delegatedSubnetResourceId") or "")
    ):
        yield _invalid("network.delegatedSubnetResourceId", "networking is chosen when the server is created")
    if not subnet_id:
        return
    body = write.resources.get(subnet_id)
    if body is None:
        yield Rejection("ResourceNotFound", f"The delegated subnet '{subnet_id}' was not found.", 404)
        return
    subnet = cluster_subnets.subnet(body)
    network_body = write.resources.get(subnet.network_id)
    if network_body and regions.normalized(network_body["location"]) != regions.normalized(write.body["location"]):
        yield _invalid("network.delegatedSubnetResourceId", "the virtual network is not in the region of the server")
    services = [
        delegation["properties"]["serviceName"].lower() for delegation in subnet.properties.get("delegations") or []
    ]
    if services != [SERVER_TYPE.lower()]:
        yield _invalid("network.delegatedSubnetResourceId", f"the subnet is not delegated to {SERVER_TYPE}")
    if any(cidr.prefixlen > SMALLEST_SUBNET for cidr in subnet.cidrs):
        yield _invalid("network.delegatedSubnetResourceId", f"the subnet is smaller than /{SMALLEST_SUBNET}")
    if not zone_id:
        yield _invalid("network.privateDnsZoneArmResourceId", "a private DNS zone is required with a delegated subnet")
    yield from _zone_refusals(write, str(zone_id))


def _zone_refusals(write: Write, zone_id: str) -> Iterator[Rejection]:
    field = "network.privateDnsZoneArmResourceId"
    zone = ids.name(zone_id).lower()
    if write.resources.get(zone_id) is None:
        yield Rejection("ResourceNotFound", f"The private DNS zone '{zone_id}' was not found.", 404)
    if not zone.endswith(f".{DOMAIN}"):
        yield _invalid(field, f"the private DNS zone must end with .{DOMAIN}")
    if zone == f"{write.name}.{DOMAIN}".lower():
        yield _invalid(field, "the private DNS zone must not be named as the server")


def _completed_server(write: Write) -> Body:
    sent, before = properties(write), properties_before(write)
    subnet_id = (sent.get("network") or before.get("network") or {}).get("delegatedSubnetResourceId")
    defaults: Body = {
        "version": before.get("version") or "17",
        "administratorLogin": before.get("administratorLogin"),
        "storage": {"storageSizeGB": 32, "type": "Premium_LRS", "autoGrow": "Disabled", "iops": 120, "tier": "P4"},
        "backup": {"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"},
        "network": before.get("network") or {"publicNetworkAccess": "Disabled" if subnet_id else "Enabled"},
        "highAvailability": {"mode": "Disabled", "state": "NotEnabled"},
        "authConfig": {"activeDirectoryAuth": "Disabled", "passwordAuth": "Enabled"},
        "maintenanceWindow": {"customWindow": "Disabled", "dayOfWeek": 0, "startHour": 0, "startMinute": 0},
        "dataEncryption": {"type": "SystemManaged"},
        "replicationRole": "Primary",
        "replicaCapacity": 5,
        "availabilityZone": before.get("availabilityZone") or "1",
    }
    server = {"fullyQualifiedDomainName": f"{write.name}.{DOMAIN}", "state": "Ready"}
    # Neither the password nor how the server was made is ever given back.
    hidden = ("administratorLoginPassword", "createMode")
    kept = {key: value for key, value in filled(sent, defaults).items() if key not in hidden and value is not None}
    return write.body | {"properties": kept | server}


def _database_refusals(write: Write) -> Iterator[Rejection]:
    sent, before = properties(write), properties_before(write)
    if not _DATABASE_NAME.fullmatch(write.name):
        yield _invalid("databaseName", "1 to 63 letters, digits, underscores and hyphens, starting with a letter")
    for name, form in (("charset", _CHARSET), ("collation", _COLLATION)):
        if sent.get(name) is not None and not form.fullmatch(sent[name]):
            yield _invalid(name, f"'{sent[name]}' is not a {name}")
        if before and sent.get(name, before[name]) != before[name]:
            yield _invalid(name, f"the {name} of a database cannot be changed")


def _completed_database(write: Write) -> Body:
    return {"properties": filled(properties(write), {"charset": "UTF8", "collation": "en_US.utf8"})}


def _refuse_to_delete_system_database(database: Body, _resources: Resources) -> None:
    if database["name"] in ("azure_maintenance", "azure_sys", "postgres"):
        raise _invalid("databaseName", f"the system database {database['name']} cannot be deleted")


def _firewall_refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    if not _RULE_NAME.fullmatch(write.name):
        yield _invalid("firewallRuleName", "1 to 80 letters, digits, underscores and hyphens, no hyphen at the end")
    for name in ("startIpAddress", "endIpAddress"):
        if not _IPV4.fullmatch(str(sent.get(name))):
            yield _invalid(name, f"'{sent.get(name)}' is not an IPv4 address")
    if IPv4Address(sent["startIpAddress"]) > IPv4Address(sent["endIpAddress"]):
        yield _invalid("endIpAddress", "the range ends before it starts")
    server = write.resources.get(ids.parent(write.id))
    if server and server["properties"]["network"].get("delegatedSubnetResourceId"):
        yield _invalid("firewallRuleName", "a server in a delegated subnet has no firewall rules")


def _invalid(field: str, why: str) -> Rejection:
    message = f"Invalid value given for parameter {field}. Specify a valid parameter value: {why}."
    return Rejection("InvalidParameterValue", message, target=field)


TYPES = (
    ResourceType(
        SERVER_TYPE,
        validate=validation(_server_refusals, _property_refusals, _network_refusals),
        completed=_completed_server,
        seconds=SERVER_SECONDS,
        busy_code="ServerIsBusy",
        replaced_when_changed=("administratorLogin", "network.delegatedSubnetResourceId", "createMode"),
    ),
    ResourceType(
        DATABASE_TYPE,
        validate=validation(_database_refusals),
        completed=_completed_database,
        validate_delete=_refuse_to_delete_system_database,
        seconds=0.2,
        location="none",
        replaced_when_changed=("charset", "collation"),
    ),
    ResourceType(FIREWALL_TYPE, validate=validation(_firewall_refusals), seconds=0.2, location="none"),
)
