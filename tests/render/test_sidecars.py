"""What the sidecars of a workload listen to, as its Sidecar says."""

from typing import Any

from environments import declared, resolved

from mesh.render import plan


def listeners(workload: str) -> list[Any]:
    return [
        item.manifest["spec"].get("ingress")
        for item in plan(resolved(declared())).objects
        if item.manifest["kind"] == "Sidecar" and item.manifest["metadata"]["name"] == workload
    ]


def test_a_machine_listens_whatever_istiod_knows_of_it_when_it_registers() -> None:
    assert listeners("ledger") == [[{"port": {"name": "grpc", "number": 9000, "protocol": "GRPC"}}]]


def test_pods_listen_as_their_service_says() -> None:
    assert listeners("storefront") == [None]
