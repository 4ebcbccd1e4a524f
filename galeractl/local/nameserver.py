"""A real DNS server for a local cluster: the part of Kubernetes DNS that a headless Service needs, and its faults.

It answers on UDP and TCP of one address: SRV for the Service (the addresses in the additional section), A and AAAA
for the Service and for each host, NXDOMAIN for any other name. The zone is a JSON file (see `zone`), read again when
it changes; a file that cannot be read leaves the last good zone in force.

    python -m galeractl.local.nameserver --listen 127.77.1.1:5353 --zone zone.json     # SIGTERM ends it

    with running(zone_file) as server:      # in this process, on a free port of 127.0.0.1
        look_up("db.default.svc.cluster.local.", source=Source(None, nameserver=server.address))
"""

import argparse
import contextlib
import signal
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from galeractl.local.answers import reply
from galeractl.local.zone import BadZone, Mode, Zone, parse_zone

STOP_POLL_SECONDS = 0.05  # how often the listening threads look whether they shall end


class ZoneFile:
    """The zone as the file says it now; ValueError if it is no zone at the start, later the last good one stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        zone = self._read(None)
        if isinstance(zone, BadZone):
            raise ValueError(f"{path}: {zone.reason}")  # noqa: TRY004 - the type is right, the text in the file is not
        self._zone = zone

    def current(self) -> Zone:
        """The zone in force."""
        with self._lock:
            stamp = self._stat()
            if stamp is not None and stamp != self._stamp:
                zone = self._read(self._zone)
                if isinstance(zone, Zone):
                    self._zone = zone
                else:
                    print(f"{self._path}: {zone.reason}; keeping the last good zone", file=sys.stderr, flush=True)
            return self._zone

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _read(self, previous: Zone | None) -> Zone | BadZone:
        self._stamp = self._stat()
        try:
            return parse_zone(self._path.read_text(encoding="utf-8"), previous)
        except (OSError, UnicodeDecodeError) as error:
            return BadZone(str(error))


class Nameserver:
    """Both listeners on one address and port; `address` is "host:port". Raises OSError if the address is taken."""

    def __init__(self, zone_file: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self.zone = ZoneFile(zone_file)
        self.queries = 0  # how many were asked, for tests that count them
        self._udp, self._tcp = self._bind(host, port)
        self.host, self.port = host, int(self._udp.server_address[1])
        self.address = f"{self.host}:{self.port}"
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(STOP_POLL_SECONDS,), daemon=True)
            for server in (self._udp, self._tcp)
        ]

    def _bind(self, host: str, port: int) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
        """A free UDP port may be taken on TCP, so with port 0 try a few."""
        owner = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, sock = self.request
                answer = owner.answer(wire, tcp=False)
                if answer is not None:
                    with contextlib.suppress(OSError):
                        sock.sendto(answer, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            timeout = 10

            def handle(self) -> None:
                with contextlib.suppress(OSError, struct.error):
                    while size := self.rfile.read(2):
                        wire = self.rfile.read(struct.unpack("!H", size)[0])
                        answer = owner.answer(wire, tcp=True)
                        if answer is not None:
                            self.wfile.write(struct.pack("!H", len(answer)) + answer)

        for attempt in range(20):
            udp = _UdpServer((host, port), Udp)
            try:
                return udp, _TcpServer((host, udp.server_address[1]), Tcp)
            except OSError:
                udp.server_close()
                if port or attempt == 19:
                    raise
        raise AssertionError("unreachable")

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """Answer one query out of the zone in force; in the mode slow after its delay."""
        zone = self.zone.current()
        self.queries += 1
        if zone.mode is Mode.SLOW:
            time.sleep(zone.slow_seconds)
        return reply(wire, zone, tcp=tcp)

    def start(self) -> None:
        """Begin to answer; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both listeners and free the port."""
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    address_family = socket.AF_INET


@contextlib.contextmanager
def running(zone_file: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Nameserver]:
    """A name server in this process for the length of a `with` block."""
    server = Nameserver(zone_file, host, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; says "ready" on stderr when bound. 1: no such zone or address, 2: usage."""
    parser = argparse.ArgumentParser(prog="python -m galeractl.local.nameserver", description="DNS of a local cluster")
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--zone", required=True, type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    host, _, port = options.listen.rpartition(":")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        with running(options.zone, host, int(port)):
            print("ready", file=sys.stderr, flush=True)
            ended.wait()
    except (OSError, ValueError) as error:
        print(f"nameserver: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
