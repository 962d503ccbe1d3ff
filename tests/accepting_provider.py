"""A provider plugin for tests to build on: takes every configuration and all inputs as they are."""

from pulumi.runtime.proto import provider_pb2

from mesh.lab.providers import plugin


class Accepting(plugin.Plugin):
    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)
