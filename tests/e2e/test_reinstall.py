"""helm uninstall, and helm install on the volumes that stayed."""

from __future__ import annotations

from tests.support.release import Release


def test_an_uninstalled_release_takes_up_its_volumes_again(own_release: Release, figure):
    own_release.install()
    own_release.wait_ready()
    own_release.client.create()
    own_release.client.start(held=1, fresh=0)
    written = own_release.assert_nothing_lost()
    history = own_release.status()["uuid"]
    own_release.uninstall()
    own_release.install()
    figure(ready_seconds=own_release.wait_ready())
    assert own_release.status()["uuid"] == history
    rows = own_release.client.sql(own_release.name, "SELECT COUNT(*) FROM probe.w0")
    assert rows == [[[written]]]
