"""The ground floor: what is shown, and which order is safe, from plain values.

No clock, file, socket, environment, log, process or third-party import; `make lint` checks it.
"""
