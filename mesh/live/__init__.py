"""What is live, read and never written: the state, Azure through the engine's refresh, the clusters' API servers."""
