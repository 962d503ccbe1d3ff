"""Declared routes: whether they work, and what is open that no route declares."""
