"""Jinja2 templates of the server's configuration: layout and reasons only, no decisions."""
