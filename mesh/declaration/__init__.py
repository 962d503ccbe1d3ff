"""A stack file's text → typed parts with lines, or all of its problems."""
