"""galeractl on a laptop: which release is meant, and what is said where it cannot be found or reached."""

from __future__ import annotations

import json

import pytest

from tests.support.laptop import Laptop


def test_of_two_releases_one_has_to_be_named(laptop: Laptop) -> None:
    laptop.put_release("other", "other-galera", {})
    several = laptop("status")
    assert several.returncode == 2
    assert "2 releases are in namespace shop (context lab)" in several.stderr
    assert "--release NAME: my, other" in several.stderr
    assert laptop.status("--release", "my")["cluster"] == "db"
    assert json.loads(laptop("status", "--json", GALERACTL_RELEASE="my").stdout)["cluster"] == "db"
    unknown = laptop("--release", "none", "status")
    assert unknown.returncode == 2
    assert "there is no release none in namespace shop" in unknown.stderr


TROUBLE = {
    "unknown context": (["--context", "prod"], 2, "there is no context prod in the kubeconfig", "--context NAME: lab"),
    "nothing in the namespace": (
        ["-n", "elsewhere"],
        2,
        "there is no namespace elsewhere (context lab)",
        "there is: -n shop --release my",
    ),
    "two clusters at once": (["--local", "x", "--release", "my"], 2, "--local names another cluster", ""),
}


@pytest.mark.parametrize(("words", "code", "seen", "remedy"), TROUBLE.values(), ids=TROUBLE)
def test_what_was_named_wrongly_is_told(laptop: Laptop, words: list[str], code: int, seen: str, remedy: str) -> None:
    told = laptop(*words, "status")
    assert told.returncode == code
    assert seen in told.stderr
    assert remedy in told.stderr
    assert "Traceback" not in told.stderr


def test_credentials_that_are_not_accepted(laptop: Laptop) -> None:
    laptop.api.token = "a-new-one"
    told = laptop("status")
    assert told.returncode == 1
    assert "does not accept your credentials (context lab)" in told.stderr
    assert "kubectl --context lab auth whoami" in told.stderr


FORBIDDEN = {
    "the StatefulSets": ("statefulsets", "you may not list statefulsets.apps in namespace shop"),
    "the pods": ("pods", "you may not list pods in namespace shop"),
    "the token": ("secrets", "you may not get secret db in namespace shop"),
    "the way to the agents": ("portforward", "you may not create and get pods/portforward in namespace shop"),
}


@pytest.mark.parametrize(("what", "seen"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_right_that_is_lacking_is_named_with_another_way(laptop: Laptop, what: str, seen: str) -> None:
    laptop.api.forbidden.add(what)
    told = laptop("status")
    assert told.returncode == 1
    assert seen in told.stderr
    assert "ask in a pod: kubectl --context lab exec -n shop" in told.stderr


def test_an_api_server_that_does_not_answer(laptop: Laptop) -> None:
    config = json.loads((laptop.home / "config").read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    laptop.write_config(**config)
    told = laptop("status")
    assert told.returncode == 1
    assert "the API server at https://127.0.0.1:1 cannot be asked (context lab)" in told.stderr
    assert "Connection refused" in told.stderr


def test_without_a_kubeconfig_all_ways_are_told(laptop: Laptop) -> None:
    (laptop.home / "config").unlink()
    told = laptop("status")
    assert told.returncode == 2
    assert "there is none in ./.galera, and there is no kubeconfig" in told.stderr
    assert "galeractl local start" in told.stderr
    named = laptop("-n", "shop", "status")
    assert named.returncode == 2
    assert "there is no kubeconfig" in named.stderr


BROKEN = {
    "no YAML": "{[",
    "no object": "[]",
    "nothing": "",
    "no cluster of this name": json.dumps({
        "current-context": "lab", "contexts": [{"name": "lab", "context": {"cluster": "x", "user": "y"}}],
        "clusters": [], "users": []}),
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_kubeconfig_that_cannot_be_used_is_named(laptop: Laptop, text: str) -> None:
    (laptop.home / "config").write_text(text)
    told = laptop("status")
    assert told.returncode in {1, 2}
    assert "kubeconfig" in told.stderr
    assert "Traceback" not in told.stderr
    assert "unexpected" not in told.stderr
