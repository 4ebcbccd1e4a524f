"""Measures what the documentation claims, beside the same server run the way of the seed: `make bench`."""
