"""The ground floor: what a copy is, which ones to keep, and which one answers a wish.

No clock, file, socket, environment, log, process or third-party import; `make lint` checks it.
"""
