"""What a stack file says: its text, read with lines, into typed parts; or all of its problems."""
