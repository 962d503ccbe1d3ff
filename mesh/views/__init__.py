"""What commands show: values, as text, tables and pages."""
