"""URLs and options of stores, and what the libraries' errors mean."""

from __future__ import annotations

import pytest

from backup.core.store import Address, StoreTrouble, configure, explain, parse_address, parse_options

GOOD = {
    "s3://bucket/a/b": Address("s3://bucket/a/b", "s3"),
    "s3://bucket/": Address("s3://bucket", "s3"),
    "gs://bucket": Address("gs://bucket", "gs"),
    "az://container/x": Address("az://container/x", "az"),
    "file:///backups": Address("file:///backups", "file", "/backups"),
    "file:///a%20b": Address("file:///a%20b", "file", "/a b"),
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url(url):
    assert parse_address(url) == GOOD[url]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("backups", "is no URL of a store"),
        ("ftp://x/y", "is no URL of a store"),
        ("http://[", "is no URL of a store"),
        ("s3:///x", "names no bucket"),
        ("file://backups", "names no directory"),
        ("file:backups", "names no directory"),
        ("s3://key:word@bucket/x", "has more than a place in it: s3://..."),
        ("s3://bucket/x?secret=word", "has more than a place in it: s3://..."),
    ],
)
def test_what_is_no_url(url, message):
    with pytest.raises(StoreTrouble, match=message) as caught:
        parse_address(url)
    assert caught.value.wrong
    assert caught.value.remedy
    assert "word" not in caught.value.seen


def test_options():
    given = parse_options(("endpoint=http://minio:9000", "path-style=true", "region=a=b"))
    assert configure("s3", given) == {
        "endpoint": "http://minio:9000",
        "virtual_hosted_style_request": "false",
        "region": "a=b",
    }
    assert configure("az", {"account": "x"}) == {"account_name": "x"}


@pytest.mark.parametrize(
    ("scheme", "options", "message"),
    [
        ("s3", {"path-style": "yes"}, "path-style is 'yes'"),
        ("s3", {"colour": "red"}, "s3:// has no option colour"),
        ("file", {"endpoint": "x"}, "file:// has no option endpoint"),
        ("s3", {"secret_access_key": "hush"}, "secret_access_key looks like a secret"),
        ("az", {"account_key": "hush"}, "account_key looks like a secret"),
    ],
)
def test_what_is_no_option(scheme, options, message):
    with pytest.raises(StoreTrouble, match=message) as caught:
        configure(scheme, options)
    assert "hush" not in caught.value.seen + caught.value.remedy


@pytest.mark.parametrize("word", ["", "x", "x="])
def test_an_option_is_a_name_and_a_value(word):
    with pytest.raises(StoreTrouble, match="is no option of a store"):
        parse_options((word,))


SAID = {
    "<Error><Code>NoSuchBucket</Code>": "there is no such bucket (NoSuchBucket)",
    "<Code>SignatureDoesNotMatch</Code><Message>x</Message>": "the secret key is wrong (SignatureDoesNotMatch)",
    "<Code>XAdminUserNotFound</Code>": "it does not know the access key (InvalidAccessKeyId)",
    "<Code>AccessDenied</Code>": "this account may not do that (AccessDenied)",
    "<Code>Odd</Code><Message>what it says</Message>": "Odd: what it says",
    "PUT http://169.254.169.254/latest": "no credentials were found, neither in the environment nor of the machine",
    "No space left on device (os error 28)": "it is full",
    "Permission denied (os error 13)": "this user may not do that",
    "HTTP error: error sending request": "it does not answer",
    "something\n\nDebug source: many lines": "something",
}  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_an_error_is_a_sentence(text):
    found = explain("s3://b/p", "write x/y", text, is_missing=False)
    assert found.seen == f"s3://b/p: cannot write x/y: {SAID[text]}"
    assert found.remedy
    assert not found.missing


def test_what_is_not_there():
    found = explain("s3://b/p", "read x/y", "404 <Code>NoSuchKey</Code>", is_missing=True)
    assert (found.seen, found.missing) == ("s3://b/p: there is no x/y", True)
    assert not explain("s3://b/p", "read x/y", "404 <Code>NoSuchBucket</Code>", is_missing=True).missing
