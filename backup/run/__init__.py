"""Making, reading, verifying and pruning backups: here streams, threads and clocks are put together."""
