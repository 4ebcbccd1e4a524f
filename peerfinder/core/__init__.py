"""The ground floor: plain frozen values and functions on them.

No clock, file, socket, environment, log, process or third-party import; `make lint` checks it.
What is written here is the shared vocabulary of all packages, in the words of the Galera manual.
"""
