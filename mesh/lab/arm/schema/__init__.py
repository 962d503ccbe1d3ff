"""The types that azure-native's Python SDK carries, as the bodies that Azure Resource Manager takes and gives."""
