"""Tokens that routes need, and that nobody asks for; and issuers that no route names."""

from collections.abc import Iterator
from dataclasses import replace

from mesh.access.attempts import Token, Verdict
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

TOKEN_NOT_ASKED = Kind(
    code="token-not-asked",
    severity="error",
    what="A route needs a token, and its requests get through without one, or without the claims it needs.",
    why="A RequestAuthentication alone refuses wrong tokens only: a request without any token passes.",
    example="ingress/public to orders:8080: GET shop.example.com/orders gets through without a token",
    fix="Ask for requestPrincipals and claims in each AuthorizationPolicy rule that lets these requests in.",
)
TOKENS_OF_OTHERS = Kind(
    code="tokens-of-others",
    severity="error",
    what="A gateway or a sidecar takes tokens for valid that no route names: of another issuer, audience or key set.",
    why="The owner of such keys can make tokens for any user.",
    example="east/istio-ingress/RequestAuthentication/ingress-public: rule 1: takes tokens of https://evil.example for "
    "any audience",
    fix="Remove the rule, or declare its issuer, audiences and jwks.",
)
KINDS = (TOKEN_NOT_ASKED, TOKENS_OF_OTHERS)


def findings(context: Context) -> Iterator[Finding]:
    for pair, verdicts in context.verdicts.items():
        texts = (text for verdict in verdicts for text in _let_through(context, verdict))
        for text in dict.fromkeys(texts):
            yield Finding(TOKEN_NOT_ASKED, str(context.declared[pair]), text)
    yield from _of_others(context)


def _let_through(context: Context, verdict: Verdict) -> Iterator[str]:
    request = verdict.attempt.request
    if request is None or request.token is None:
        return
    lesser: list[tuple[str, Token | None]] = [("a token", None)]
    if request.token.claims:
        lesser.append(("its claims", replace(request.token, claims=())))
    for missing, token in lesser:
        asked = replace(verdict.attempt, request=replace(request, token=token))
        if context.judge.verdict(asked).possible:
            yield f"{request.method} {request.host or ''}{request.path} gets through without {missing}"


def _of_others(context: Context) -> Iterator[Finding]:
    audiences: dict[tuple[str, str], set[str]] = {}
    for jwt in {request.jwt for route in context.plan.environment.routes for request in route.requests}:
        if jwt:
            audiences.setdefault((jwt.issuer, jwt.jwks), set()).update(jwt.audiences)
    for cluster, mesh in context.world.meshes.items():
        for item in mesh.of("RequestAuthentication"):
            for issuer in context.world.tokens[cluster].of(item):
                known = audiences.get((issuer.name, issuer.keys))
                if known is None or not issuer.audiences or not set(issuer.audiences) <= known:
                    text = f"takes tokens of {issuer.name} for {', '.join(issuer.audiences) or 'any audience'}"
                    yield Finding(TOKENS_OF_OTHERS, issuer.by, text)
