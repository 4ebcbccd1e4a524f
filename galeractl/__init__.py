"""What does the operator ask?

The command line of a cluster, on Kubernetes or on a laptop: status, topology, takeover, recover, backup, local.
`kubectl galera` is the same program.

Floors, each importing only those below it: `cli > local | operator > adapters > core`. Of `peerfinder` only the core
is used here.
"""
