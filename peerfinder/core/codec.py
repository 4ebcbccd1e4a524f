"""JSON for the frozen types of this package: one rule for files, HTTP bodies and the memory.

Theory. Every fact that travels (between the two containers of a pod, between nodes, into the cluster
memory) is a frozen dataclass. Its JSON is the plain nesting of its fields, so `cat` is the debugger.
Reading is strict in what it needs and lenient in what it does not know: a missing field takes the
dataclass default or is an error, a wrong type is an error that names the path, an unknown field is
ignored (a newer node may say more than an older one understands).
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class Malformed(ValueError):
    """The value read is not what the type says; the message names the path to the field."""


def to_json(value: object) -> Any:
    """Turn a frozen value into dicts, lists and scalars that `json.dumps` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (tuple, list, frozenset)):
        items = sorted(value) if isinstance(value, frozenset) else value
        return [to_json(item) for item in items]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[T], raw: object, path: str = "$") -> T:
    """Build `kind` from parsed JSON; raises Malformed naming `path` where the value does not fit."""
    return typing.cast("T", _decode(kind, raw, path))


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, raw: object, path: str) -> object:
    if kind is Any:
        return raw
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_optional(kind, raw, path)
    if origin in (tuple, frozenset):
        (item, *_rest) = typing.get_args(kind)
        if not isinstance(raw, list):
            raise Malformed(f"{path}: expected a list, found {_short(raw)}")
        return origin(_decode(item, one, f"{path}[{index}]") for index, one in enumerate(raw))
    if origin is dict:
        (_key, item) = typing.get_args(kind)
        if not isinstance(raw, dict):
            raise Malformed(f"{path}: expected an object, found {_short(raw)}")
        return {str(key): _decode(item, one, f"{path}.{key}") for key, one in raw.items()}
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(typing.cast("type", kind), raw, path)
    return _decode_scalar(kind, raw, path)


def _decode_optional(kind: Any, raw: object, path: str) -> object:
    if raw is None:
        return None
    (inner,) = (one for one in typing.get_args(kind) if one is not type(None))
    return _decode(inner, raw, path)


def _decode_dataclass(kind: type, raw: object, path: str) -> object:
    if not isinstance(raw, dict):
        raise Malformed(f"{path}: expected an object, found {_short(raw)}")
    hints = _hints(kind)
    values = {name: _decode(hints[name], raw[name], f"{path}.{name}") for name in _names(kind) if name in raw}
    try:
        return kind(**values)
    except TypeError as error:  # a field without default is missing
        raise Malformed(f"{path}: {error}") from error
    except ValueError as error:  # the type's own check of its fields
        raise Malformed(f"{path}: {error}") from error


def _decode_scalar(kind: type, raw: object, path: str) -> object:
    if issubclass(kind, enum.Enum):
        try:
            return kind(raw)
        except ValueError as error:
            raise Malformed(f"{path}: {error}") from error
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        raise Malformed(f"{path}: expected {kind.__name__}, found {_short(raw)}")
    return raw


def _short(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."  # 60: enough to recognise, short enough for one line
