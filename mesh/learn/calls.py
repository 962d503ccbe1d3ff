"""Lines of sidecars and gateways → the calls in them, by caller, callee, port, method and template of the path."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from mesh.learn import suspicion, templates
from mesh.learn.lines import Line
from mesh.learn.parties import INBOUND, OUTBOUND, PASSED_ON, Parties
from mesh.learn.suspicion import Client
from mesh.model import Environment

_ANSWERS = frozenset({409, 412, 422, 429})
"""Codes that only an existing path gives, besides those below 400."""
_UNREACHED = frozenset({"UF", "UH", "UO", "NR", "NC", "URX", "DPE"})
"""Envoy's flags of connections that never got to the callee. Later resets are as usual as closing."""
MOST_PATHS = 1000
_MOST_CLIENTS, _MOST_CALLS, _MOST_KNOWN_CLIENTS = 20, 100_000, 100_000
"""Bounds of the memory: paths and clients kept of a call, calls told apart, and clients told apart."""


class Call(NamedTuple):
    caller: str
    """As a route names it; in angle brackets where no route can."""
    callee: str
    port: int
    method: str = ""
    """Empty for a connection that is not HTTP."""
    template: str = ""
    host: str = ""
    """The gateway's host that was asked for, where the caller is a gateway."""


@dataclass(slots=True)
class Side:
    """One of those that log a call."""

    lines: int = 0
    answered: int = 0


@dataclass(slots=True)
class Seen:
    """What the lines of one call say. Caller and callee log it both, so sides are counted apart."""

    caller: Side = field(default_factory=Side)
    callee: Side = field(default_factory=Side)
    observed: Side = field(default_factory=Side)
    """Lines of `observe`."""
    refused: int = 0
    probes: int = 0
    first: str = ""
    last: str = ""
    paths: set[str] = field(default_factory=set)
    """Without queries, up to a bound."""
    clients: set[Client] = field(default_factory=set)
    """Up to a bound."""

    @property
    def count(self) -> int:
        return max(self.caller.lines, self.callee.lines, self.observed.lines)

    @property
    def answered(self) -> int:
        """How often the callee answered. Lines of `observe` count where no access log says it better."""
        logged = max(self.caller.answered, self.callee.answered)
        return logged if self.caller.lines or self.callee.lines else self.observed.answered

    @property
    def is_scanned(self) -> bool:
        """Whether only those asked for it who scan."""
        return len(self.clients) < _MOST_CLIENTS and all(client.scans for client in self.clients)


class Calls:
    """Takes lines one by one, and keeps only counts."""

    def __init__(self, environment: Environment) -> None:
        self._parties = Parties(environment)
        self._template = lru_cache(50_000)(templates.template)
        self._is_attack = lru_cache(50_000)(suspicion.is_attack)
        self._is_probe = lru_cache(10_000)(suspicion.is_probe)
        self._clients: dict[tuple[str, str, str], Client] = {}
        self.seen: dict[Call, Seen] = {}
        self.passed_on = 0
        """Lines of gateways between networks."""
        self.unnamed = 0
        """Lines of callees that do not name their caller."""
        self.beyond = 0
        """Lines of calls that are no longer told apart."""
        self.unplaced: Counter[str] = Counter()
        """Lines without a declared callee, by what they name instead."""

    def add(self, line: Line, place: str = "") -> None:
        """`place` is the cluster or machine that the line comes from, if known."""
        if line.cluster.startswith(PASSED_ON):
            self.passed_on += 1
            return
        caller, callee, host = self._parties.of(line, place)
        if callee is None:
            self._count_unplaced(line)
            return
        if not caller:
            self.unnamed += 1
            return
        template = self._template(line.path) if line.method else ""
        call = Call(caller, callee.name, callee.port, line.method, template, host)
        client = self._client(call, line)
        seen = self.seen.get(call)
        if seen is None:
            if len(self.seen) >= _MOST_CALLS:
                self.beyond += 1
                return
            seen = self.seen[call] = Seen()
        _count(seen, line)
        seen.probes += self._is_probe(line.agent)
        if templates.HOLE in template and len(seen.paths) < MOST_PATHS:
            seen.paths.add(line.path.partition("?")[0])
        if len(seen.clients) < _MOST_CLIENTS:
            seen.clients.add(client)

    def _count_unplaced(self, line: Line) -> None:
        named = line.callee or line.authority or line.cluster or "a line that names no callee"
        if named in self.unplaced or len(self.unplaced) < _MOST_CALLS:
            self.unplaced[named] += 1
        else:
            self.beyond += 1

    def _client(self, call: Call, line: Line) -> Client:
        key = (call.caller, line.remote.rpartition(":")[0], line.agent)
        client = self._clients.get(key)
        if client is None:
            client = Client()
            if len(self._clients) < _MOST_KNOWN_CLIENTS:
                self._clients[key] = client
        if line.method:
            failing = line.code in suspicion.FAILING or self._is_attack(call.template)
            client.add(line.method, call.template, failing)
        return client


def _count(seen: Seen, line: Line) -> None:
    side = _side(seen, line)
    side.lines += 1
    side.answered += _is_answered(line)
    seen.refused += line.refused or line.code == 403
    if line.time:
        seen.first = min(seen.first or line.time, line.time)
        seen.last = max(seen.last, line.time)


def _side(seen: Seen, line: Line) -> Side:
    if line.cluster.startswith(OUTBOUND):
        return seen.caller
    return seen.callee if line.cluster.startswith(INBOUND) else seen.observed


def _is_answered(line: Line) -> bool:
    """Lines of `observe` without a code do not say."""
    if line.refused:
        return False
    if not line.cluster and not line.code:
        return True
    if line.method:
        return line.flags in ("", "DC") and (0 < line.code < 400 or line.code in _ANSWERS)
    return line.moved > 0 and _UNREACHED.isdisjoint(line.flags.split(","))
