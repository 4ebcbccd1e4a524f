"""The memory in a ConfigMap: read and swapped while others write, answers get lost and the API fails."""

from __future__ import annotations

import json

import pytest

from peerfinder.adapters.kube import Api
from peerfinder.adapters.memory_configmap import MemoryConfigMap
from peerfinder.core.codec import to_json
from peerfinder.core.memory import ClusterMemory
from tests.support.kube_api import NAMESPACE, Fault, running
from tests.support.sights import HISTORY

HELM = {"metadata": {"labels": {"app": "db"}, "annotations": {"helm.sh/resource-policy": "keep"}}}
KNOWN = ClusterMemory(HISTORY, replicas=3, version=4)
NEW = ClusterMemory(HISTORY, replicas=5)


def holding(memory):
    return {**HELM, "data": {"memory": json.dumps(to_json(memory)), "note": "of a person"}}


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as api:
        api.put("configmaps", "my-memory", holding(KNOWN))
        yield api


@pytest.fixture
def memory(server):
    api = Api(server.url, server.directory, NAMESPACE)
    yield MemoryConfigMap(api, "my-memory")
    api.close()


EMPTY = {
    "no data": {},
    "data of nobody": {"data": None},
    "no key": {"data": {"note": "x"}},
    "an empty memory": {"data": {"memory": "{}"}},
}


@pytest.mark.parametrize("found", EMPTY.values(), ids=EMPTY)
def test_no_data_is_the_empty_memory(server, memory, found):
    server.put("configmaps", "my-memory", {**HELM, **found})
    assert memory.read() == ClusterMemory()
    assert memory.swap(0, NEW)
    assert memory.read().version == 1


def test_a_swap_is_read_back_and_leaves_everything_else(server, memory):
    assert memory.swap(4, NEW)
    assert memory.read() == ClusterMemory(HISTORY, replicas=5, version=5)
    found = server.objects["configmaps", "my-memory"]
    assert found["data"]["note"] == "of a person"
    assert found["metadata"]["labels"] == HELM["metadata"]["labels"]
    assert found["metadata"]["annotations"] == HELM["metadata"]["annotations"]


def test_a_swap_of_another_version_changes_nothing(server, memory):
    assert not memory.swap(3, NEW)
    assert memory.read() == KNOWN
    assert server.asked("PUT") == 0


def test_only_one_of_two_swaps_wins(server, memory):
    found = server.objects["configmaps", "my-memory"]
    work = server.work

    def overtaken(verb, plural, name, body):
        if verb == "PUT":
            server.put(plural, name, found)  # somebody wrote between the reading and the writing
        return work(verb, plural, name, body)

    server.work = overtaken
    assert not memory.swap(4, NEW)


def test_a_missing_configmap_is_unreadable_and_is_not_made(server, memory):
    del server.objects["configmaps", "my-memory"]
    with pytest.raises(FileNotFoundError):
        memory.read()
    with pytest.raises(FileNotFoundError):
        memory.swap(0, NEW)
    assert server.objects == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "4"}', "null"])
def test_a_malformed_memory_is_unreadable_and_never_written_over(server, memory, text):
    server.put("configmaps", "my-memory", {**HELM, "data": {"memory": text}})
    for call in (memory.read, lambda: memory.swap(0, NEW)):
        with pytest.raises(ValueError):
            call()
    assert server.objects["configmaps", "my-memory"]["data"] == {"memory": text}


def test_an_answer_that_was_lost_after_the_write_is_found_to_be_done(server, memory):
    server.once(Fault.LOST, "PUT")
    assert memory.swap(4, NEW)
    assert server.asked("PUT") == 1


def test_a_write_that_was_never_seen_is_not_known_to_have_failed(server, memory):
    server.once(Fault.CLOSED, "PUT")
    with pytest.raises(OSError, match="PUT ConfigMap shop/my-memory"):
        memory.swap(4, NEW)
    assert memory.read() == KNOWN


def test_a_lost_answer_and_a_memory_that_has_moved_on_is_a_conflict(server, memory):
    server.once(Fault.LOST_AND_OVERTAKEN, "PUT")
    assert not memory.swap(4, NEW)


def test_a_lost_answer_and_an_api_that_is_gone_since_is_not_known(server, memory):
    server.once(Fault.LOST, "PUT")
    get, asked = memory._api.get, []

    def only_once(*arguments):
        asked.append(1)
        if len(asked) > 1:
            raise ConnectionError("gone")
        return get(*arguments)

    memory._api.get = only_once
    with pytest.raises(OSError, match="PUT"):
        memory.swap(4, NEW)


@pytest.mark.parametrize("verb", ["GET", "PUT"])
def test_what_is_forbidden_is_said(server, memory, verb):
    server.forbidden.add(verb)
    with pytest.raises(PermissionError, match=f"{verb} ConfigMap shop/my-memory"):
        memory.swap(4, NEW)


def test_an_api_that_is_down_is_an_error_in_time(server, memory):
    server.fault = Fault.BROKEN
    for call in (memory.read, lambda: memory.swap(4, NEW)):
        with pytest.raises(OSError, match="500"):
            call()
