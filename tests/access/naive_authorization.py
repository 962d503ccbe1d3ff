"""AuthorizationPolicy as its documentation reads, over plain dicts: no index, no compiling, nothing remembered.

A second opinion on `mesh.access.istio.authorization`, slow and straight, which shares no line with it. Where the
documentation leaves a case open, Istio's own translation decides (pilot/pkg/security/authz, 1.30).
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

FIELDS = {
    "principals": "source.principal",
    "requestPrincipals": "request.auth.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
    "trustDomains": "source.trustDomain",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "remote.ip",
    "hosts": "host",
    "ports": "destination.port",
    "methods": "method",
    "paths": "path",
}
"""What a condition in `when` is called that says the same; the last ones have no such name."""
ATTRIBUTES = (
    *("source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount", "source.trustDomain"),
    *("request.auth.principal", "request.auth.audiences", "request.auth.presenter"),
    *("destination.ip", "destination.port", "connection.sni"),
)
HTTP_ONLY = ("request.", "host", "method", "path")
TRUE = ("1", "t", "T", "TRUE", "true", "True")
SEGMENT = r"[a-zA-Z0-9\-._~%!$&'()+,;:@=]+"
SEGMENTS = r"[a-zA-Z0-9\-._~%!$&'()+,;:@=/]*"
"""What {*} and {**} stand for in Envoy's templates of paths."""


class Invalid(Exception):
    """A value that cannot be compared: not one for this port, or not one at all."""


def decision(policies: list[Any], workload: Any, call: Any, mesh: Any) -> tuple[bool, set[str]]:
    """Whether a call is let in, and the rules that may be named for it (none where it is a default).

    Every provider that is asked refuses.
    """
    enforced = [
        policy
        for policy in policies
        if _applies(policy, workload, mesh)
        and policy["metadata"].get("annotations", {}).get("istio.io/dry-run") not in TRUE
    ]
    for action in ("CUSTOM", "DENY"):
        if denying := set(_matching(enforced, action, call, mesh)):
            return False, denying
    if not any(_action(policy) == "ALLOW" for policy in enforced):
        return True, set()
    allowing = set(_matching(enforced, "ALLOW", call, mesh))
    return bool(allowing), allowing


def _applies(policy: Any, workload: Any, mesh: Any) -> bool:
    spec = policy.get("spec") or {}
    if policy["metadata"]["namespace"] not in (mesh["root_namespace"], workload["namespace"]):
        return False
    if spec.get("targetRefs") or spec.get("targetRef"):  # Only gateways of the Gateway API are meant by these.
        return False
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    return all(workload["labels"].get(key) == value for key, value in wanted.items())


def _action(policy: Any) -> str:
    return str((policy.get("spec") or {}).get("action") or "ALLOW")


def _matching(policies: list[Any], action: str, call: Any, mesh: Any) -> Iterator[str]:
    for policy in policies:
        if _action(policy) != action:
            continue
        for number, rule in enumerate((policy.get("spec") or {}).get("rules") or [], 1):
            if rule is not None and _rule_matches(rule, action, policy["metadata"]["namespace"], call, mesh):
                yield f"{policy['name']}: rule {number}"


def _rule_matches(rule: Any, action: str, namespace: str, call: Any, mesh: Any) -> bool:
    when = [(condition["key"], condition) for condition in rule.get("when") or []]
    if not all(_is_known(key) for key, _ in when):
        return False  # The whole rule is left out, whatever its action.
    groups = [
        [_conditions((one or {}).get("source") or {}) for one in rule.get("from") or [None]],
        [_conditions((one or {}).get("operation") or {}) for one in rule.get("to") or [None]],
        [[(key, condition.get("values"), condition.get("notValues")) for key, condition in when]],
    ]
    results = [[_all_hold(each, action, namespace, call, mesh) for each in group] for group in groups]
    if any(result is None for group in results for result in group):
        return False  # One value that cannot be compared voids a whole rule that allows.
    return all(any(group) for group in results)


def _is_known(key: str) -> bool:
    return key in ATTRIBUTES or key.startswith(("request.headers", "request.auth.claims"))


def _conditions(fields: Any) -> list[tuple[str, Any, Any]]:
    return [
        (key, fields.get(field), fields.get("not" + field[0].upper() + field[1:]))
        for field, key in FIELDS.items()
        if fields
    ]


def _all_hold(conditions: Any, action: str, namespace: str, call: Any, mesh: Any) -> bool | None:
    """None where a rule that allows holds a value that cannot be compared."""
    hold = True
    for key, values, unwanted in conditions:
        for listed, wanted in ((values, True), (unwanted, False)):
            found = []
            for value in _with_aliases(listed or [], mesh) if key == "source.principal" else listed or []:
                try:
                    found.append(_matches(key, value, namespace, call, mesh))
                except Invalid:
                    if action == "ALLOW":
                        return None
            if found and any(found) is not wanted:
                hold = False
    return hold


def _matches(key: str, value: str, namespace: str, call: Any, mesh: Any) -> bool:
    if key.startswith(HTTP_ONLY):
        if call["request"] is None:
            raise Invalid(key)
        return _matches_request(key, value, call, mesh)
    match key:
        case "source.ip" | "remote.ip" | "destination.ip":
            return ip_address(call[key]) in _network(value)
        case "destination.port":
            if not re.fullmatch("[0-9]+", value) or int(value) > 65535:
                raise Invalid(value)
            return int(value) == call["port"]
        case "connection.sni":
            return _text(value, call["sni"] or "")
        case "source.trustDomain":
            aliases = mesh["trust_domains"] if value in mesh["trust_domains"] else [value]
            pattern = "|".join(re.escape(alias).replace(r"\*", "[^/]*") for alias in aliases)
            return _identity(f"spiffe://({pattern})/.*", call)
        case "source.namespace":
            return _identity(".*/ns/" + re.escape(value).replace(r"\*", ".*") + "/.*", call)
        case "source.serviceAccount":
            own, _, account = value.rpartition("/")
            return _identity(f"spiffe://.+/ns/{re.escape(own or namespace)}/(.+/|)sa/{re.escape(account)}(/.+)?", call)
        case _:
            return _principal(value, call)


def _matches_request(key: str, value: str, call: Any, mesh: Any) -> bool:
    request = call["request"]
    match key:
        case "host":
            return _text(value.lower(), request["host"].lower())
        case "method":
            return _text(value, request["method"])
        case "path":
            return _path(value, normalized(request["path"], mesh["normalization"]))
    if not key.startswith("request.headers"):
        return _matches_token(key, value, call["claims"])
    header = re.fullmatch(r"request\.headers\[(.+)\]", key)
    if header is None:
        raise Invalid(key)
    return any(_text(value, text, present="") for name, text in request["headers"] if name == header[1].lower())


def _matches_token(key: str, value: str, claims: Any) -> bool:
    match key:
        case "request.auth.principal":
            return _request_principal(value, claims)
        case "request.auth.audiences":
            return _claim(value, claims.get("aud"))
        case "request.auth.presenter":
            return _claim(value, claims.get("azp"))
    if not re.fullmatch(r"request\.auth\.claims(\[[^\[\]]+\])+", key):
        raise Invalid(key)
    for name in re.findall(r"\[([^\[\]]+)\]", key):
        claims = claims.get(name) if isinstance(claims, dict) else None
    return _claim(value, claims)


def _text(value: str, text: str, present: str = ".+") -> bool:
    """Exact, `abc*`, `*abc`, or `*` for whatever is there."""
    if value == "*":
        return present == "" or bool(text)
    if value.startswith("*"):
        return text.endswith(value[1:])
    return text.startswith(value[:-1]) if value.endswith("*") else text == value


def _identity(pattern: str, call: Any) -> bool:
    """Without mutual TLS there is none, and nothing is like it."""
    principal = call["principal"]
    return principal is not None and re.fullmatch(pattern, f"spiffe://{principal}") is not None


def _principal(value: str, call: Any) -> bool:
    if value.startswith("*") and value != "*":
        return _identity("spiffe://.*" + re.escape(value[1:]), call)
    return call["principal"] is not None and _text(value, call["principal"])


def _with_aliases(principals: Sequence[str], mesh: Any) -> Iterator[str]:
    """The own trust domain stands for its aliases too, and `cluster.local` for all of them."""
    for principal in principals:
        domain, *rest = principal.split("/")
        own: list[str] = mesh["trust_domains"]
        told = any(_text(domain, other) for other in own) or domain == "cluster.local"
        if len(rest) != 4 or domain == "*" or not told:
            yield principal
            continue
        for other in own:
            kept = domain.startswith("*") and other.endswith(domain[1:])
            yield principal if kept else "/".join([other, *rest])


def _network(value: str) -> Any:
    try:
        return ip_network(value, strict=False)
    except ValueError:
        raise Invalid(value) from None


def _request_principal(value: str, claims: Any) -> bool:
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not issuer or not subject:
        return False
    if value == "*":
        return True
    if "/" not in value:  # Half of one: a suffix is the subject's, a prefix the issuer's, and nothing else is whole.
        if value.startswith("*"):
            return bool(subject.endswith(value[1:]))
        return value.endswith("*") and bool(issuer.startswith(value[:-1]))
    wanted_issuer, _, wanted_subject = value.rpartition("/")
    if value.startswith("*"):
        return _text(wanted_issuer, issuer) and subject == wanted_subject
    return bool(issuer == wanted_issuer) and _text(wanted_subject, subject)


def _claim(value: str, claim: Any) -> bool:
    texts = claim if isinstance(claim, list) else [claim]
    return any(isinstance(text, str) and _text(value, text) for text in texts)


def _path(value: str, path: str) -> bool:
    if "{*}" not in value and "{**}" not in value:
        return _text(value, path)
    parts = [{"{*}": SEGMENT, "{**}": SEGMENTS}.get(part) or re.escape(part) for part in value.split("/")]
    return re.fullmatch("/".join(parts), path) is not None


def normalized(target: str, mode: str) -> str:
    """The path of a request's target, as proxies compare it."""
    path = re.split("[?#]", target)[0]
    if mode == "NONE":
        return path
    if mode == "DECODE_AND_MERGE_SLASHES":
        path = re.sub("%5c", r"\\", re.sub("%2f", "/", path, flags=re.IGNORECASE), flags=re.IGNORECASE)
    path = "/".join("." * (len(each.split(";")[0])) if re.match(r"\.\.?;", each) else each for each in path.split("/"))
    path = re.sub("%([0-9A-Fa-f]{2})", _unreserved, path).replace("\\", "/")
    segments: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders:
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    if last == "..":
        segments = segments[:-1]
    path = "/" + "".join(segment + "/" for segment in segments) + ("" if last in (".", "..") else last)
    return re.sub("/+", "/", path) if mode in ("MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES") else path


def _unreserved(escaped: re.Match[str]) -> str:
    character = chr(int(escaped[1], 16))
    return character if re.fullmatch("[A-Za-z0-9._~-]", character) else escaped[0]
