"""One run of a Pulumi program: the engine's request as JSON on standard input, the exit status as its result."""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from typing import Any

import pulumi
import pulumi.runtime
from pulumi.errors import RunError

REPORTED = 32
"""The exit status of a program whose failure the user has been told (as the official host has it)."""

_ENGINE_STOPPED = "Resource monitor has terminated, shutting down"


def run(request: dict[str, Any]) -> int:
    """Runs the program that the request names; returns the process's exit status."""
    pulumi.runtime.set_all_config(request["config"], request["config_secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=request["monitor"],
            engine=request["engine"],
            project=request["project"],
            stack=request["stack"],
            organization=request["organization"],
            parallel=request["parallel"],
            dry_run=request["dry_run"],
            root_directory=request["root_directory"],
        )
    )
    os.chdir(request["working_directory"])
    # The script's own folder must not shadow the program's modules.
    sys.path[0] = request["program_directory"]
    sys.argv = [request["program"], *request["arguments"]]
    # A failed resource leaves futures that nobody awaits; asyncio would print each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run_path(request["program"])))
    except RunError as error:
        # The engine stops the monitor once a resource has failed, and reports that resource itself.
        if str(error) != _ENGINE_STOPPED:
            pulumi.log.error(str(error))
        return REPORTED
    except Exception:  # noqa: BLE001 the program is the user's: whatever it raises is shown, as the official host does
        pulumi.log.error(traceback.format_exc())
        return REPORTED
    finally:
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _run_path(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    try:
        sys.exit(run(json.load(sys.stdin)))
    except KeyboardInterrupt:
        sys.exit(REPORTED)
