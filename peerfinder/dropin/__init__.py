"""The drop-in of the Kubernetes peer-finder: `peerfinder -service=... -on-start=... -on-change=...`."""
