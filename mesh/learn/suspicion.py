"""A request that was logged → whether it looks like an attack, a probe, or the work of somebody who scans."""

import re

from mesh.learn import templates

_ATTACK = re.compile(
    r"\.\.|//|\\|[<>'\"*{}|`^\s]|%(00|0[ad]|2[2ef7]|3[ce]|5c|25)|[$;]"
    r"|/\.(?!well-known(/|$))|~$|\.(php[0-9]?|aspx?|jspx?|cgi|bak|old|sql|swp|env|ini|git|pem|key)(/|$)"
    r"|/(wp-|cgi-bin|etc/|proc/|phpmyadmin|pma(/|$)|actuator|vendor/phpunit|server-status|solr/admin|boaform|hnap1"
    r"|manager/html|jenkins|console/login|telescope|debug/pprof|owa/|autodiscover)",
    re.IGNORECASE,
)
"""Traversal, injection, hidden and backup files, and what scanners ask everybody for."""
_HEALTH = re.compile(
    r"/(ready|live|alive|status|ping|metrics|up)"
    r"|/([^\0]*/)?_?(health[_-]?checks?|healthz?|livez?|liveness|readyz?|readiness|heartbeat|healthz?/[a-z]+)"
    r"|/grpc\.health\.v1\.Health/(Check|Watch)",
    re.IGNORECASE,
)
_PROBE = re.compile(
    r"kube-probe|health-?check|googlehc|prometheus/|blackbox|uptime|pingdom|statuscake"
    r"|nikto|sqlmap|nmap|masscan|zgrab|nuclei|gobuster|dirbuster|feroxbuster|wfuzz|ffuf|acunetix|nessus|openvas|qualys"
    r"|wpscan|censys|shodan",
    re.IGNORECASE,
)
FAILING = frozenset({400, 401, 403, 404, 405, 414})
"""What a scanner mostly gets."""
_MANY = 5
"""Different requests that fail, of one client, are no mistake."""


class Client:
    """An address with a user agent: its lines, and the different requests of it that failed."""

    __slots__ = ("failing", "lines", "requests")

    def __init__(self) -> None:
        self.lines = self.failing = 0
        self.requests: set[tuple[str, str]] = set()

    def add(self, method: str, template: str, is_failing: bool) -> None:
        self.lines += 1
        if is_failing:
            self.failing += 1
            if len(self.requests) < _MANY:
                self.requests.add((method, template))

    @property
    def scans(self) -> bool:
        """Many different requests of it fail, and at least half of all."""
        return len(self.requests) >= _MANY and self.failing * 2 >= self.lines


def is_attack(template: str) -> bool:
    return not template.startswith("/") or bool(_ATTACK.search(template.replace(templates.HOLE, "1")))


def is_health_check(template: str) -> bool:
    return bool(_HEALTH.fullmatch(template))


def is_probe(agent: str) -> bool:
    """Of a platform, a monitoring system or a scanner, by its user agent."""
    return bool(_PROBE.search(agent))
