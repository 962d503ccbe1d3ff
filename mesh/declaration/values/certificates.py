"""Names of certificates, of their secrets, and of the clients that show them."""

from typing import Annotated

from pydantic import AfterValidator

from mesh import names
from mesh.declaration.values.http import LABEL
from mesh.declaration.values.naming import NAME, NAME_IN_WORDS
from mesh.declaration.values.rule import Rule, printed, wrong

ClientName = Annotated[
    str,
    Rule(
        rf"({LABEL}\.)*{LABEL}|[a-z][a-z0-9+.-]*://[A-Za-z0-9._~:/@%+-]+",
        "a client's name is a whole DNS name or URI, as its certificate has it among its alternative names",
        "Write one such as partner.example.com or spiffe://partner.example/billing",
        253,
    ),
]


def _no_authority_of_another(secret: str) -> str:
    if secret.endswith("-cacert"):
        raise wrong(
            f"{printed(secret)} ends in -cacert; Istio reads such a secret as the CA of the secret without this ending",
            "Choose a name without the ending",
        )
    return secret


SecretName = Annotated[
    str,
    AfterValidator(_no_authority_of_another),
    Rule(
        rf"{LABEL}(\.{LABEL})*",
        "the name of a secret has lower-case letters, digits, hyphens and dots",
        "Write one such as shop-tls",
        253,
    ),
]
CertificateName = Annotated[
    str,
    AfterValidator(_no_authority_of_another),
    Rule(NAME, NAME_IN_WORDS, "Choose a name such as shop", names.NAME_MAX),
]
