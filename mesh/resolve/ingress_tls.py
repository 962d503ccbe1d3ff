"""The certificates that ingress gateways are declared to show and to ask for, into the model's."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import callers, references


def resolved(tls: spec.Tls) -> model.IngressTls:
    return model.IngressTls(
        mode=tls.mode,
        secret=_secret(tls),
        from_files=tls.certificate is not None,
        client_names=tuple(sorted(tls.client_names or ())),
        revocation_list=tls.revocation_list,
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
        secret = _secret(gateway.tls)
        if secret and owner.setdefault(secret, name) != name:
            yield Problem(
                (*path, "tls"),
                f"{secret} is already the certificate of the gateway {owner[secret]}; clients that keep a connection "
                "to one would send it what is meant for the other",
                "Give each gateway a certificate for its own hosts",
            )


def _form_problems(path: Path, tls: spec.Tls) -> Iterator[Problem]:
    if tls.certificate and tls.existing_secret:
        yield Problem(
            (*path, "existing_secret"), "certificate and existing_secret exclude each other", "Keep one of them"
        )
    if not tls.certificate and not tls.existing_secret:
        yield Problem(
            path,
            "it does not say which certificate",
            "Add certificate: NAME for files in certificates/NAME, or existing_secret: NAME for a secret in "
            "istio-ingress",
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
            "what an existing secret holds is not declared here: Istio reads its ca.crl where it has one",
            "Remove revocation_list",
        )
    yield from references.repetitions((*path, "client_names"), tls.client_names or (), "name")


def _secret(tls: spec.Tls) -> str:
    return tls.certificate or tls.existing_secret or ""


def _called(declared: Declared, cluster_name: str) -> set[str]:
    """The cluster's gateways from which a route leads."""
    named = {route.caller for _, route in declared.routes if route.caller.startswith(callers.INGRESS)}
    return {
        caller.rpartition("/")[2] for caller in named if callers.ingress_clusters(declared, caller) == (cluster_name,)
    }
