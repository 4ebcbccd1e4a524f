"""Which release is meant, and how errors of the way there are told."""

from __future__ import annotations

import pytest

from galeractl.adapters.api_server import Forbidden, Unauthorized
from galeractl.adapters.kube_objects import Release
from galeractl.adapters.kubeconfig import Access
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.releases import choose, trouble_of

ACCESS = Access("lab", "shop", "https://lab:6443", None, ("exec: process returned 1. token expired",))


def a_release(name: str, set_name: str = "") -> Release:
    return Release(name, "shop", set_name or f"{name}-galera", 3, "a=b", name, "agent-token", f"{name}-memory", 8008)


MY, OTHER = a_release("my"), a_release("other")


@pytest.mark.parametrize(
    ("found", "wanted", "chosen"),
    [((MY,), None, MY), ((MY, OTHER), "other", OTHER), ((MY, OTHER), "my-galera", MY)],
    ids=["the only one", "by its name", "by the name of its pods"],
)
def test_a_release_is_chosen(found: tuple[Release, ...], wanted: str | None, chosen: Release) -> None:
    assert choose(found, wanted, "here") == chosen


WRONG = {
    "several": ((MY, OTHER), None, "2 releases are in namespace shop", "--release NAME: my, other"),
    "none of this name": ((MY,), "our", "there is no release our in namespace shop", "--release NAME: my"),
}


@pytest.mark.parametrize(("found", "wanted", "seen", "remedy"), WRONG.values(), ids=WRONG)
def test_a_choice_that_cannot_be_made(found: tuple[Release, ...], wanted: str | None, seen: str, remedy: str) -> None:
    with pytest.raises(Trouble) as told:
        choose(found, wanted, "namespace shop")
    assert (told.value.seen, told.value.remedy, told.value.code) == (seen, remedy, Code.USAGE)


ERRORS = {
    "not known": (Unauthorized("Unauthorized"), "does not accept your credentials (context lab)", "log in again"),
    "not allowed": (Forbidden("list pods in namespace shop", "no"), "you may not list pods in namespace shop", "right"),
    "no answer": (TimeoutError("too slow"), "the API server at https://lab:6443 cannot be asked", "is it up"),
}


@pytest.mark.parametrize(("error", "seen", "remedy"), ERRORS.values(), ids=ERRORS)
def test_an_error_comes_with_what_to_do_and_what_was_said_of_the_credentials(
    error: OSError, seen: str, remedy: str
) -> None:
    told = trouble_of(error, ACCESS, "shop")
    assert seen in told.seen
    assert "token expired" in told.seen
    assert remedy in told.remedy
