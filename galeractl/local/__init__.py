"""A cluster on this machine without Kubernetes: the same two programs per node, on loopback addresses."""
