"""A sound stack file to start from, as text and as a value, for tests that change one thing in it."""

import copy
from pathlib import Path
from typing import Any

from mesh import resolve
from mesh.declaration import stack_file
from mesh.declaration.problems import ENVIRONMENT, Invalid
from mesh.declaration.stack_file import Document
from mesh.model import Environment

TEXT = b"""
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    ssh_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHGGJkcZkRhqZbHuXHSqRpBYVMTjjcNW2DtE5pUbvr5E me@example.com
    tags: {team: shop}
    networks:
      east: {space: 10.10.0.0/16, peers: [west, machines]}
      west: {space: 10.20.0.0/16, peers: [machines], location: northeurope, nat: false}
      machines: {space: 10.30.0.0/16}
    clusters:
      east:
        network: east
        kubernetes: "1.34"
        pools:
          system: {size: Standard_D4s_v5, nodes: 3, zones: ["1", "2", "3"]}
          apps: {size: Standard_D8s_v5, nodes: {min: 2, max: 10}}
        ingress:
          public: {hosts: [shop.example.com], tls: {certificate: shop}, allow_from: [203.0.113.0/24]}
          partners: {hosts: [partners.example.com], internal: true, allow_from: [10.99.0.0/16], redirect: true,
            tls: {existing_secret: partners-tls, client_names: [b.example, a.example]}}
      west:
        network: west
        kubernetes: "1.35.2"
        pools: {system: {size: Standard_D4s_v5, nodes: 3}}
        pod_cidr: 100.64.0.0/16
        service_cidr: 172.17.0.0/20
        east_west: {address: 10.20.128.20}
        api_allow_from: [198.51.100.0/24]
    machines:
      ledger-0: {network: machines, address: 10.30.0.10, joins: east, size: Standard_D2s_v5, zone: "1"}
      vault-db: {network: machines, address: 10.30.0.20, joins: west, existing: true}
    workloads:
      storefront: {cluster: east, namespace: shop, ports: {http: {number: 8080, protocol: http}}}
      orders: {cluster: [west, east], namespace: shop, ports: {http: 8080, grpc-admin: 9090}}
      ledger: {machines: [ledger-0], namespace: finance, ports: {grpc: {number: 9000, protocol: grpc}}}
      legacy: {cluster: east, machines: [vault-db], namespace: finance, ports: {web: {number: 8081, protocol: http2}}}
      orders-db: {machines: [vault-db], sidecar: false, namespace: finance, kind: postgres, ports: {sql: 5432}}
      invoices-db:
        managed: {host: inv.postgres.database.azure.com, network: machines}
        namespace: finance
        kind: postgres
        ports: {sql: 5432}
      thumbnails: {function: {host: thumbs.azurewebsites.net}, namespace: media, ports: {https: 443}}
      payments: {external: {hosts: [b.payments.example, a.payments.example]}, namespace: finance, ports: {https: 443}}
    routes:
      - {from: ingress/public, to: storefront, http: [{paths: [/*]}]}
      - {from: storefront, to: orders, port: http, http: [{methods: [POST, GET], paths: [/orders/*, /orders]}]}
      - {from: orders, to: orders-db, tcp: sql}
      - {from: orders, to: ledger, http: [{methods: [POST], paths: [/ledger.Ledger/*]}]}
      - {from: ledger, to: payments, tcp: https}
"""


_ENVIRONMENT: dict[str, Any] = stack_file.document(TEXT).value["config"][ENVIRONMENT[-1]]


def declared() -> dict[str, Any]:
    """The environment as a value, to be changed."""
    return copy.deepcopy(_ENVIRONMENT)


def resolved(environment: Any, name: str = "shop") -> Environment:
    return resolve.environment(document(environment), name)


def document(environment: Any) -> Document:
    subscription = "11111111-2222-4333-8444-555555555555"
    return Document.of({"config": {"azure-native:subscriptionId": subscription, ENVIRONMENT[-1]: environment}})


def problems(environment: Any, name: str = "shop") -> list[str]:
    """Each problem's place and what is wrong; none where the environment is sound."""
    try:
        resolved(environment, name)
    except Invalid as invalid:
        return [f"{problem.place}: {problem.message}" for problem in invalid.problems]
    return []


def lab_without_network_policies() -> Environment:
    """Stack lab without NetworkPolicies, which otherwise stop pods before the layers under test decide."""
    text = (Path(__file__).parents[1] / "stacks" / "Pulumi.lab.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if "network_policy: cilium" not in line]
    assert len(lines) < len(text.splitlines())
    return resolve.environment(stack_file.document("".join(lines).encode()), "lab")
