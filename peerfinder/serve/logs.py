"""Log lines on stderr: one sentence and its facts, as key=value or as JSON."""
# ruff: noqa: D102 - format is logging's method

from __future__ import annotations

import json
import logging
import sys
import time


class Text(logging.Formatter):
    """`time level sentence key=value key="with spaces"`."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {key}={_quoted(str(value))}" for key, value in _facts(record).items())
        return f"{_time(record)} {record.levelname.lower()} {record.getMessage()}{facts}"


class Json(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()}
        return json.dumps({**line, **{key: str(value) for key, value in _facts(record).items()}})


def set_up(form: str) -> None:
    """Send everything of level INFO and above to stderr; `form` is 'text' or 'json'."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # it reports every malformed request of a port scanner
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tracebacks; what matters is logged where it happens


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts = getattr(record, "facts", {})
    return facts if isinstance(facts, dict) else {}


def _time(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _quoted(value: str) -> str:
    return value if value and not set(value) & set(' "=\n\r\t') else json.dumps(value, ensure_ascii=False)
