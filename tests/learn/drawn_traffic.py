"""The routes of a stack file, read from its YAML → log lines as sidecars write them, and noise that nobody declared."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml

METHODS = ("GET", "POST", "PUT", "DELETE")
WORDS = ("list", "summary", "items", "new")
SCANNED = (
    *("/wp-login.php", "/.env", "/.git/config", "/phpmyadmin/index.php", "/cgi-bin/luci", "/actuator/env", "/admin"),
    *("/../../etc/passwd", "/backup.sql", "/robots.txt", "/api/v1/users?id=1%27%20or%201=1", "/console", "/login.jsp"),
)
PROBED = ("/healthz", "/health", "/readyz", "/livez", "/ready", "/metrics", "/grpc.health.v1.Health/Check")


@dataclass(frozen=True)
class Declared:
    caller: str
    callee: str
    port: str
    number: int
    host: str
    sni: str
    """Of the gateway; - where the caller is none."""
    is_grpc: bool
    methods: tuple[str, ...]
    """Empty on a route that is not HTTP; then there are no paths."""
    paths: tuple[str, ...]


def declared(environment: dict[str, Any]) -> list[Declared]:
    """One for each rule of each route."""
    hosts = {
        f"ingress/{name}": gateway["hosts"][0]
        for cluster in environment["clusters"].values()
        for name, gateway in cluster.get("ingress", {}).items()
    }
    rules = []
    for route in environment["routes"]:
        callee = environment["workloads"][route["to"]]
        outside = callee.get("managed") or callee.get("function") or {}
        inside = f"{route['to']}.{callee['namespace']}.svc.cluster.local"
        host = callee["external"]["hosts"][0] if "external" in callee else outside.get("host", inside)
        [(port, number)] = callee["ports"].items()
        number = number["number"] if isinstance(number, dict) else number
        for rule in route.get("http", [{}]):
            methods = tuple(rule.get("methods", METHODS)) if rule else ()
            paths = tuple(rule.get("paths", ()))
            sni = hosts.get(route["from"], "-")
            rules.append(Declared(route["from"], route["to"], port, number, host, sni, port == "grpc", methods, paths))
    return rules


def lines(rules: list[Declared], count: int, noise: float, random: Random) -> Iterator[str]:
    """Every rule, method and path at least twice if `count` is large enough; then a draw."""
    whole = [(rule, method, path) for rule in rules for method, path in _requests(rule)] * 2
    for number in range(count):
        rule, method, path = whole[number] if number < len(whole) else random.choice(whole)
        if random.random() < noise and number >= len(whole):
            yield _noise(random.choice([rule for rule in rules if rule.methods]), random)
        else:
            yield line(rule, method, _asked(rule, path, random), random)


def _requests(rule: Declared) -> list[tuple[str, str]]:
    return [(method, path) for method in rule.methods for path in rule.paths] or [("", "")]


def _asked(rule: Declared, path: str, random: Random) -> str:
    if not path.endswith("*"):
        return path
    if rule.is_grpc:
        return path[:-1] + random.choice(("Get", "List", "Put"))
    number = random.randrange(10**6)
    tail = random.choice((f"{number}", f"{number:08x}-0000-4000-8000-{number:012x}", *WORDS, f"{number}/lines"))
    return path[:-1] + tail + random.choice(("", "?page=2"))


def _noise(rule: Declared, random: Random) -> str:
    kind = random.randrange(3)
    if kind == 0:
        return line(rule, "GET", random.choice(SCANNED), random, 404, random.choice(("nikto/2.5", "Mozilla/5.0")))
    if kind == 1:
        return line(rule, "GET", f"/nowhere/{random.randrange(50)}", random, 404)
    return line(rule, "GET", random.choice(PROBED), random, 200, random.choice(("kube-probe/1.34", "curl/8.5")))


def line(
    rule: Declared, method: str, path: str, random: Random, code: int = 200, agent: str = "Go-http-client/2.0"
) -> str:
    """In the shape that its caller's log has: JSON of every third caller, else Istio's text."""
    caller = rule.caller.replace("/", "-")
    pod, node = f"{caller}-7d9c5b7f44-x2x9z", len(caller)
    when = f"2026-11-{random.randrange(10, 28)}T10:00:{random.randrange(10, 60)}.000Z"
    cluster = f"outbound|{rule.number}||{rule.host}"
    if node % 3 == 0:
        fields = {
            "start_time": when,
            "method": method or None,
            "path": path or None,
            "response_code": code if method else 0,
            "response_flags": "-",
            "bytes_received": 120,
            "bytes_sent": 340,
            "user_agent": agent if method else None,
            "authority": rule.sni if rule.sni != "-" else rule.host if method else None,
            "upstream_cluster": cluster,
            "downstream_remote_address": f"10.244.{node}.7:41001",
            "requested_server_name": None if rule.sni == "-" else rule.sni,
        }
        return f"[pod/{pod}/istio-proxy] {json.dumps(fields)}"
    said = f'"{method} {path} HTTP/2" {code} - via_upstream' if method else '"- - -" 0 - -'
    authority = rule.sni if rule.sni != "-" else rule.host
    return (
        f'[pod/{pod}/istio-proxy] [{when}] {said} - "-" 120 340 3 2 "-" "{agent}" "a1" "{authority}" '
        f'"10.244.0.9:{rule.number}" {cluster} 10.244.{node}.7:41000 172.16.0.9:{rule.number} '
        f"10.244.{node}.7:41001 {rule.sni} default"
    )


def without_routes(stack: Path, folder: Path) -> tuple[list[Declared], Path]:
    """What a stack file declares, and a copy of it that declares no route."""
    document = yaml.safe_load(stack.read_text())
    environment = next(value for key, value in document["config"].items() if key.endswith(":environment"))
    rules = declared(environment)
    environment |= {"routes": [], "traffic": {}, "accept": []}
    bare = folder / stack.name
    bare.write_text(yaml.safe_dump(document, sort_keys=False))
    return rules, bare
