"""Traffic that is drawn from the routes of stack prod gives back these routes and no other."""

import json
from pathlib import Path
from random import Random
from typing import Any

import drawn_traffic
from typer.testing import CliRunner

from mesh.commands.cli import app

PROD = Path(__file__).parents[2] / "stacks" / "Pulumi.prod.yaml"
COUNT, NOISE = 20_000, 0.01


def learned(stack: Path, log: Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["learn", str(log), "-f", str(stack), "--format", "json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def within(path: str, patterns: tuple[str, ...]) -> bool:
    return any(path == pattern or (pattern[-1] == "*" and path.startswith(pattern[:-1])) for pattern in patterns)


def test_they_are_learned_again_from_a_file_without_routes_and_nothing_of_the_noise(tmp_path: Path) -> None:
    rules, bare = drawn_traffic.without_routes(PROD, tmp_path)
    log = tmp_path / "log"
    log.write_text("\n".join(drawn_traffic.lines(rules, COUNT, NOISE, Random(13))))

    found = learned(bare, log)

    expected = {(rule.caller, rule.callee, rule.port) for rule in rules}
    assert {(route["from"], route["to"], route["port"]) for route in found["routes"]} == expected
    for route in found["routes"]:
        own = [rule for rule in rules if (rule.caller, rule.callee) == (route["from"], route["to"])]
        wider = [
            (seen["method"], seen["path"])
            for seen in route["seen"]
            if not any(
                not rule.paths or (seen["method"] in rule.methods and within(seen["path"], rule.paths)) for rule in own
            )
        ]
        noise = {path.partition("?")[0] for path in (*drawn_traffic.SCANNED, *drawn_traffic.PROBED)}
        assert wider == []
        assert not noise & {seen["path"] for seen in route["seen"]}
        assert {seen["method"] or "" for seen in route["seen"]} == {m for rule in own for m in rule.methods or ("",)}


def test_nothing_is_proposed_and_all_are_used_where_they_are_declared(tmp_path: Path) -> None:
    rules, _ = drawn_traffic.without_routes(PROD, tmp_path)
    log = tmp_path / "log"
    log.write_text("\n".join(drawn_traffic.lines(rules, COUNT, 0, Random(13))))

    found = learned(PROD, log)

    assert (found["routes"], found["apart"], found["unused"], found["lines"]["read"]) == ([], [], [], COUNT)
