"""What must this node do now?

The first process of the database container: it observes, decides, acts, and supervises mariadbd until told to stop.

Floors, each importing only those below it: `cli > run > adapters > core`. Of `peerfinder` only the core is used here.
"""
