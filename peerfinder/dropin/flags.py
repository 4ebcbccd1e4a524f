"""The command line of the drop-in, in the grammar of Go's `flag` package.

Manifests in the wild were written for a Go program, and argparse and click read them differently. The rules: one dash
or two; `-name=value` or `-name value`, where the value may itself start with a dash; a switch takes its value only
after `=`; the last repetition wins; no abbreviations; the first argument that is no flag, or `--`, ends the flags and
the rest is ignored.

Each flag is declared once, in `FLAGS`: the parser, the usage text and the documentation's test read that table.
"""

import re
from dataclasses import dataclass
from enum import Enum

MAX_SECONDS = 10 * 365 * 86400.0  # ten years; a longer duration is a typing mistake

SHORTEST_POLL_SECONDS = 0.05  # more often is a load on DNS and sees nothing that a person would miss


class Kind(Enum):
    """What a flag takes."""

    TEXT = "string"
    NUMBER = "int"
    DURATION = "duration"  # Go's 1m30s, 500ms ..., or plain seconds
    SWITCH = ""  # true where it stands, =true or =false


@dataclass(frozen=True)
class Flag:
    """One flag: its name without dash, its default as the usage shows it, and its sentence."""

    name: str
    kind: Kind
    default: str
    meaning: str
    added: bool = False  # ours, not in the program that this one replaces
    hidden: bool = False  # taken for a relative's sake, with a warning; not in the usage


FLAGS = (
    Flag("on-start", Kind.TEXT, "", "script run once, with the first list of peers that names this pod"),
    Flag("on-change", Kind.TEXT, "", "script run at each later change; without -on-start also with the first list"),
    Flag("service", Kind.TEXT, "", "governing Service of the pods; required"),
    Flag("ns", Kind.TEXT, "", "namespace of this pod (default: $POD_NAMESPACE, then resolv.conf)"),
    Flag("domain", Kind.TEXT, "", "cluster domain, e.g. cluster.local (default: from resolv.conf)"),
    Flag("timeout", Kind.DURATION, "0", "exit 3 without a first list after this time; 0 waits for ever", added=True),
    Flag("min-peers", Kind.NUMBER, "1", "the first list names at least so many pods", added=True),
    Flag("poll", Kind.DURATION, "1s", "pause between two lookups", added=True),
    Flag("ready-file", Kind.TEXT, "", "file that holds the list last delivered; absent before the first", added=True),
    Flag("version", Kind.SWITCH, "false", "print the version and exit", added=True),
    Flag("hostname", Kind.TEXT, "", "name of this pod (default: the host name)", added=True),
    Flag("nameserver", Kind.TEXT, "", "address:port asked instead of the servers in resolv.conf", added=True),
    Flag("resolv-conf", Kind.TEXT, "/etc/resolv.conf", "resolver configuration", added=True),
    Flag("address-type", Kind.TEXT, "DNS", "only DNS", added=True, hidden=True),
    Flag("selector", Kind.TEXT, "", "only empty", added=True, hidden=True),
    Flag("v", Kind.TEXT, "0", "log level, without effect", added=True, hidden=True),
)
_BY_NAME = {flag.name: flag for flag in FLAGS}
_HELP = {"h", "help"}

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TRUE = {"1", "t", "T", "true", "TRUE", "True"}  # Go's strconv.ParseBool
_FALSE = {"0", "f", "F", "false", "FALSE", "False"}


@dataclass(frozen=True)
class Settings:
    """What the command line says. Times are seconds; "" is "not given"; `warnings` are sentences for the log."""

    on_start: str = ""
    on_change: str = ""
    service: str = ""
    ns: str = ""
    domain: str = ""
    timeout: float = 0.0
    min_peers: int = 1
    poll: float = 1.0
    ready_file: str = ""
    version: bool = False
    hostname: str = ""
    nameserver: str = ""
    resolv_conf: str = "/etc/resolv.conf"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsageError:
    """The command line cannot be read; exit 2."""

    message: str


@dataclass(frozen=True)
class HelpWanted:
    """-h, -help or --help stood where a flag is read; exit 0."""


def parse(arguments: list[str]) -> Settings | UsageError | HelpWanted:
    """Read the arguments behind the program name."""
    values: dict[str, str | int | float | bool] = {}
    rest = list(arguments)
    while rest and len(rest[0]) > 1 and rest[0].startswith("-"):
        argument = rest.pop(0)
        if argument == "--":
            break
        name, equals, text = argument.removeprefix("-").removeprefix("-").partition("=")
        if not name or name.startswith("-"):
            return UsageError(f"bad flag syntax: {argument}")
        flag = _BY_NAME.get(name)
        if flag is None:
            return HelpWanted() if name in _HELP else UsageError(f"flag provided but not defined: -{name}")
        if not equals:
            if flag.kind is Kind.SWITCH:
                text = "true"
            elif not rest:
                return UsageError(f"flag needs an argument: -{name}")
            else:
                text = rest.pop(0)
        value = _value(flag, text)
        if isinstance(value, UsageError):
            return value
        values[name] = value
    return _settings(values)


def seconds(text: str) -> float | None:
    """Read a Go duration (1m30s, 500ms) or plain seconds; None if it is neither, negative, or beyond ten years."""
    if re.fullmatch(r"\d+(\.\d*)?", text):
        total = float(text)
    elif text and not _DURATION.sub("", text):
        total = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION.findall(text))
    else:
        return None
    return total if total <= MAX_SECONDS else None


def usage(program: str = "peerfinder") -> str:
    """The usage text, in the layout of Go's flag package."""
    lines = [f"Usage of {program}:"]
    for flag in sorted(FLAGS, key=lambda flag: flag.name):
        if not flag.hidden:
            default = f" (default {flag.default})" if flag.default not in {"", "0", "false"} else ""
            lines += [f"  -{flag.name} {flag.kind.value}".rstrip(), f"    \t{flag.meaning}{default}"]
    return "\n".join(lines)


def _value(flag: Flag, text: str) -> str | int | float | bool | UsageError:
    match flag.kind:
        case Kind.SWITCH if text not in _TRUE | _FALSE:
            return UsageError(f'invalid boolean value "{text}" for -{flag.name}: parse error')
        case Kind.SWITCH:
            return text in _TRUE
        case Kind.NUMBER:
            return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else _invalid(flag, text)
        case Kind.DURATION:
            parsed = seconds(text)
            return _invalid(flag, text) if parsed is None else parsed
        case Kind.TEXT:
            return text


def _invalid(flag: Flag, text: str) -> UsageError:
    return UsageError(f'invalid value "{text}" for flag -{flag.name}: parse error')


def _settings(values: dict[str, str | int | float | bool]) -> Settings | UsageError:
    warnings = []
    if "address-type" in values:
        if str(values.pop("address-type")).upper() != "DNS":
            return UsageError("-address-type can only be DNS: peers are looked up by name")
        warnings.append("-address-type=DNS is the only way of this program; the flag can be left out")
    if "selector" in values:
        if values.pop("selector"):
            return UsageError("-selector must be empty: peers are those behind -service, not pods chosen by label")
        warnings.append("-selector has no effect here; the flag can be left out")
    if values.pop("v", None) is not None:
        warnings.append("-v has no effect here; the flag can be left out")
    if float(values.get("poll", 1.0)) < SHORTEST_POLL_SECONDS:
        return UsageError("-poll must be at least 50ms")
    named = {name.replace("-", "_"): value for name, value in values.items()}
    return Settings(**named, warnings=tuple(warnings))  # type: ignore[arg-type]  # _value gave each its type
