"""What a change does to access, before it lands: two plans and the engine's events → one comment and its verdict."""
