"""The peer-finder of StatefulSets, as a drop-in: `peerfinder -service=S -ns=N -on-start=CMD -on-change=CMD`.

It hands the list of peers to scripts that were written for the old program; docs/peerfinder-dropin.md is the contract.
"""
