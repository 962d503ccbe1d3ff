"""Time and memory of `mesh learn` on many lines, and whether anything of the noise in them is proposed.

    PYTHONPATH=tests/learn .venv/bin/python tests/learn/bench.py --lines 1000000

Ends with 1 where a limit is passed, a route is missing, or noise is proposed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import drawn_traffic
import typer

ROOT = Path(__file__).parents[2]
PROD = ROOT / "stacks" / "Pulumi.prod.yaml"
NOISE = 0.01
MOST_SECONDS, MOST_MEBIBYTES = 60, 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rules, bare = drawn_traffic.without_routes(PROD, Path(temporary))
        log = Path(temporary, "log")
        with log.open("w") as stream:
            stream.writelines(
                f"{line}\n" for line in drawn_traffic.lines(rules, options.lines, NOISE, Random(options.seed))
            )
        size = log.stat().st_size / 2**20
        begun = time.monotonic()
        command = [sys.executable, "-m", "mesh", "learn", str(log), "-f", str(bare), "--format", "json"]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        seconds = time.monotonic() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    mebibytes = used.ru_maxrss / 1024
    found = json.loads(done.stdout)
    missing = {(rule.caller, rule.callee) for rule in rules} - {(item["from"], item["to"]) for item in found["routes"]}
    noise = {path.partition("?")[0] for path in (*drawn_traffic.SCANNED, *drawn_traffic.PROBED)}
    proposed = [
        (item["from"], item["to"], seen["path"])
        for item in found["routes"]
        for seen in item["seen"]
        if seen["path"] and (seen["path"] in noise or seen["path"].startswith("/nowhere"))
    ]
    typer.echo(f"{found['lines']['read']:,} lines ({size:,.0f} MiB), {NOISE:.0%} of them noise")
    processor = used.ru_utime + used.ru_stime
    typer.echo(f"{seconds:.1f} s, {processor:.1f} s of them on a processor; {mebibytes:.0f} MiB of memory")
    typer.echo(
        f"{len(found['routes'])} routes of {len({(rule.caller, rule.callee) for rule in rules})} proposed, "
        f"{len(missing)} missing, {len(proposed)} calls of the noise proposed, "
        f"{sum(item['calls'] for item in found['apart']):,} calls listed apart"
    )
    return int(bool(missing or proposed or seconds > MOST_SECONDS or mebibytes > MOST_MEBIBYTES))


if __name__ == "__main__":
    sys.exit(main())
