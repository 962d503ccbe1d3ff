"""Whether a proxy's AuthorizationPolicies let a call in, and which of their rules says so.

CUSTOM, then DENY, then ALLOW, of the root namespace and the proxy's own together; AUDIT decides nothing.
https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from ipaddress import IPv4Network
from itertools import product
from typing import Any

from mesh.access import attempts
from mesh.access.attempts import Outcome
from mesh.access.istio import grants, paths, policies, string_matches
from mesh.access.istio.attachment import Attachment
from mesh.access.istio.attributes import Address, Network, Seen
from mesh.access.istio.grants import Grant, Vocabulary
from mesh.access.istio.meshes import Mesh, Normalization, Settings
from mesh.access.istio.policies import Action, Policy, Rules

_ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True)
class Source:
    """The caller, as the callee's proxy sees it."""

    principal: str | None
    """Without spiffe://. None: no identity of the mesh, as in plaintext."""
    address: Address | Network | None = None
    """The other end of the connection. A network: one of its addresses; None: any."""
    remote_address: Address | Network | None = None
    """The client's own, where a proxy in front tells it. None: the same."""
    request_principal: str | None = None
    """Of a valid token: issuer/subject."""
    claims: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Of a valid token."""
    certificate_name: str | None = None
    """In a certificate that has no such identity, as of a client at an ingress gateway; only `*` matches it."""


@dataclass(frozen=True)
class Call:
    source: Source
    port: int
    """The callee's own, not its service's."""
    request: attempts.Request | None = None
    """None: the port is TCP to the proxy."""
    host: str | None = None
    """Of a request that names none itself."""
    sni: str | None = None
    destination_address: Address | Network | None = None
    """None: any."""


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    """`partly` where it depends on which address of a network the call has."""
    by: str
    text: str

    @property
    def allowed(self) -> bool:
        return self.outcome == "passes"


class Policies:
    """Of one cluster's configuration, compiled once.

    What the provider of a CUSTOM action answers is not known here. It is taken to agree, unless `providers_refuse`.
    """

    def __init__(self, mesh: Mesh, *, providers_refuse: bool = False) -> None:
        self._settings = mesh.settings
        self._providers_refuse = providers_refuse
        self._attachment = Attachment(policies.policies(mesh), mesh.settings.root_namespace)
        self._by_workload: dict[tuple[str, frozenset[tuple[str, str]]], Applied] = {}
        self._by_policies: dict[tuple[Policy, ...], Applied] = {}

    def applying_to(self, namespace: str, labels: Mapping[str, str]) -> "Applied":
        """A gateway of the Gateway API is told by its label."""
        workload = (namespace, frozenset(labels.items()))
        if workload not in self._by_workload:
            chosen = tuple(self._attachment.to(namespace, labels))
            if chosen not in self._by_policies:
                self._by_policies[chosen] = Applied(chosen, self._settings, providers_refuse=self._providers_refuse)
            self._by_workload[workload] = self._by_policies[chosen]
        return self._by_workload[workload]


class Applied:
    """The policies that hold for a workload."""

    def __init__(self, chosen: tuple[Policy, ...], settings: Settings, *, providers_refuse: bool) -> None:
        self.policies = chosen
        self._settings = settings
        self._providers_refuse = providers_refuse
        self._parted = cache(self._part)
        enforced = [policy for policy in chosen if not policy.dry_run]
        tried = [policy for policy in chosen if policy.dry_run]
        self._custom, self._deny, self._allow = (_Acting(enforced, action) for action in ("CUSTOM", "DENY", "ALLOW"))
        self._tried_deny, self._tried_allow = (_Acting(tried, action) for action in ("DENY", "ALLOW"))

    def decide(self, call: Call) -> Decision:
        if call.request and paths.normalized(call.request.path, self._settings.normalization) is None:
            text = f"the proxy answers {call.request.path} with 400: %00 stands in no path"
            return Decision("stops", "Istio's path normalization", text)
        decisions = {decision.outcome: decision for decision in map(self._decide, self._seen(call))}
        if len(decisions) == 1:
            return next(iter(decisions.values()))
        let_in, refused = decisions["passes"], decisions["stops"]
        return Decision("partly", refused.by, f"for some addresses, {let_in.text}; for others, {refused.text}")

    def dry_run(self, call: Call) -> tuple[Decision, ...]:
        """The answer of dry-run policies, at the first possible address of the caller. They decide nothing."""
        seen = next(self._seen(call))
        said = []
        if rule := self._tried_deny.rules.first(seen):
            said.append(_decision("stops", rule.by, seen, f"would be denied by {rule.by}"))
        if self._tried_allow.policies:
            said.append(_allowed_or_refused(seen, self._tried_allow, "would be"))
        return tuple(said)

    def named_principals(self) -> frozenset[str] | None:
        """The only identities that can be let in; None where others may be, so that each has to be asked."""
        return self._allow.rules.principals if self._allow.policies else None

    def grants(self, source: Source, port: int, *, tcp: bool = False) -> tuple[Grant, ...]:
        """The permissions that ALLOW rules give to a source at a port, with their conditions."""
        seen = next(self._seen(Call(source, port, None if tcp else attempts.Request())))
        return tuple(grants.grants(self._allow.rules.about(seen.identity), seen))

    def vocabulary(self) -> Vocabulary:
        return grants.vocabulary(rule for policy in self.policies for rule in policy.rules)

    def _decide(self, seen: Seen) -> Decision:
        asking = self._custom.rules.first(seen)
        if asking and (refusal := self._refusal(seen)):
            return _decision("stops", asking.by, seen, f"is denied by {asking.by}, {refusal}")
        if rule := self._deny.rules.first(seen):
            return _decision("stops", rule.by, seen, f"is denied by {rule.by}")
        condition = f", if its provider agrees ({asking.by})" if asking and self._asks(seen) else ""
        if self._allow.policies:
            decision = _allowed_or_refused(seen, self._allow, "is")
            return replace(decision, text=decision.text + condition) if decision.allowed else decision
        default = "no ALLOW policy applies" if self.policies else "no policy applies"
        return _decision("passes", f"Istio's default: {default}", seen, f"is allowed, because {default}{condition}")

    def _refusal(self, seen: Seen) -> str | None:
        """Why a CUSTOM rule that matches denies; None where its provider is taken to agree, or is not asked.

        Istio: pilot/pkg/security/authz/builder/builder.go, buildHTTP and buildTCP.
        """
        if len(self._providers) > 1:
            # Unless istiod runs with PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS, which is off by default.
            return f"as Istio asks no provider where policies name several: {', '.join(self._providers)}"
        (provider,) = self._providers
        if self._settings.authorizers is not None and provider not in self._settings.authorizers:
            return f"as MeshConfig has no provider {provider}"
        return f"if the provider {provider} refuses" if self._providers_refuse and self._asks(seen) else None

    def _asks(self, seen: Seen) -> bool:
        """A provider that speaks HTTP is not asked about TCP."""
        return seen.http or (self._settings.authorizers or {}).get(self._providers[0]) != "http"

    @cached_property
    def _providers(self) -> tuple[str, ...]:
        """Of policies in dry run, too: they count."""
        return tuple(sorted({policy.provider for policy in self.policies if policy.action == "CUSTOM"}))

    def _seen(self, call: Call) -> Iterator[Seen]:
        """A call from or to somewhere in a network: once for each part of it that rules tell from the rest."""
        source, normalization = call.source, self._settings.normalization
        remotes = (None,) if source.remote_address is None else self._parts(source.remote_address)
        for address, remote, destination in product(
            self._parts(source.address), remotes, self._parts(call.destination_address)
        ):
            yield _seen(call, normalization, address, remote or address, destination)

    def _parts(self, address: Address | Network | None) -> tuple[Address, ...]:
        return (address,) if isinstance(address, Address) else self._parted(address or _ANYWHERE)

    def _part(self, network: Network) -> tuple[Address, ...]:
        """The first address of each part."""
        first, last = int(network[0]), int(network[-1])
        edges = {edge for block in self._blocks for edge in (int(block[0]), int(block[-1]) + 1) if first < edge <= last}
        return tuple(type(network[0])(edge) for edge in sorted({first, *edges}))

    @cached_property
    def _blocks(self) -> frozenset[Network]:
        conditions = (one for policy in self.policies for rule in policy.rules for one in rule.http.conditions)
        return frozenset(block for condition in conditions for block in condition.blocks)


class _Acting:
    """The policies of one action, and their rules."""

    def __init__(self, chosen: Iterable[Policy], action: Action) -> None:
        self.policies = tuple(policy for policy in chosen if policy.action == action)
        self.rules = Rules(rule for policy in self.policies for rule in policy.rules)


def _seen(
    call: Call, normalization: Normalization, address: Address, remote_address: Address, destination_address: Address
) -> Seen:
    source, request = call.source, call.request
    issuer, _, subject = (source.request_principal or "").rpartition("/")
    claims = {"iss": issuer, "sub": subject, **source.claims} if source.request_principal else source.claims
    path = (paths.normalized(request.path, normalization) or "") if request else ""
    headers: dict[str, tuple[str, ...]] = {}
    if request:
        _, mark, query = request.path.partition("?")
        headers = {
            ":method": (request.method,),
            ":authority": (request.host or call.host or "",),
            ":path": (path + mark + query,),
        }
        for name, value in request.headers:
            headers[name.lower()] = (*headers.get(name.lower(), ()), value)
    return Seen(
        identity=string_matches.SPIFFE + source.principal if source.principal else source.certificate_name or "",
        address=address,
        remote_address=remote_address,
        destination_address=destination_address,
        port=call.port,
        sni=call.sni or "",
        http=request is not None,
        path=path,
        headers=headers,
        claims=claims,
    )


def _allowed_or_refused(seen: Seen, allowing: _Acting, verb: str) -> Decision:
    if rule := allowing.rules.first(seen):
        return _decision("passes", rule.by, seen, f"{verb} allowed by {rule.by}")
    # The one that is most about this workload: with a selector, and of its own namespace rather than the root's.
    closest = max(reversed(allowing.policies), key=lambda policy: bool(policy.selector or policy.targets))
    reason = "no rule matches" if closest.rules else "without rules, it allows nothing"
    names = ", ".join(policy.name for policy in allowing.policies)
    near = next(
        (f"; {rule.by} names the caller, but not this call" for rule in allowing.rules.naming(seen.identity)), ""
    )
    return _decision(
        "stops", f"{closest.name}: {reason}", seen, f"{verb} denied, because no ALLOW policy lets it in ({names}){near}"
    )


def _decision(outcome: Outcome, by: str, seen: Seen, verdict: str) -> Decision:
    who = seen.identity.removeprefix(string_matches.SPIFFE) or "a caller without identity"
    what = f"{seen.headers[':method'][0]} {seen.path} at " if seen.http else ""
    return Decision(outcome, by, f"{who} → {what}port {seen.port} {verdict}")
