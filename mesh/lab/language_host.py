"""Pulumi's Python language host, for an engine that was built without one: gRPC requests → runs of a program.

The engine starts it as `pulumi-language-python`, reads its port from the first line, ends it with SIGINT. The program
runs in a process of its own, so that an exit, a crash or a module left behind cannot touch the next request.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

_PROGRAM = Path(__file__).with_name("language_program.py")
_REPORTED = 32
_UNLIMITED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._programs: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version="")

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The provider plugins of the SDKs that are installed, in their versions."""
        manifests = [json.loads(path.read_text()) for path in _installed(request.info, context, "*/pulumi-plugin.json")]
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    kind="resource",
                    name=manifest["name"],
                    version=f"v{manifest['version']}",
                    server=manifest.get("server", ""),
                )
                for manifest in manifests
                if manifest.get("resource")
            ]
        )

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        installed = (path.stem.rsplit("-", 1) for path in _installed(request.info, context, "*.dist-info"))
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=version) for name, version in installed]
        )

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        interpreter = _interpreter(request.info, context)
        version = subprocess.run([interpreter, "--version"], check=True, capture_output=True, text=True).stdout.split()[
            1
        ]
        return language_pb2.AboutResponse(executable=str(interpreter), version=version)

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        requirements = Path(request.info.program_directory, "requirements.txt")
        command = [str(_interpreter(request.info, context)), "-m", "pip", "install", "-r", str(requirements)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as installation:
            for line in installation.stdout or ():
                yield language_pb2.InstallDependenciesResponse(stdout=line)
        if installation.returncode:
            context.abort(grpc.StatusCode.INTERNAL, f"pip could not install {requirements}")

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        with subprocess.Popen([_interpreter(request.info, context), _PROGRAM], stdin=subprocess.PIPE) as program:
            self._programs.add(program)
            # Not by environment variables, as the official host does: one of them holds at most 128 KiB on Linux.
            program.communicate(json.dumps(self._run(request)).encode())
            self._programs.discard(program)
        if program.returncode == _REPORTED:
            return language_pb2.RunResponse(bail=True)
        if program.returncode < 0:
            return language_pb2.RunResponse(
                error=f"the program was ended by {signal.Signals(-program.returncode).name}"
            )
        if program.returncode:
            return language_pb2.RunResponse(error=f"the program exited with status {program.returncode}")
        return language_pb2.RunResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.end_programs()
        return empty_pb2.Empty()

    def end_programs(self) -> None:
        for program in tuple(self._programs):
            program.kill()

    def _run(self, request: Any) -> dict[str, Any]:
        directory = Path(request.info.program_directory or request.pwd)
        return {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "config": dict(request.config),
            "config_secret_keys": list(request.configSecretKeys),
            "arguments": list(request.args),
            "root_directory": request.info.root_directory,
            "program_directory": str(directory),
            "working_directory": request.pwd,
            "program": str(directory / request.info.entry_point),
        }


def _interpreter(info: Any, context: grpc.ServicerContext) -> Path:
    """The Python of the virtual environment that Pulumi.yaml names, else the one that runs this."""
    virtualenv = json_format.MessageToDict(info.options).get("virtualenv")
    if not virtualenv:
        return Path(sys.executable)
    interpreter = Path(info.root_directory, virtualenv, "bin", "python")
    if not interpreter.exists():
        context.abort(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"{interpreter} is missing, and Pulumi.yaml says that the program runs with it. `make up` makes it.",
        )
    return interpreter


def _installed(info: Any, context: grpc.ServicerContext, pattern: str) -> list[Path]:
    environment = _interpreter(info, context).parent.parent
    return sorted(environment.glob(f"lib/python*/site-packages/{pattern}"))


def serve(engine: str) -> None:
    """Serves until the engine ends it, or is gone itself."""
    host = LanguageHost(engine)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=_UNLIMITED)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    # An engine that was killed cannot say so; its children get another parent.
    while not ended.wait(0.5) and os.getppid() == parent:
        pass
    host.end_programs()
    server.stop(grace=None)


if __name__ == "__main__":
    serve(sys.argv[-1])
