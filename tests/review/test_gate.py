"""Who approves widened access, and which losses are allowed."""

from datetime import date

import pytest

from mesh.model import Approval
from mesh.review import gate
from mesh.review.gate import Widening

DAY = date(2026, 11, 29)
WIDENING = Widening("cart to orders:8080", "is new")


def approval(call: str, until: date = DAY) -> Approval:
    return Approval(call, "the cart needs it", until)


@pytest.mark.parametrize(
    ("call", "approves"),
    [
        ("cart to orders:8080", True),
        ("cart to orders", True),
        ("cart to *", True),
        ("* to orders:8080", True),
        ("cart to orders:808", False),
        ("cart to order", False),
        ("art to orders", False),
        ("cart to orders-db", False),
    ],
)
def test_an_approval_is_for_what_it_names(call: str, approves: bool) -> None:
    found = gate.approvals([WIDENING], [approval(call)], [], DAY)

    assert bool(found.approved) is approves
    assert bool(found.missing) is not approves


def test_an_approval_of_one_workload_is_none_of_another_that_begins_alike() -> None:
    database = Widening("cart to orders-db:5432", "is new")

    assert gate.approvals([database], [approval("cart to orders")], [], DAY).missing == (database,)


def test_an_approval_counts_up_to_its_day() -> None:
    ended = approval("cart to orders", date(2026, 11, 28))

    found = gate.approvals([WIDENING], [ended], [], DAY)

    assert found.missing == (WIDENING,)
    assert found.expired == (ended,)
    assert gate.approvals([WIDENING], [ended], ["*"], DAY).missing == ()


def test_with_a_cluster_that_may_go_go_its_pools_and_no_others() -> None:
    losses = {"cluster/west": "deleted", "pool/west/apps": "deleted", "pool/east/apps": "replaced"}

    assert gate.refused(losses, ["cluster/west"]) == {"pool/east/apps": "replaced"}
    assert gate.refused({"pool/west/apps": "deleted"}, ["cluster/west"]) == {"pool/west/apps": "deleted"}


def test_a_namespace_is_allowed_by_its_name_and_goes_without_a_word_with_its_cluster() -> None:
    losses = {"east/Namespace/shop": "deleted", "west/Namespace/shop": "deleted", "cluster/west": "deleted"}

    assert gate.refused(losses, []) == {"cluster/west": "deleted", "east/Namespace/shop": "deleted"}
    assert gate.refused(losses, ["cluster/west", "east/Namespace/shop"]) == {}
