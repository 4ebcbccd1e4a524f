"""Two releases in one namespace, and the same name in two namespaces: they never meet."""

from __future__ import annotations

from tests.support.release import Release


def test_releases_do_not_meet(namespaces):
    one = Release(namespaces("galera-beside"), "galera-one")
    two = Release(one.ns, "galera-two")
    same = Release(namespaces("galera-other"), "galera-one")
    for release in (one, two, same):
        release.install({"antiAffinity": "preferred"}, replicas=1)
    for release in (one, two, same):
        release.wait_ready(1)
    for release in (one, two, same):
        release.scale(2)
    for release in (one, two, same):
        release.wait_ready(2)
    statuses = [release.status() for release in (one, two, same)]
    assert [status["state"] for status in statuses] == ["ONLINE"] * 3
    assert len({status["uuid"] for status in statuses}) == 3
    assert [len(status["nodes"]) for status in statuses] == [2, 2, 2]
    for release in (one, same):
        release.ns.delete()
