"""The certificates that ingress gateways are declared to show and to ask for, into the model's."""

from collections.abc import Iterator
from typing import Literal

from mesh import model, names
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec.ingress import KeyVault, Tls
from mesh.resolve import callers, references


def resolved(gateway: str, tls: Tls) -> model.IngressTls:
    return model.IngressTls(
        mode=tls.mode,
        secret=tls.certificate or tls.existing_secret or names.secret_of_key_vault(gateway),
        source=_source(tls),
        client_names=tuple(sorted(tls.client_names or ())),
        revocation_list=tls.revocation_list,
    )


def _source(tls: Tls) -> Literal["files", "others"] | model.KeyVault:
    if tls.key_vault is None:
        return "files" if tls.certificate else "others"
    return model.KeyVault(
        name=tls.key_vault.vault,
        resource_group=tls.key_vault.resource_group,
        certificate=tls.key_vault.certificate,
        authority=tls.key_vault.authority,
        revocation_list=tls.key_vault.revocation_list,
    )


def problems(declared: Declared, cluster_name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    called = _called(declared, cluster_name)
    owner: dict[str, str] = {}
    for name, gateway in sorted(cluster.ingress.items()):
        path: Path = ("clusters", cluster_name, "ingress", name)
        if gateway.tls is None:
            if name in called:
                yield Problem(
                    path,
                    "a route leads from this gateway, and it has no certificate",
                    f"Add tls: {{certificate: {name}}}, with tls.crt, tls.key and ca.crt in the folder "
                    f"certificates/{name} of the environment's secrets",
                )
            continue
        yield from _form_problems((*path, "tls"), gateway.tls)
        shown = _shown(gateway.tls)
        if shown and owner.setdefault(shown, name) != name:
            yield Problem(
                (*path, "tls"),
                f"{shown} is already the certificate of the gateway {owner[shown]}; clients that keep a connection "
                "to one would send it what is meant for the other",
                "Give each gateway a certificate for its own hosts",
            )


def _form_problems(path: Path, tls: Tls) -> Iterator[Problem]:
    given = [key for key in ("certificate", "existing_secret", "key_vault") if getattr(tls, key)]
    if len(given) > 1:
        yield Problem((*path, given[-1]), f"{spelling.listed(given)} exclude each other", "Keep one of them")
    if not given:
        yield Problem(
            path,
            "it names no certificate",
            "Add certificate: NAME for files in certificates/NAME, existing_secret: NAME for a secret in "
            "istio-ingress, or key_vault for a certificate in Azure Key Vault",
        )
    if tls.mode == "simple":
        for key in ("client_names", "revocation_list"):
            if getattr(tls, key):
                yield Problem(
                    (*path, key),
                    "with mode simple clients show no certificate, so there is nothing to compare",
                    f"Remove {key}, or mode",
                )
    elif tls.existing_secret and tls.revocation_list:
        yield Problem(
            (*path, "revocation_list"),
            "an existing secret needs no such key: Istio reads its ca.crl if there is one",
            "Remove revocation_list",
        )
    elif tls.key_vault and tls.revocation_list:
        yield Problem(
            (*path, "revocation_list"),
            "what a vault keeps has a name there",
            "Remove it, and write key_vault.revocation_list: NAME",
        )
    if tls.key_vault:
        yield from _key_vault_problems((*path, "key_vault"), tls.key_vault, tls.mode)
    yield from references.repetitions((*path, "client_names"), tls.client_names or (), "name")


def _key_vault_problems(path: Path, vault: KeyVault, mode: model.TlsMode) -> Iterator[Problem]:
    if mode == "mutual" and not vault.authority:
        yield Problem(
            path,
            "authority is missing: with mode mutual it names the CA of the clients",
            "Add authority: with the name of a secret of the vault, or mode: simple beside key_vault",
        )
    role_of = {vault.certificate.lower(): "certificate"}
    for key, secret in (("authority", vault.authority), ("revocation_list", vault.revocation_list)):
        if secret and role_of.setdefault(secret.lower(), key) != key:
            yield Problem(
                (*path, key),
                f"{secret} is the {role_of[secret.lower()]} already",
                "Keep each in a secret of its own",
            )
        if secret and mode == "simple":
            yield Problem(
                (*path, key),
                "with mode simple clients show no certificate, so there is nothing to compare",
                f"Remove {key}, or mode",
            )


def _shown(tls: Tls) -> str:
    """The identity of a certificate. A vault ignores upper and lower case."""
    vault = f"{tls.key_vault.vault}/{tls.key_vault.certificate}".lower() if tls.key_vault else ""
    return tls.certificate or tls.existing_secret or vault


def _called(declared: Declared, cluster_name: str) -> set[str]:
    """The cluster's gateways from which a route leads."""
    named = {route.caller for _, route in declared.routes if route.caller.startswith(callers.INGRESS)}
    return {
        caller.rpartition("/")[2] for caller in named if callers.ingress_clusters(declared, caller) == (cluster_name,)
    }
