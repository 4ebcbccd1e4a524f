"""The command `peerfinder`: three sub-commands, and without one of them the drop-in peer-finder.

The kubelet runs `peerfinder ready` every two seconds in every pod, so nothing is imported before it is needed.
"""

import sys

HELP = """\
peerfinder: who is there, and in what state?

As the peer-finder of a StatefulSet (same flags, same behaviour; one dash or two):

  peerfinder -service=SERVICE -ns=NAMESPACE -on-start=COMMAND -on-change=COMMAND

  Looks SERVICE up in DNS once a second. COMMAND is a shell fragment; it reads the full names of all peers from
  stdin, one per line, as soon as this pod is among them: -on-start once, -on-change after each change.
  All flags: peerfinder -service=x --help

      peerfinder -service=db -ns=default -on-start=/scripts/configure.sh
      peerfinder -service=db -on-start='sort > /run/peers' -timeout=2m -min-peers=3

As the sidecar of a Galera Kit pod:

  peerfinder serve       watch this node and its peers; answer probes, metrics, the API and the status page
  peerfinder ready       exit 0 when this node may serve clients, else 1 with the reason (for an exec probe)
  peerfinder list -s S   look Service S up once and print who is behind it

  peerfinder COMMAND --help shows the options of each.

Exit codes: 0 done, 1 failed, 2 usage, 3 timed out, 143 ended by SIGTERM."""

_GENERAL_HELP = {"-h", "-help", "--help", "help"}


def main() -> int:
    """Run what the first argument names; gives the exit code."""
    argv = sys.argv[1:]
    command = argv[0] if argv else ""
    if command == "ready":
        from peerfinder.ready import main as ready

        return ready(argv[1:])
    if command == "serve":
        from peerfinder.serve.command import command as serve

        serve.main(args=argv[1:], prog_name="peerfinder serve")
        return 0
    if command == "list":
        from peerfinder.dropin.listing import command as listing

        listing.main(args=argv[1:], prog_name="peerfinder list")
        return 0
    if len(argv) == 1 and command in _GENERAL_HELP:
        print(HELP, file=sys.stderr)
        return 0
    from peerfinder.dropin.main import main as dropin

    return dropin(argv)
