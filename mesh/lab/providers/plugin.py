"""A resource provider, as a plugin process that the Pulumi engine starts, talks to over gRPC and ends."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]  # it comes without types
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

_LARGEST_MESSAGE = 400 * 1024 * 1024  # the engine's own limit, sdk/go/common/util/rpcutil
_SIMULTANEOUS_CALLS = 64
_SECONDS_FOR_CALLS_IN_PROGRESS = 60
_SECONDS_BETWEEN_LOOKS_AT_THE_ENGINE = 0.5


class Failure(Exception):
    """Why a call cannot be answered, in the words that the user reads."""

    def __init__(self, message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> None:
        super().__init__(message)
        self.code = code


class InitializationFailure(Failure):
    """A resource that was created or changed but is not ready. The engine keeps it and tries again."""

    def __init__(self, message: str, id: str, inputs: struct_pb2.Struct, properties: struct_pb2.Struct) -> None:
        super().__init__(message)
        self._detail = provider_pb2.ErrorResourceInitFailed(
            id=id, inputs=inputs, properties=properties, reasons=[message]
        )

    def details(self) -> bytes:
        """As gRPC carries it next to the code and the message."""
        status = status_pb2.Status(code=self.code.value[0], message=str(self))
        status.details.add().Pack(self._detail)
        return bytes(status.SerializeToString())


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The answers that all provider plugins share. Secrets and outputs arrive as plain values."""

    version: str

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    def GetMappings(
        self, request: provider_pb2.GetMappingsRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetMappingsResponse:
        return provider_pb2.GetMappingsResponse()


def serve(plugin: Plugin) -> None:
    """Serves on a free loopback port, which it prints, until the engine ends it or is itself gone.

    Calls in progress may end first: what they write is then whole, although nobody hears of it but recovery.
    """
    engine = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    calls = _Calls()
    server, port = listening_server(plugin, calls)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not ended.wait(_SECONDS_BETWEEN_LOOKS_AT_THE_ENGINE):
        if os.getppid() != engine:
            break
    server.stop(_SECONDS_FOR_CALLS_IN_PROGRESS)  # takes no new ones
    calls.wait_for_none(_SECONDS_FOR_CALLS_IN_PROGRESS)  # to gRPC a call is over as soon as its caller is gone
    # At once: the engine ends its plugins one after another within five seconds, and calls one that it does not get
    # to a crash. Python would wait for its threads first, also for a call that does not end.
    os._exit(0)


class _Calls:
    """How many calls are in progress."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        self._add(1)

    def __exit__(self, *_: object) -> None:
        self._add(-1)

    def wait_for_none(self, timeout: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout)

    def _add(self, number: int) -> None:
        with self._changed:
            self._count += number
            self._changed.notify_all()


def listening_server(plugin: Plugin, calls: _Calls | None = None) -> tuple[grpc.Server, int]:
    server = grpc.server(
        futures.ThreadPoolExecutor(_SIMULTANEOUS_CALLS),
        interceptors=(_Answers(calls or _Calls()),),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
            ("grpc.so_reuseport", 0),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


class _Answers(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no types of its own
    """Answers a Failure with its code and message, without the traceback that gRPC writes for other exceptions."""

    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        answer = handler.unary_unary

        def answer_or_abort(request: Any, context: grpc.ServicerContext) -> Any:
            try:
                with self._calls:
                    return answer(request, context)
            except Failure as failure:
                if isinstance(failure, InitializationFailure):
                    context.set_trailing_metadata((("grpc-status-details-bin", failure.details()),))
                context.abort(failure.code, str(failure))

        return grpc.unary_unary_rpc_method_handler(
            answer_or_abort, handler.request_deserializer, handler.response_serializer
        )
