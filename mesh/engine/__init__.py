"""The Pulumi engine as a command: its runs, what their events say, and recovery after a killed run."""
