"""Who is there, and in what state?

The sidecar of a database pod, and the vocabulary that the other packages share. It looks and publishes; it never
changes the database's data.

Floors, each importing only those below it: `cli > serve | dropin > adapters > core`.
"""
