"""Results → text, tables and pages."""
