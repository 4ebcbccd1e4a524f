"""The ground floor: facts in, one decision out.

No clock, file, socket, environment, log, process or third-party import; `make lint` checks it.
"""
