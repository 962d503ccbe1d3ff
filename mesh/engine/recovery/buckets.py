"""Buckets of a cloud's storage that the engine keeps its files in: Azure Blob, S3, Google Cloud Storage."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from mesh.engine.recovery.stores import Content, Moved
from mesh.failures import Failure

_SECONDS_TO_ANSWER = 60
_LOCAL_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Bucket:
    bucket: ObjectStore
    url: str
    prefix: str = ""

    def names(self, folder: str) -> list[str]:
        with self._readable():
            listed = obstore.list_with_delimiter(self.bucket, f"{self.prefix}{folder}")
            names = (each["path"] for each in listed["objects"])
            return sorted(name.removeprefix(self.prefix) for name in names if name.endswith(".json"))

    def read(self, name: str) -> Content | None:
        with self._readable():
            try:
                answer = obstore.get(self.bucket, self.prefix + name)
                return Content(bytes(answer.bytes()), answer.meta["e_tag"])
            except (NotFoundError, FileNotFoundError):
                return None

    def create(self, name: str, data: bytes) -> None:
        with self._readable():
            obstore.put(self.bucket, self.prefix + name, data)

    def replace(self, name: str, data: bytes, before: Content) -> None:
        with self._readable():
            try:
                obstore.put(self.bucket, self.prefix + name, data, mode={"e_tag": before.version})
            except (PreconditionError, AlreadyExistsError):
                raise Moved from None

    def delete(self, name: str) -> None:
        with self._readable():
            try:
                obstore.delete(self.bucket, self.prefix + name)
            except (NotFoundError, FileNotFoundError):
                return

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise Failure(
                f"The backend {self.url} does not answer as it should: {_reason(error)}\n"
                "Log in as for pulumi (for Azure Blob: az login, or AZURE_STORAGE_KEY), then try again."
            ) from None


def bucket(url: str, environment: Mapping[str, str]) -> Bucket:
    """Raises Failure for a kind of backend that is not known here."""
    address = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(address.query).items()}
    if address.scheme == "azblob":
        opened: ObjectStore = _azure(address.netloc, options, environment)
    elif address.scheme == "s3":
        opened = _s3(address.netloc, options)
    elif address.scheme == "gs":
        opened = GCSStore(address.netloc)
    else:
        raise Failure(
            f"The backend {address.scheme}:// is not known here. It can be file, azblob, s3, gs or Pulumi Cloud."
        )
    return Bucket(opened, f"{address.scheme}://{address.netloc}", options.get("prefix", ""))


def _reason(error: Exception) -> str:
    """The library's words without its debugging, and without what follows a question mark: it may be a signature."""
    code = re.search(r"<Code>(\w+)</Code>", str(error))
    first = re.sub(r"\?\S*", "", str(error).partition("\n")[0].partition(": <?xml")[0])
    return f"{first} ({code[1]})" if code else first


def _azure(container: str, options: Mapping[str, str], environment: Mapping[str, str]) -> AzureStore:
    """The engine's own variables and options, in its order; else the login of az, else the machine's identity."""
    connection = _connection(environment)
    account = options.get("storage_account") or environment.get("AZURE_STORAGE_ACCOUNT") or connection["AccountName"]
    if not account:
        raise Failure("The backend azblob:// names no storage account: set AZURE_STORAGE_ACCOUNT.")
    protocol = options.get("protocol") or environment.get("AZURE_STORAGE_PROTOCOL") or "https"
    domain = options.get("domain") or environment.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    emulated = options.get("localemu") or environment.get("AZURE_STORAGE_IS_LOCAL_EMULATOR") or ""
    is_emulator = domain.startswith(_LOCAL_HOSTS) or emulated.lower() in ("1", "t", "true")
    endpoint = f"{protocol}://{domain}/{account}" if is_emulator else f"{protocol}://{account}.{domain}"
    identity = {
        name: environment[variable]
        for name, variable in (
            ("client_id", "AZURE_CLIENT_ID"),
            ("client_secret", "AZURE_CLIENT_SECRET"),
            ("tenant_id", "AZURE_TENANT_ID"),
            ("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE"),
        )
        if environment.get(variable)
    }
    if key := environment.get("AZURE_STORAGE_KEY") or connection["AccountKey"]:
        login: dict[str, str | bool] = {"account_key": key}
    elif signature := environment.get("AZURE_STORAGE_SAS_TOKEN"):
        login = {"sas_key": signature}
    elif not identity.keys() & {"client_secret", "federated_token_file"} and _has_azure_cli(environment):
        login = {"use_azure_cli": True}
    else:
        login = dict(identity)
    return AzureStore(
        container,
        config={"account_name": account, "endpoint": endpoint, **login},  # type: ignore[arg-type]
        client_options={"allow_http": protocol == "http", "timeout": timedelta(seconds=_SECONDS_TO_ANSWER)},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=_SECONDS_TO_ANSWER)},
    )


def _connection(environment: Mapping[str, str]) -> dict[str, str]:
    text = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    return {name: parts.get(name, "") for name in ("AccountName", "AccountKey")}


def _has_azure_cli(environment: Mapping[str, str]) -> bool:
    return shutil.which("az", path=environment.get("PATH")) is not None


def _s3(bucket: str, options: Mapping[str, str]) -> S3Store:
    config: dict[str, str] = {name: options[name] for name in ("region", "endpoint") if options.get(name)}
    return S3Store(bucket, config=config)  # type: ignore[arg-type]
