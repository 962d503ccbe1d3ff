"""A real lab that colleagues change behind the program's back: what `mesh drift` says of it, and its repair.

`make test-drift` prints the table.
"""

import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import changes_of_calls
import changes_of_no_call
import changes_of_nobody
import looked_at
import pytest
from changed_lab import Colleague, colleague
from changes_behind import Behind
from looked_at import Deployed, Looked

from mesh.engine.recovery import locks
from mesh.lab.servers import Servers

STACK = """
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    ssh_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHGGJkcZkRhqZbHuXHSqRpBYVMTjjcNW2DtE5pUbvr5E me@example.com
    networks:
      east: {space: 10.10.0.0/16, peers: [machines]}
      machines: {space: 10.30.0.0/16}
    clusters:
      east:
        network: east
        kubernetes: "1.34"
        network_policy: cilium
        pools: {system: {size: Standard_D4s_v5, nodes: 3}, apps: {size: Standard_D4s_v5, nodes: {min: 2, max: 5}}}
        ingress: {public: {hosts: [shop.example.com], tls: {certificate: shop}, allow_from: [203.0.113.0/24]}}
    machines:
      ledger-0: {network: machines, address: 10.30.0.10, joins: east, size: Standard_D2s_v5}
      vault-db: {network: machines, address: 10.30.0.20, existing: true}
    workloads:
      storefront: {cluster: east, namespace: shop, ports: {http: 8080}}
      cart: {cluster: east, namespace: shop, ports: {http: 8080}}
      orders: {cluster: east, namespace: shop, ports: {http: 8080}}
      stock: {cluster: east, namespace: shop, ports: {http: 8080}}
      prices: {cluster: east, namespace: shop, ports: {http: 8080}}
      ledger: {machines: [ledger-0], namespace: finance, ports: {http: 9000}}
      orders-db: {machines: [vault-db], sidecar: false, namespace: finance, kind: postgres, ports: {sql: 5432}}
      payments: {external: {hosts: [api.payments.example]}, namespace: finance, ports: {https: 443}}
    routes:
      - {from: ingress/public, to: storefront, http: [{paths: [/*]}]}
      - {from: storefront, to: cart, http: [{methods: [GET], paths: [/cart/*]}]}
      - {from: cart, to: orders, http: [{methods: [POST], paths: [/orders]}]}
      - {from: orders, to: stock, http: [{paths: [/*]}]}
      - {from: orders, to: prices, http: [{paths: [/*]}]}
      - {from: orders, to: orders-db, tcp: sql}
      - {from: orders, to: ledger, http: [{methods: [POST], paths: [/entries]}]}
      - {from: ledger, to: payments, tcp: https}
    traffic:
      orders: {timeout: 2s, retries: {attempts: 2}}
    theirs:
      - {of: "network/*", fields: tags.CostCenter, reason: Azure Policy sets it on everything in the subscription}
"""
DRIFT = (
    *changes_of_calls.OPENED, *changes_of_calls.BROKEN, *changes_of_no_call.COSMETIC,
    *changes_of_nobody.IN_AZURE, *changes_of_nobody.ON_THE_CLUSTER,
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    deployed: Deployed
    they: Colleague

    def drift(self, *options: str) -> Looked:
        return self.deployed.drift(*options)

    def mesh(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self.deployed.mesh(command, *options)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with looked_at.deployed(tmp_path_factory.mktemp("drift"), STACK) as (lab, deployed):
        (kubeconfig,) = lab.kubeconfigs.glob("*.yaml")
        with colleague(lab, kubeconfig) as they:
            they.serve_gateway_api()
            yield Ground(deployed, they)


def test_what_is_as_it_was_made_is_no_drift_and_looking_writes_nothing(ground: Ground) -> None:
    before = ground.they.writes_so_far()

    looked = ground.drift()

    assert (looked.status, looked.drifted) == (0, {})
    assert ground.they.writes_so_far() == before


def test_what_changes_by_itself_and_what_others_keep_ends_with_0(ground: Ground) -> None:
    for change in changes_of_no_call.NO_DRIFT:
        change.done(ground.they)

    looked = ground.drift()

    assert (looked.status, looked.drifted) == (0, {})
    assert _untold(looked, changes_of_no_call.NO_DRIFT) == []


def test_each_change_is_told_in_its_class_and_put_back(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    assert len(DRIFT) >= 60
    for change in DRIFT:
        change.done(ground.they)

    before = ground.they.writes_so_far()
    looked = ground.drift()

    assert ground.they.writes_so_far() == before, "a look that finds something writes nothing either"
    assert _untold(looked, DRIFT) == []
    assert sorted(looked.drifted) == sorted(change.subject for change in DRIFT), "nothing else is told"

    unasked = ground.mesh("drift", "--repair")
    assert unasked.returncode == 2
    assert "Without a terminal nobody can be asked: mesh drift --repair --yes" in unasked.stderr

    unowned = {change.subject for change in DRIFT if change.unowned}
    kept = ground.drift("--repair", "--yes")
    assert (kept.status, set(kept.drifted)) == (1, unowned), "what nobody declares goes only where it is named"

    repaired = ground.drift("--repair", "--yes", *(part for name in sorted(unowned) for part in ("--delete", name)))

    assert (repaired.status, repaired.drifted) == (0, {})
    assert _untold(repaired, changes_of_no_call.NO_DRIFT) == [], "what is no drift stays as it is"
    record_property("changes", f"{len(DRIFT)} of {len(DRIFT)} told in their class, put back, and looked for again")


def test_what_was_put_back_and_is_changed_otherwise_is_told_and_put_back_again(ground: Ground) -> None:
    for change in changes_of_calls.AGAIN:
        change.done(ground.they)

    looked = ground.drift()

    assert _untold(looked, changes_of_calls.AGAIN) == []
    assert sorted(looked.drifted) == sorted(change.subject for change in changes_of_calls.AGAIN)

    repaired = ground.drift("--repair", "--yes")

    assert (repaired.status, repaired.drifted) == (0, {})


def _untold(looked: Looked, changes: Iterable[Behind]) -> list[tuple[str, list[dict[str, Any]]]]:
    """With what is told in their place."""
    return [
        (change.subject, [item for item in looked.items if item["subject"] == change.subject])
        for change in changes
        if not looked.say(change)
    ]


def test_a_locked_state_is_neither_drift_nor_none(ground: Ground) -> None:
    folder = ground.deployed.project.folder / "state/.pulumi/locks/organization/trial/lab"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "0.json"
    lock.write_bytes(locks.own())
    try:
        ended = ground.mesh("drift", "--format", "json")
    finally:
        lock.unlink()

    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Stack lab is locked, so nobody can say what it holds and what is being deployed" in ended.stderr
    assert "If it is dead: mesh recover --stack lab" in ended.stderr


def test_a_cluster_that_is_stopped_is_neither_drift_nor_none(ground: Ground) -> None:
    servers = Servers(ground.they.lab)
    (cluster,) = servers.clusters()
    servers.stop(cluster)

    ended = ground.mesh("drift", "--format", "json")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert "does not answer" in ended.stderr or "unreachable" in ended.stderr
