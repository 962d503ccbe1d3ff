"""Registrations without stack traces, which the engine would keep in the state of every resource."""

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2


@contextmanager
def left_out() -> Iterator[None]:
    """Resources registered inside send no stack trace; the SDK has no public switch for it.

    The same few lines register all of them, so a trace says nothing about a resource. Traces were nearly half of the
    state, which the engine writes whole twice per operation, and they put paths of the deploying machine into it.
    """
    traced = resource._get_stack_trace
    resource._get_stack_trace = source_pb2.StackTrace
    try:
        yield
    finally:
        resource._get_stack_trace = traced
