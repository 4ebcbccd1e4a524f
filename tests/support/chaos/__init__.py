"""Seeded faults on local clusters under load, and an oracle that counts what was lost. `python -m tests.support.chaos`.

Pure: `history`, `findings`, `checker`, `samples`, `faults`, `telling`. Acting: `clients`, `sampler`, `ground`, `actor`,
`run`. A run is a copy of a stopped cluster, clients in a process of their own, a schedule that a seed gives, and the
checker over the history, the samples and the final state of every node.
"""
