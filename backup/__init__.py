"""Where is the copy, and is it good?

Take, store, verify, keep, restore and replay copies of a cluster. A copy counts only once it has been read back and
found whole.

Floors, each importing only those below it: `run > adapters > core`; it is called by `galeractl`.
"""
