"""What the engine complains of → what to do about it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from mesh.engine.runs import Event

_FIXES: Mapping[str, str] = {
    r"currently locked by|another update is currently in progress|the stack is currently locked": (
        "Another run holds the lock of stack {stack}. Wait until it ends; where none is running any more: "
        "mesh recover --stack {stack}"
    ),
    r"no space left on device|disk quota exceeded": (
        "The disk is full. Make room (df -h shows where), and run this again"
    ),
    r"the engine's events in .* are cut off": (
        "So nobody knows all that it found. Most likely that disk is full. Make room (df -h shows where), "
        "or choose another by TMPDIR, and run this again"
    ),
    r"AADSTS\d+|az login|ExpiredAuthenticationToken|ExpiredToken|InvalidAuthenticationToken|DefaultAzureCredential|"
    r"token (is|has) expired|AuthenticationFailed|kubelogin|Unauthorized|\b401\b|must be logged in|"
    r"PULUMI_ACCESS_TOKEN|failed to (get|acquire|refresh).{0,30}(token|credential)": (
        "The login is missing or has expired. Log in again (az login; in a pipeline, run the job again), and run this "
        "again"
    ),
    r"incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE": (
        "The secrets of the state cannot be read. Set PULUMI_CONFIG_PASSPHRASE, or log in to the vault that encrypts "
        "them"
    ),
    r"no stack named|stack '.*' not found": (
        "The backend has no stack {stack}. Check its name (pulumi stack ls) and the backend (pulumi whoami -v); a new "
        "one is made by pulumi stack init {stack}"
    ),
    r"cluster is unreachable|connection refused|no such host|i/o timeout|dial tcp|TLS handshake timeout|"
    r"network is unreachable|context deadline exceeded|connection reset": (
        "What the engine needs does not answer: a cluster's API server, Azure, or the backend of the state. Look at "
        "the network from here, and whether it runs; then run this again"
    ),
}
"""The first that fits is said."""
_UNREACHABLE = re.compile("cluster is unreachable|failed to (read|load).*(schema|kubeconfig)", re.IGNORECASE)
_OTHERWISE = "Mend what it says, and run this again. pulumi preview --stack {stack} --diff shows all of it"


def fix(errors: Iterable[str], stack: str) -> str:
    said = "\n".join(errors)
    found = (fix for pattern, fix in _FIXES.items() if re.search(pattern, said, re.IGNORECASE))
    return next(found, _OTHERWISE).format(stack=stack)


def of_system(error: OSError, stack: str) -> str:
    """What the system complains of, and what to do."""
    where = f" ({error.filename})" if error.filename else ""
    said = f"{error.strerror or error}{where}"
    return f"{said}. {fix([said], stack)}."


def unreachable(event: Event) -> Iterator[str]:
    """What the engine only warns of, and goes on as if nothing there had changed."""
    diagnostic = event.get("diagnosticEvent", {})
    message = str(diagnostic.get("message", ""))
    if diagnostic.get("severity") == "warning" and _UNREACHABLE.search(message):
        yield re.sub(r"<\{%.*?%\}>", "", message).strip().removeprefix("warning: ")
