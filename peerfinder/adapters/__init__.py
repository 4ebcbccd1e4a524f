"""One outside thing per module, named after it.

Adapters translate to and from core values; they do not judge, and do not know each other.
"""
