"""A matrix, as the sheets that show it: a grid of everybody, a list of what is open, and namespaces with each other."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mesh import model
from mesh.access.declared import Allowance, Pair, taken_for
from mesh.access.exposure import Exposure
from mesh.access.matrix import Cell, Matrix, Opening, requests
from mesh.views.tables import Sheet

Standing = Literal["declared", "wider", "undeclared"]
"""`wider`: a route declares the call, but not all that gets through."""
_MARKS: Mapping[Standing, str] = {"declared": "", "wider": "!", "undeclared": "!"}


@dataclass(frozen=True)
class View:
    matrix: Matrix
    declared: Mapping[Pair, Allowance]
    workloads: Mapping[str, model.Workload]

    def standing(self, cell: Cell) -> Standing:
        allowance = self.declared.get((cell.caller, cell.callee, cell.port.number))
        if allowance is None:
            return "declared" if self.taken_for(cell) else "undeclared"
        if not self.workloads[cell.callee].sidecar:
            return "declared"  # nobody is there to tell its requests apart
        return (
            "declared"
            if all(allowance.has(opening.method, opening.path, opening.host) for opening in cell.openings)
            else "wider"
        )

    def taken_for(self, cell: Cell) -> str | None:
        """The declared caller from which the network cannot tell one without a sidecar."""
        pair = (cell.caller, cell.callee, cell.port.number)
        if not cell.by_network_alone or pair in self.declared:
            return None
        return taken_for(self.declared, self.workloads, pair)

    def namespace(self, name: str) -> str:
        """An ingress gateway is one of its own."""
        return self.workloads[name].namespace if name in self.workloads else name


def grid(view: View) -> Sheet:
    """Callers by callees, without those that nobody calls and those that call nobody."""
    cells: dict[tuple[str, str], list[str]] = {}
    for cell in view.matrix.cells:
        cells.setdefault((cell.caller, cell.callee), []).append(_mark(view, cell))
    callers = [name for name in view.matrix.callers if any(caller == name for caller, _ in cells)]
    callees = [name for name in view.matrix.callees if any(callee == name for _, callee in cells)]
    rows = ((caller, *("\n".join(cells.get((caller, callee), ())) for callee in callees)) for caller in callers)
    return Sheet(("", *callees), tuple(rows), ruled=True)


def listed(view: View) -> Sheet:
    rows = (
        (
            f"{cell.caller} → {cell.callee}",
            _port(cell),
            "\n".join(requests(cell.openings)),
            ", ".join(filter(None, (_partly(cell), _other(view.standing(cell)), _alone(view, cell)))),
        )
        for cell in view.matrix.cells
    )
    columns = ("caller → callee", "port", "what", "but")
    return Sheet(columns, tuple(rows))


def deciding(view: View) -> Sheet:
    """The list, with what lets each call through at the end."""
    rows = (
        (cell.caller, cell.callee, _port(cell), "\n".join(requests(cell.openings)), cell.outcome, view.standing(cell),
         "\n".join(cell.by))
        for cell in view.matrix.cells
    )  # fmt: skip
    return Sheet(("caller", "callee", "port", "what", "outcome", "standing", "by"), tuple(rows))


def namespaces(view: View) -> Sheet:
    """A grid of open calls between callers and callees."""
    counts = _between_namespaces(view)
    callers, callees = (sorted({pair[end] for pair in counts}) for end in (0, 1))
    rows = ((caller, *(str(counts.get((caller, callee), "")) for callee in callees)) for caller in callers)
    return Sheet(("", *callees), tuple(rows), ruled=True)


def listed_namespaces(view: View) -> Sheet:
    counts = sorted(_between_namespaces(view).items())
    rows = ((f"{caller} → {callee}", str(count)) for (caller, callee), count in counts)
    return Sheet(("namespace → namespace", "open"), tuple(rows))


def exposed(view: View) -> Sheet:
    """The clients that gateways and API servers let in, and what they are asked for."""
    rows = (
        (exposure.subject, "\n".join(exposure.hosts), "\n".join(exposure.clients) or _everybody(exposure),
         _certificate(exposure))
        for exposure in view.matrix.exposures
    )  # fmt: skip
    return Sheet(("open to clients", "hosts", "from", "certificate"), tuple(rows))


def identified(view: View) -> Sheet:
    """The identities of callers to policies, and the names by which callees are called."""
    everybody = sorted({*view.matrix.identities, *view.matrix.hosts})
    rows = (
        (name, "\n".join(view.matrix.identities.get(name, ())), "\n".join(view.matrix.hosts.get(name, ())))
        for name in everybody
    )
    return Sheet(("who", "identity", "hosts"), tuple(rows))


def records(view: View) -> Sheet:
    """For scripts: a row for each kind of request that gets through."""
    columns = (
        *("caller", "callee", "port", "number", "protocol", "method", "host", "path", "outcome", "standing", "by"),
        *("identity", "callee_hosts", "clients", "certificate", "certificate_names"),
    )
    rows = (
        (cell.caller, cell.callee, cell.port.name, str(cell.port.number), cell.port.protocol,
         *((opening.method or "*", opening.host, opening.path) if opening else ("", "", "")),
         cell.outcome, view.standing(cell), "; ".join(cell.by), "; ".join(view.matrix.identities[cell.caller]),
         "; ".join(view.matrix.hosts[cell.callee]), *_of_clients(view, cell, opening))
        for cell in view.matrix.cells
        for opening in cell.openings or (None,)
    )  # fmt: skip
    return Sheet(columns, tuple(rows))


def data(view: View) -> dict[str, Any]:
    """For scripts too, as JSON has it."""
    return {
        "callers": list(view.matrix.callers),
        "callees": list(view.matrix.callees),
        "open": [
            {
                "caller": cell.caller,
                "callee": cell.callee,
                "port": {"name": cell.port.name, "number": cell.port.number, "protocol": cell.port.protocol},
                "outcome": cell.outcome,
                "standing": view.standing(cell),
                "requests": [
                    {
                        "method": opening.method or "*",
                        "host": opening.host or None,
                        "path": opening.path,
                        **({"token": str(opening.token)} if opening.token else {}),
                    }
                    for opening in cell.openings
                ],
                "by": list(cell.by),
                "network_alone": cell.by_network_alone,
            }
            for cell in view.matrix.cells
        ],
        "exposed": [
            {
                "to": exposure.subject,
                "hosts": list(exposure.hosts),
                "public": exposure.is_public,
                "clients": list(exposure.clients) or ["0.0.0.0/0"],
                "certificate": exposure.certificate if exposure.hosts else None,
                "names": list(exposure.names),
            }
            for exposure in view.matrix.exposures
        ],
        "identities": {name: list(said) for name, said in view.matrix.identities.items()},
        "hosts": {name: list(said) for name, said in view.matrix.hosts.items()},
    }


def summary(view: View) -> str:
    """The number of open calls, as text."""
    possible = sum(
        len(view.workloads[callee].ports)
        for callee in view.matrix.callees
        for caller in view.matrix.callers
        if caller != callee
    )
    cells = view.matrix.cells
    standings = Counter(map(view.standing, cells))
    counts = {
        "only partly": sum(cell.outcome == "partly" for cell in cells),
        "wider than declared": standings["wider"],
        "undeclared": standings["undeclared"],
    }
    but = ", ".join(f"{count} of them {what}" for what, count in counts.items() if count)
    open_ = f"{len(cells):,} of {possible:,} calls are open"
    who = f"{_count(view.matrix.callers, 'caller')}, {_count(view.matrix.callees, 'callee')}"
    return f"{who}: {open_}{f', {but}' if but else ''}."


def _everybody(exposure: Exposure) -> str:
    return "everybody" if exposure.is_public else "everybody in the networks"


def _certificate(exposure: Exposure) -> str:
    if not exposure.hosts:
        return ""
    return "\n".join((exposure.certificate, *(f"for {name}" for name in exposure.names)))


def _of_clients(view: View, cell: Cell, opening: Opening | None) -> tuple[str, str, str]:
    """Of a call that comes by a gateway: from where its clients may call, and with which certificates."""
    host = opening.host if opening else ""
    exposure = next(
        (one for one in view.matrix.exposures if one.subject == cell.caller and (not host or host in one.hosts)), None
    )
    if exposure is None:
        return "", "", ""
    return "; ".join(exposure.clients) or "0.0.0.0/0", exposure.certificate, "; ".join(exposure.names)


def _mark(view: View, cell: Cell) -> str:
    methods = sorted({one.method or "any" for one in cell.openings})
    partly = "~" if cell.outcome == "partly" else ""
    return f"{partly}{' '.join(methods) or cell.port.name}{_MARKS[view.standing(cell)]}"


def _port(cell: Cell) -> str:
    return f"{cell.port.number} {cell.port.name}"


def _partly(cell: Cell) -> str:
    return "only partly" if cell.outcome == "partly" else ""


def _alone(view: View, cell: Cell) -> str:
    if not cell.by_network_alone:
        return ""
    taken = view.taken_for(cell)
    return f"by the network alone, taken for {taken}" if taken else "by the network alone"


def _other(standing: Standing) -> str:
    return {"declared": "", "wider": "wider than declared", "undeclared": "undeclared"}[standing]


def _between_namespaces(view: View) -> Mapping[tuple[str, str], int]:
    return Counter((view.namespace(cell.caller), view.namespace(cell.callee)) for cell in view.matrix.cells)


def _count(items: tuple[str, ...], what: str) -> str:
    return f"{len(items):,} {what}{'' if len(items) == 1 else 's'}"
