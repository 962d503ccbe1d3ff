"""The mesh's root, and the intermediates under it: what each is called, how long it lasts and what it may sign."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mesh import names
from mesh.pki import signing
from mesh.pki.certificates import Certificate
from mesh.pki.signing import Authority, Kind

ROOT_LIFETIME = datetime.timedelta(days=3652)
INTERMEDIATE_LIFETIME = datetime.timedelta(days=730)
COMMON_NAME_MAX = 64
_ROOT_SUFFIX = " root authority"
TRUST_DOMAIN_MAX = COMMON_NAME_MAX - len(_ROOT_SUFFIX)


def root(trust_domain: str, kind: Kind, now: datetime.datetime) -> Authority:
    """A new root, that signs itself."""
    called = {NameOID.ORGANIZATION_NAME: names.PROJECT, NameOID.COMMON_NAME: f"{trust_domain}{_ROOT_SUFFIX}"}
    return signing.authority(signing.name(called), signing.new_key(kind), now, now + ROOT_LIFETIME, path_length=1)


def intermediate(above: Authority, environment: str, cluster: str, now: datetime.datetime) -> Authority:
    """A new intermediate, that signs workloads and no further authority; it ends with the root at the latest."""
    key = signing.new_key("rsa" if isinstance(above.key, rsa.RSAPrivateKey) else "ec")
    end = min(now + INTERMEDIATE_LIFETIME, above.certificate.not_valid_after_utc)
    return signing.authority(_intermediate_name(environment, cluster), key, now, end, path_length=0, above=above)


def is_of(certificate: Certificate, environment: str, cluster: str) -> bool:
    """Whether an intermediate was issued for a cluster."""
    return certificate.subject == _intermediate_name(environment, cluster)


def _intermediate_name(environment: str, cluster: str) -> x509.Name:
    return signing.name(
        {
            NameOID.ORGANIZATION_NAME: names.PROJECT,
            NameOID.ORGANIZATIONAL_UNIT_NAME: environment,
            NameOID.COMMON_NAME: cluster,
        }
    )
