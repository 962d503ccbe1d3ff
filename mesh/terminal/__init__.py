"""Progress at the terminal, and the exit codes of commands."""
