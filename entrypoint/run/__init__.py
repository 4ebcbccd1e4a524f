"""The loop of process 1: gather the facts once, decide once, act, and decide again when the server has ended."""
