"""Entries and values that several tables have in common."""

from typing import Any

from mesh.access.treatment import Harmless, Judged

JUDGED = Judged()
NAMED = Harmless("It says what the resource is called and where it stands; the judge reads that from its id.")
WHERE = Harmless("It says where Azure puts the resource, and changes nothing of its networks.")
SIZE = Harmless("It says how large, how many or how new something is, and changes nothing of its networks.")
DISKS = Harmless("It is about disks and their encryption.")
WATCHED = Harmless("It is about logs, metrics and updates.")
NOT_SET = "It is what Azure does where nothing is said."


def nothing(value: Any) -> bool:
    return value is None or value is False


def is_ipv4(value: Any) -> bool:
    """Or a tag, a resource, the address of one: anything but an IPv6 address or prefix."""
    return not (isinstance(value, str) and value.count(":") > 1)


NEVER_JUDGED = Judged(lambda _value: False)
"""For elements after the first, which the judge does not follow: a second interface or address."""
JUDGED_AS_IPV4 = Judged(is_ipv4)
"""The judge knows IPv4 only: an IPv6 address is told."""
UNLESS_SET = Harmless(NOT_SET, nothing)
EVERYWHERE = {"resourceGroupName": NAMED, "location": WHERE, "tags": NAMED, "zones": WHERE, "extendedLocation": WHERE}
"""Properties that most types have."""
