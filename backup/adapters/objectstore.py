"""The object store: S3, Google's, Azure's, or a directory, all by one library (obstore).

It tries again by itself what may be tried again, and gives up after RETRY_SECONDS. Credentials come from where each
vendor has them: the environment (AWS_ACCESS_KEY_ID ...), files that it names (AWS_WEB_IDENTITY_TOKEN_FILE,
GOOGLE_APPLICATION_CREDENTIALS ...), or the machine's own role. For each variable that is a secret, its name with _FILE
behind it names a file that holds it.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from backup.core.store import Address, StoreTrouble, configure, explain, parse_address

RETRY_SECONDS = 180  # for one request, tried again and again; a store that restarts is back before that
REQUEST_SECONDS = 120  # for one try: a piece of 8 MiB over a line of 1 Mbit/s
CONNECT_SECONDS = 10
PIECE_BYTES = 8 << 20  # of an upload; stores take at least 5 MiB, and 10,000 pieces of an object
PIECES = 8  # on their way at once: memory is PIECES times PIECE_BYTES
READS_AHEAD = 4

_FILES = {  # variables of secrets, and the library's words
    "s3": {
        "AWS_ACCESS_KEY_ID": "access_key_id",
        "AWS_SECRET_ACCESS_KEY": "secret_access_key",
        "AWS_SESSION_TOKEN": "session_token",
    },
    "gs": {"GOOGLE_SERVICE_ACCOUNT_KEY": "service_account_key"},
    "az": {"AZURE_STORAGE_ACCOUNT_KEY": "account_key", "AZURE_STORAGE_SAS_KEY": "sas_key"},
    "file": {},
}
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Object:
    """What a listing tells of one object; the path is below the prefix of the store."""

    path: str
    size: int
    modified: datetime


class Store:
    """One place for backups; `url` is how messages name it."""

    def __init__(self, url: str, options: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """Raises StoreTrouble where the URL, an option or a file of a secret cannot be used; asks nobody."""
        address = parse_address(url)
        self.url = address.url
        self._directory = Path(address.directory) if address.directory else None
        config = configure(address.scheme, options) | _secrets_of_files(address.scheme, environment)
        self._store = _open(address, config, environment)

    def put(self, path: str, content: bytes) -> None:
        """Write a small object whole; one that was there is replaced."""
        with self._sentences(f"write {path}"):
            obstore.put(self._store, path, content, use_multipart=False)
            self._sync(path)

    def put_pieces(self, path: str, pieces: Iterable[bytes]) -> None:
        """Write an object whose pieces come one after the other, several of them on their way at once.

        What `pieces` raises ends the upload, and nothing of the object is left.
        """
        with self._sentences(f"write {path}"):
            obstore.put(
                self._store, path, iter(pieces), use_multipart=True, chunk_size=PIECE_BYTES, max_concurrency=PIECES
            )
            self._sync(path)

    def get(self, path: str) -> bytes:
        """Read a small object whole."""
        with self._sentences(f"read {path}"):
            return bytes(obstore.get(self._store, path).bytes())

    def get_pieces(self, path: str, size: int) -> Iterator[bytes]:
        """Read an object of `size` bytes piece by piece, several of them ahead: one stream alone is slow."""
        starts = iter(range(0, size, PIECE_BYTES))
        with ThreadPoolExecutor(READS_AHEAD, "store") as pool:
            ahead = deque(pool.submit(self._get_range, path, start) for start in islice(starts, READS_AHEAD))
            try:
                while ahead:
                    piece = ahead.popleft().result()
                    if (start := next(starts, None)) is not None:
                        ahead.append(pool.submit(self._get_range, path, start))
                    yield piece
            finally:
                for one in ahead:
                    one.cancel()

    def _get_range(self, path: str, start: int) -> bytes:
        with self._sentences(f"read {path}"):
            return bytes(obstore.get_range(self._store, path, start=start, length=PIECE_BYTES))

    def look(self, path: str) -> Object:
        """Tell of one object; its time is by the clock of the store."""
        with self._sentences(f"read {path}"):
            found = obstore.head(self._store, path)
        return Object(path, found["size"], found["last_modified"])

    def list(self, folder: str = "") -> Iterator[Object]:
        """List what is in a folder and below it, or everything."""
        with self._sentences("list what is there"):
            for page in obstore.list(self._store, folder or None):
                for one in page:
                    yield Object(one["path"], one["size"], one["last_modified"])

    def folders(self) -> tuple[str, ...]:
        """Name the folders at the top."""
        with self._sentences("list what is there"):
            found = obstore.list_with_delimiter(self._store)
        return tuple(sorted(str(one).strip("/") for one in found["common_prefixes"]))

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects, in their order; one that is gone already is no trouble."""
        for path in paths:
            try:
                with self._sentences(f"delete {path}"):
                    obstore.delete(self._store, path)
            except StoreTrouble as trouble:
                if not trouble.missing:
                    raise
        if self._directory is not None:
            for folder in {(self._directory / path).parent for path in paths} - {self._directory}:
                with contextlib.suppress(OSError):  # not empty
                    folder.rmdir()

    def _sync(self, path: str) -> None:
        """Have a file and its name on disk: a directory keeps what it acknowledged only then."""
        if self._directory is None:
            return
        target = self._directory / path
        for one in (target, target.parent, self._directory):
            descriptor = os.open(one, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            number = error.errno if isinstance(error, OSError) else None  # None: the library's own, its text says all
            text = f"{os.strerror(number)} (os error {number})" if number else str(error)
            raise explain(self.url, what, text, is_missing=isinstance(error, FileNotFoundError)) from None


def _open(address: Address, config: dict[str, str], environment: Mapping[str, str]) -> Any:
    if address.scheme == "file":
        directory = Path(address.directory)
        if not directory.is_dir():
            remedy = "make it, or mount it, first: a store is never made by itself"
            raise StoreTrouble(f"{address.url}: there is no such directory", remedy)
        return LocalStore(directory)
    endpoint = config.get("endpoint") or next((environment[one] for one in _ENDPOINTS if environment.get(one)), "")
    everything: Any = config
    try:
        return from_url(
            address.url,
            config=everything,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": timedelta(seconds=REQUEST_SECONDS),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            },
            retry_config={"max_retries": 40, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        )
    except BaseError as error:
        said = str(error).split("\n", 1)[0]
        raise StoreTrouble(f"{address.url} cannot be used: {said}", "is everything in it right?", wrong=True) from None


def _secrets_of_files(scheme: str, environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, key in _FILES[scheme].items():
        path = environment.get(f"{name}_FILE")
        if not path:
            continue
        try:
            found[key] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise StoreTrouble(f"{name}_FILE cannot be read: {path} ({why})", "is the Secret mounted there?") from None
    return found
