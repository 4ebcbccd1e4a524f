"""Events of a pod: made, counted, made anew when the API has forgotten them."""

from __future__ import annotations

import pytest

from peerfinder.adapters.kube import Api
from peerfinder.adapters.pod_events import KEPT, PodEvents
from peerfinder.core.events import Event, Kind
from tests.support.kube_api import NAMESPACE, running

JOINED = Event(Kind.NORMAL, "Joined", "in the Primary component")


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as api:
        api.put("pods", "db-0", {"metadata": {"uid": "u-1"}})
        yield api


@pytest.fixture
def events(server):
    api = Api(server.url, server.directory, NAMESPACE)
    yield PodEvents(api, "db-0", NAMESPACE)
    api.close()


def written(server):
    return [one for (plural, _name), one in server.objects.items() if plural == "events"]


def test_an_event_is_of_the_pod(server, events):
    events.write(JOINED)
    (event,) = written(server)
    pod = {"apiVersion": "v1", "kind": "Pod", "name": "db-0", "namespace": NAMESPACE, "uid": "u-1"}
    assert event["involvedObject"] == pod
    assert (event["type"], event["reason"], event["message"], event["count"]) == (
        "Normal", "Joined", "in the Primary component", 1,
    )  # fmt: skip


def test_the_same_again_is_counted(server, events):
    for _ in range(3):
        events.write(JOINED)
    events.write(Event(Kind.WARNING, "LostQuorum", "alone"))
    assert [one["count"] for one in written(server)] == [3, 1]
    assert server.asked("GET", "pods") == 1


def test_an_event_that_was_forgotten_is_made_anew(server, events):
    events.write(JOINED)
    (name,) = [name for plural, name in server.objects if plural == "events"]
    del server.objects["events", name]
    events.write(JOINED)
    assert [one["count"] for one in written(server)] == [1]


def test_what_was_written_long_ago_is_not_counted_for_ever(events):
    for number in range(KEPT + 5):
        events.write(Event(Kind.NORMAL, "Joined", str(number)))
    assert len(events._written) == KEPT


def test_without_the_right_it_says_so(server, events):
    server.forbidden.add("POST")
    with pytest.raises(PermissionError, match="POST Event shop/db-0"):
        events.write(JOINED)
