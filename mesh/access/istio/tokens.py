"""RequestAuthentications: what a proxy makes of a request's token, and of a request without one.

A token that is valid says who the user is. One that is not is refused (401), one that is not there passes: only an
AuthorizationPolicy refuses its absence.
https://istio.io/latest/docs/reference/config/security/request_authentication/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product
from typing import Any

from mesh.access.attempts import Request, Step, Token
from mesh.access.istio.authorization import Source
from mesh.access.istio.meshes import Mesh, selects
from mesh.access.istio.policies import Policy
from mesh.plan.resources import KubernetesObject

_KIND = "RequestAuthentication"
_CLAIMS = "request.auth.claims["
_MOST = 8
"""Combinations of claims that are tried."""


@dataclass(frozen=True)
class Issuer:
    """Whose tokens are valid, by one rule."""

    by: str
    name: str
    audiences: tuple[str, ...]
    """Empty: any."""
    keys: str
    forwards: bool
    """Whether the token goes on to the callee."""

    def takes(self, token: Token) -> bool:
        of_audience = not self.audiences or bool(set(self.audiences) & set(token.audiences))
        return token.issuer == self.name and of_audience


class Tokens:
    """Of one cluster's configuration."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._found = cache(self._find)

    def issuers(self, namespace: str, labels: Mapping[str, str]) -> tuple[Issuer, ...]:
        """For a proxy; empty: it reads no tokens."""
        return self._found(namespace, frozenset(labels.items()))

    def of(self, item: KubernetesObject) -> tuple[Issuer, ...]:
        """Those of one RequestAuthentication."""
        rules = (item.manifest.get("spec") or {}).get("jwtRules") or ()
        return tuple(_issuer(item.name, number, rule) for number, rule in enumerate(rules, start=1))

    def read(self, namespace: str, labels: Mapping[str, str], source: Source, request: Request | None) -> Source | Step:
        """The source, with its user where its token is valid; or the step that refuses it."""
        token = request.token if request else None
        issuers = self.issuers(namespace, labels) if token else ()
        if token is None or not issuers:
            return source
        if issuer := next((one for one in issuers if one.takes(token)), None):
            claims = {"aud": list(token.audiences), **dict(token.claims)}
            return replace(source, request_principal=f"{issuer.name}/user", claims=claims)
        text = f"{token} is valid for none of its issuers and audiences: the proxy answers 401"
        return Step("authorization", issuers[0].by, "stops", text)

    def forwarded(self, namespace: str, labels: Mapping[str, str], request: Request) -> bool:
        """Whether a token goes on to the callee."""
        if (token := request.token) is None:
            return True
        return all(one.forwards for one in self.issuers(namespace, labels) if one.takes(token))

    def _find(self, namespace: str, labels: frozenset[tuple[str, str]]) -> tuple[Issuer, ...]:
        """Those of the root namespace and of its own that select it."""
        return tuple(
            issuer
            for other in dict.fromkeys((self._mesh.settings.root_namespace, namespace))
            for item in self._mesh.of(_KIND, other)
            if selects(_selector(item.manifest), dict(labels))
            for issuer in self.of(item)
        )


def examples(issuers: tuple[Issuer, ...], policies: tuple[Policy, ...]) -> Iterator[Token]:
    """Tokens to try: of each issuer, without claims and with those that rules ask for."""
    claims: dict[tuple[tuple[str, str], ...], None] = {(): None}
    for policy in policies:
        for rule in policy.rules:
            asked = {
                one.key.removeprefix(_CLAIMS).removesuffix("]"): one.values
                for one in rule.http.conditions
                if one.key.startswith(_CLAIMS) and one.values
            }
            for values in islice(product(*asked.values()), _MOST):
                claims[tuple(zip(asked, values, strict=True))] = None
    for issuer in issuers:
        for said in claims:
            yield Token(issuer.name, issuer.audiences, said)


def _issuer(item: str, number: int, rule: Mapping[str, Any]) -> Issuer:
    keys = rule.get("jwksUri") or rule.get("jwks") or ""
    audiences = tuple(rule.get("audiences") or ())
    return Issuer(f"{item}: rule {number}", rule["issuer"], audiences, keys, bool(rule.get("forwardOriginalToken")))


def _selector(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    selector: Mapping[str, Any] = (manifest.get("spec") or {}).get("selector") or {}
    return selector.get("matchLabels") or {}
