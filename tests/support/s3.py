"""A real S3 server (versitygw) over a directory: a bucket is a folder there, and a test can stop it in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".cache" / "versitygw"
KEY_ID, SECRET = "test", "correct-horse-battery"
START_SECONDS = 20.0


class S3Server:
    """One server on a free port of the loopback."""

    def __init__(self, root: Path) -> None:
        program = str(BUILT) if BUILT.exists() else shutil.which("versitygw")
        if program is None:
            raise AssertionError("there is no S3 server (versitygw) on this machine: make s3")
        self._program, self.root = program, root
        self.buckets, self._attributes = root / "buckets", root / "attributes"
        for folder in (self.buckets, self._attributes):
            folder.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to know, as variables."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }

    def bucket(self, name: str) -> Path:
        """Make a bucket; gives the folder in which its objects are files."""
        folder = self.buckets / name
        folder.mkdir(exist_ok=True)
        return folder

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self._program, "--port", f"127.0.0.1:{self.port}", "--quiet", "posix", "--sidecar",
                   str(self._attributes), str(self.buckets)]  # fmt: skip
        keys = {"ROOT_ACCESS_KEY": KEY_ID, "ROOT_SECRET_KEY": SECRET}
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=os.environ | keys, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    said = (self.root / "log").read_text(errors="replace")[-2000:]
                    raise AssertionError(f"the S3 server does not start: {said}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it; what it has stored stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def pause(self, *, on: bool) -> None:
        """Have it answer nothing, or go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
