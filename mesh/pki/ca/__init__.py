"""One root of trust: an authority of an environment, an intermediate of it per cluster, what is wrong with them."""
