"""One outside thing per module, named after it: the object store, mariadb-backup, the binary log.

Adapters translate; they do not judge, and do not know each other.
"""
