"""One page about an environment, for a browser without a server: the picture, who calls whom and why, what is found."""
