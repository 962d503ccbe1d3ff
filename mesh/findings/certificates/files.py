"""The names of the certificate files that are checked, in the environment's folder of secrets."""

from mesh import names
from mesh.model import Environment
from mesh.render import authority, ingress


def files(environment: Environment) -> tuple[str, ...]:
    """Those of gateways, and of the CAs of clusters."""
    of_gateways = {
        file
        for cluster in environment.clusters
        for gateway in cluster.ingress
        if gateway.tls and gateway.tls.source == "files"
        for file in ingress.certificate_files(gateway.tls).values()
    }
    of_authorities = {
        names.authority_file(cluster.name, file) for cluster in environment.clusters for file in authority.FILES
    }
    return tuple(sorted(of_gateways | of_authorities))
