"""One outside thing per module, named after it: the datadir, mariadbd, the templates.

Adapters translate; they do not judge, and do not know each other.
"""
