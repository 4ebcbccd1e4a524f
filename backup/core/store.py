"""Where backups are stored, in words: URLs, options, and what the libraries say when something is wrong.

    s3://bucket/prefix   gs://bucket/prefix   az://container/prefix   file:///path

An option is a word, so it is never a secret: those are in the environment, or in files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SCHEMES = ("s3", "gs", "az", "file")
OPTIONS = {
    "endpoint": "the address of a store that is not the vendor's, as in http://minio:9000",
    "region": "of the bucket",
    "path-style": "true: the bucket is in the path and not in the host name, as most stores of one's own need it",
    "account": "of Azure",
}
_KEYS: dict[str, dict[str, str]] = {  # our words, and the library's
    "s3": {"endpoint": "endpoint", "region": "region", "path-style": "virtual_hosted_style_request"},
    "gs": {"endpoint": "base_url"},
    "az": {"endpoint": "endpoint", "account": "account_name"},
    "file": {},
}
_OPPOSITE = {"true": "false", "false": "true"}
_SECRETS = re.compile(r"key|secret|token|password|sas|credential", re.IGNORECASE)


class StoreTrouble(Exception):
    """The store did not do what it was asked: `seen` is what was found, `remedy` what to do next."""

    def __init__(self, seen: str, remedy: str, *, missing: bool = False, wrong: bool = False) -> None:
        """`missing`: it has no such object; `wrong`: what was asked for cannot be."""
        super().__init__(seen)
        self.seen, self.remedy, self.missing, self.wrong = seen, remedy, missing, wrong


@dataclass(frozen=True, slots=True)
class Address:
    """A URL of a store; `directory` is that of file:///directory, else ''."""

    url: str
    scheme: str
    directory: str = ""


def parse_address(url: str) -> Address:
    """Read a URL; raises StoreTrouble."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in SCHEMES:
        known = ", ".join(f"{one}://" for one in SCHEMES)
        remedy = f"one of {known}, as in s3://bucket/prefix or file:///path"
        raise StoreTrouble(f"{url!r} is no URL of a store", remedy, wrong=True)
    if parts.username or parts.password or parts.query:
        seen = f"the URL of the store has more than a place in it: {parts.scheme}://..."
        remedy = "credentials belong into the environment, options behind --store-option"
        raise StoreTrouble(seen, remedy, wrong=True)
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise StoreTrouble(f"{url!r} names no directory", "an absolute path, as in file:///backups", wrong=True)
        return Address(url, "file", unquote(parts.path))
    if not parts.netloc:
        raise StoreTrouble(f"{url!r} names no bucket", f"as in {parts.scheme}://bucket/prefix", wrong=True)
    return Address(url.rstrip("/"), parts.scheme)


def parse_options(words: tuple[str, ...]) -> dict[str, str]:
    """Read `name=value` words; raises StoreTrouble."""
    options = {}
    for word in words:
        name, found, value = word.partition("=")
        if not found or not value:
            raise StoreTrouble(f"{name!r} is no option of a store", "NAME=VALUE, as in path-style=true", wrong=True)
        options[name] = value
    return options


def configure(scheme: str, options: Mapping[str, str]) -> dict[str, str]:
    """Put options into the words of the library; raises StoreTrouble."""
    config = {}
    for name, value in options.items():
        if _SECRETS.search(name):
            raise StoreTrouble(
                f"{name} looks like a secret, which everybody on this machine could read on a command line",
                "set it in the environment, or name a file that holds it (AWS_SECRET_ACCESS_KEY_FILE)", wrong=True,
            )  # fmt: skip
        if name not in _KEYS[scheme]:
            known = ", ".join(_KEYS[scheme]) or "none"
            raise StoreTrouble(f"{scheme}:// has no option {name}", f"those that it has: {known}", wrong=True)
        if name == "path-style":
            if value not in _OPPOSITE:
                raise StoreTrouble(f"path-style is {value!r}", "path-style=true, or false", wrong=True)
            value = _OPPOSITE[value]  # noqa: PLW2901 - the library's word says the opposite
        config[_KEYS[scheme][name]] = value
    return config


_CODES = {
    "NoSuchBucket": ("there is no such bucket", "make the bucket, or name another one"),
    "InvalidBucketName": ("there is no such bucket, and never will be", "name another one"),
    "InvalidAccessKeyId": ("it does not know the access key", "is AWS_ACCESS_KEY_ID the one of this store?"),
    "SignatureDoesNotMatch": ("the secret key is wrong", "is AWS_SECRET_ACCESS_KEY the one of this access key?"),
    "AccessDenied": ("this account may not do that", "it needs to list, read, write and delete below the prefix"),
    "ExpiredToken": ("the credentials have expired", "give new ones"),
    "RequestTimeTooSkewed": ("the clock of this machine is wrong", "set the clock"),
    "QuotaExceeded": ("its quota is used up", "make room: galeractl backup prune, or a larger quota"),
}
_CODE = re.compile(r"<Code>(\w+)</Code>(?:\s*<Message>([^<]*)</Message>)?")
_NO_CREDENTIALS = ("169.254.169.254", "metadata.google.internal", "169.254.170.2")  # where machines ask for their role
_SYSTEM = {  # what file:// meets, in the words of the library: "No space left on device (os error 28)"
    "28": ("it is full", "make room there: galeractl backup prune"),
    "122": ("its quota is used up", "make room there: galeractl backup prune"),
    "13": ("this user may not do that", "look at owner and mode of the directory"),
    "30": ("it is read-only", "how is it mounted?"),
    "5": ("its disk has an error", "look at that disk"),
}
_SILENT = ("error sending request", "error trying to connect", "timed out", "dns error")


def explain(url: str, what: str, text: str, *, is_missing: bool) -> StoreTrouble:
    """Say what a library's `text` means; `what` was tried (`write NAME`), `is_missing`: it calls it not found."""
    cannot = f"{url}: cannot {what}"
    found = _CODE.search(text)
    code, message = (found[1], found[2] or "") if found else ("", "")
    code = "InvalidAccessKeyId" if "UserNotFound" in code else code
    if code in _CODES:
        seen, remedy = _CODES[code]
        return StoreTrouble(f"{cannot}: {seen} ({code})", remedy)
    if is_missing and code in ("", "NoSuchKey", "BlobNotFound"):
        return StoreTrouble(f"{url}: there is no {what.partition(' ')[2]}", "galeractl backup list", missing=True)
    if any(host in text for host in _NO_CREDENTIALS):
        remedy = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what your vendor has in their place"
        return StoreTrouble(
            f"{cannot}: no credentials were found, neither in the environment nor of the machine", remedy
        )
    number = re.search(r"os error (\d+)", text)
    if number and number[1] in _SYSTEM:
        seen, remedy = _SYSTEM[number[1]]
        return StoreTrouble(f"{cannot}: {seen}", remedy)
    if any(word in text for word in _SILENT):
        return StoreTrouble(f"{cannot}: it does not answer", "is it up, and is its endpoint right?")
    said = f"{code}: {message}" if code else text.split("\n", 1)[0][:300]  # 300: the rest is the library's own state
    return StoreTrouble(f"{cannot}: {said}", "ask whoever runs the store")
