"""The lab's `azure-native` provider: the engine's calls, answered by the simulated Resource Manager."""
