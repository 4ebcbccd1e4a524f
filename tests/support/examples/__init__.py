"""One example of each sentence that a node says: the cases of the tests, and what docs/decisions.md shows."""
