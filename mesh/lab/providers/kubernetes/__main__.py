"""The plugin process that the Pulumi engine starts."""

from mesh.lab.paths import lab
from mesh.lab.providers.kubernetes.provider import KubernetesProvider
from mesh.lab.providers.plugin import serve


def main() -> None:
    serve(KubernetesProvider(lab()))


if __name__ == "__main__":
    main()
