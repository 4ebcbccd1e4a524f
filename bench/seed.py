"""The same server run the way of the seed: a StatefulSet, peers from DNS, plain Galera defaults.

- evs.* as Galera has it, SST by rsync, no --wsrep-start-position, innodb_flush_log_at_trx_commit=0 as the seed has it.
- The address list holds every peer that DNS names, this node too; alone in DNS it is empty: `gcomm://`, a bootstrap.
- OrderedReady: a node that is created is in DNS with those before it, and the next is created when it is Synced. A
  container that restarts in its pod still finds all peers in DNS.

What Kubernetes itself adds (scheduling, mounting, the delays of probes, back-off) is left out in favour of the seed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from bench.clients import Account
from galeractl.core.transfer import describe_transfer

ROOT = Path(__file__).parents[1]
NETWORK = "127.78.0"  # galeractl local takes 127.77
STOP_SECONDS = 60.0
USER = "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
ENVIRONMENT = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
ACCOUNT_SQL = (
    "FLUSH PRIVILEGES;\nCREATE DATABASE app;\n"
    "CREATE USER app@'%' IDENTIFIED BY 'app';\nGRANT ALL ON app.* TO app@'%';\n"
)


class SeedCluster:
    """Three servers on loopback addresses of their own."""

    side = "seed"
    names = ("galera-0", "galera-1", "galera-2")

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._library = provider()

    def initialise(self, name: str) -> None:
        """Fill an empty datadir, as every node of the seed does at its first start."""
        home = self._directory / name
        home.mkdir(parents=True)
        home.chmod(0o755)
        shutil.chown(home, USER)
        accounts = home / "accounts.sql"
        accounts.write_text(ACCOUNT_SQL)
        subprocess.run(
            [
                "mariadb-install-db", "--no-defaults", f"--datadir={home / 'data'}", f"--user={USER}", "--skip-test-db",
                "--auth-root-authentication-method=normal", f"--extra-file={accounts}",
            ],
            env=ENVIRONMENT, capture_output=True, check=True, timeout=STOP_SECONDS,
        )  # fmt: skip

    def start(self, *names: str) -> float:
        """Start servers whose peers are all in DNS; gives the moment when the last one started."""
        for name in names:
            self.launch(name, self.names)
        return time.monotonic()

    def launch(self, name: str, in_dns: tuple[str, ...], data: str = "data") -> subprocess.Popen[bytes]:
        """Start a server that finds these names in DNS."""
        home, address = self._directory / name, self.address(name)
        peers = "" if in_dns == (name,) else ",".join(self.address(one) for one in in_dns)
        command = [
            "mariadbd", "--no-defaults", f"--user={USER}", f"--datadir={home / data}",
            f"--socket={home / 'sock'}", f"--pid-file={home / 'pid'}", f"--bind-address={address}", "--port=3306",
            "--skip-name-resolve", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
            "--innodb-flush-log-at-trx-commit=0", "--wsrep-on=ON", f"--wsrep-provider={self._library}",
            "--wsrep-cluster-name=seed", f"--wsrep-cluster-address=gcomm://{peers}", f"--wsrep-node-name={name}",
            f"--wsrep-node-address={address}", "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address={address}:4444",
            f"--wsrep-provider-options=gmcast.listen_addr=tcp://{address}:4567;ist.recv_addr={address}:4568",
        ]  # fmt: skip
        with (home / "log").open("ab") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env=ENVIRONMENT, start_new_session=True)
        self._servers[name] = server
        return server

    def copy_data(self, name: str, copy: str) -> None:
        """Copy the datadir of a server that does not run."""
        home = self._directory / name
        subprocess.run(["cp", "-a", "--sparse=always", str(home / "data"), str(home / copy)], check=True)

    def stop(self, name: str) -> None:
        """Stop a server gracefully."""
        server = self._servers[name]
        server.terminate()
        server.wait(STOP_SECONDS)

    def kill(self, *names: str) -> None:
        """A power cut: SIGKILL for the servers and all they started."""
        for name in names:
            if name in self._servers:
                try:
                    os.killpg(self._servers[name].pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        for name in names:
            if name in self._servers:
                self._servers[name].wait(STOP_SECONDS)

    def has_ended(self, name: str) -> bool:
        """Whether a server that was started has ended by itself."""
        return self._servers[name].poll() is not None

    def address(self, name: str) -> str:
        """Where a node listens."""
        return f"{NETWORK}.{10 + self.names.index(name)}"

    def account(self, name: str) -> Account:
        """The application's account on a node."""
        return Account(self.address(name), 3306, "app", "app")

    def log(self, name: str) -> str:
        """All that a server has said."""
        return (self._directory / name / "log").read_text(errors="replace")

    def transfer(self, log: str) -> str:
        """How a node got its state, from what it has said since its start."""
        if "WSREP_SST: [INFO] rsync SST completed" in log:
            return "SST"
        return describe_transfer(log)

    def remove(self) -> None:
        """End every server and remove the directory."""
        self.kill(*self.names)
        shutil.rmtree(self._directory, ignore_errors=True)


def provider() -> str:
    """The path of the Galera library that `make server` found."""
    command = [str(ROOT / "scripts/obtain-server"), "--check"]
    looked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=STOP_SECONDS)
    return looked.stdout.rpartition(" with ")[2].strip()
