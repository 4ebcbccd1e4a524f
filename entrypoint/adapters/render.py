"""The configuration template. StrictUndefined: a name that is missing is an error, never an empty option."""

from __future__ import annotations

from pathlib import Path

import jinja2

_TEMPLATES = Path(__file__).parent.parent / "templates"


def render(values: dict[str, object], template: str = "galera.cnf.j2") -> str:
    """Fill the template; raises jinja2.UndefinedError naming what is missing."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is a my.cnf, not HTML
    )
    return environment.get_template(template).render(values)
