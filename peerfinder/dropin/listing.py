"""`peerfinder list`: one lookup, printed. What a person types to see what DNS tells the programs."""

import json
import sys
from dataclasses import dataclass

import click

from peerfinder.adapters.resolver import RESOLV_CONF, Source, look_up
from peerfinder.core.lookup import Answer, NoAnswer, Target
from peerfinder.core.names import ordinal_of, split_name

NO_ANSWER = 3  # exit code


@dataclass(frozen=True)
class Row:
    """One peer as it is printed; `ordinal` is None for a name that ends in no number."""

    name: str
    ordinal: int | None
    host: str
    addresses: tuple[str, ...]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-s", "--service", required=True, help="Governing (headless) Service.")
@click.option(
    "--ns", envvar="POD_NAMESPACE", default="", help="Its namespace (default: by the search list of the pod)."
)
@click.option("--domain", default="", help="Cluster domain, e.g. cluster.local (default: by the search list).")
@click.option("--nameserver", metavar="ADDRESS:PORT", help="Ask this server (default: those in resolv.conf).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(service: str, ns: str, domain: str, nameserver: str | None, as_json: bool) -> None:
    """Look the Service up once and print who is behind it: name, ordinal, host, addresses.

    \b
      peerfinder list -s db
      peerfinder list -s db --ns shop --domain cluster.local --nameserver 10.96.0.10:53

    Exit codes: 0 at least one peer, 2 usage, 3 no answer (the reason is on stderr).
    """  # noqa: D301 - click takes a real backspace as the mark of lines that stay as they are
    source = Source(None if nameserver else RESOLV_CONF, nameserver)
    match look_up(asked_name(service, ns, domain, nameserver), source=source, want_addresses=True):
        case Answer(targets):
            rows = sorted((_row(target) for target in targets), key=lambda row: (ordinal_of(row.name), row.host))
            click.echo(json.dumps([vars(row) for row in rows], indent=2) if as_json else _table(rows))
        case NoAnswer(cause, reason):
            if as_json:
                click.echo(json.dumps({"error": cause.value, "reason": reason}))
            click.echo(reason, err=True)
            sys.exit(NO_ANSWER)


def asked_name(service: str, ns: str, domain: str, nameserver: str | None) -> str:
    """The name to look up: as full as the options make it; a server of one's own choice has no search list."""
    if "." in service:
        return service
    if domain or nameserver:
        return f"{service}.{ns or 'default'}.svc.{(domain or 'cluster.local').strip('.')}."
    return f"{service}.{ns}" if ns else service


def _row(target: Target) -> Row:
    name = target.host.partition(".")[0]
    try:
        ordinal = split_name(name)[1]
    except ValueError:
        ordinal = None
    return Row(name, ordinal, target.host, target.addresses)


def _table(rows: list[Row]) -> str:
    cells = [("NAME", "ORDINAL", "HOST", "ADDRESSES")] + [
        (row.name, "-" if row.ordinal is None else str(row.ordinal), row.host, ",".join(row.addresses) or "-")
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    return "\n".join("  ".join([*(f"{line[n]:<{widths[n]}}" for n in range(3)), line[3]]) for line in cells)
