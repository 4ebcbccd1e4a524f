"""The labels of the pod follow the role, and no look waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from peerfinder.serve.labels import AGAIN_SECONDS, RETRY_SECONDS, Labels, Wanted

PRIMARY: Wanted = {"galerakit/role": "primary", "galerakit/reads": None}
SECONDARY: Wanted = {"galerakit/role": "secondary", "galerakit/reads": "true"}


class Pods:
    """Takes what is written, each time by way of a function."""

    def __init__(self, write: Callable[[Wanted], None] = lambda _wanted: None) -> None:
        self._write = write
        self.done: list[Wanted] = []
        self.order: list[str] = []
        self.refuses = False

    def write(self, labels: Wanted) -> None:
        self.done.append(labels)
        self.order.append("own")
        self._write(labels)

    def replace(self, pod: str, label: str, value: str, labels: Wanted) -> None:
        assert (label, value) == ("galerakit/role", "primary")
        if self.refuses:
            raise PermissionError("no")
        self.order.append(f"{pod} {labels['galerakit/role']}")


def written(looks: list[tuple[float, Wanted | None]], write: Callable[[Wanted], None] | None = None) -> list[Wanted]:
    pods = Pods(write) if write else Pods()

    async def live() -> None:
        labels = Labels(pods)
        for now, wanted in looks:
            labels.look(wanted, now)
            if labels._task:
                await labels._task

    asyncio.run(live())
    return pods.done


OTHERS: dict[str, Wanted] = {"db-1": SECONDARY, "db-2": {"galerakit/role": None, "galerakit/reads": None}}


def test_no_other_pod_is_called_the_writer_when_the_own_one_is() -> None:
    async def live() -> list[str]:
        pods = Pods()
        labels = Labels(pods)
        for now in (0.0, AGAIN_SECONDS):  # what was seen to once is not looked at again
            labels.look(PRIMARY, now, OTHERS)
            assert labels._task
            await labels._task
        return pods.order

    assert asyncio.run(live()) == ["db-1 secondary", "db-2 None", "own", "own"]


def test_an_account_that_may_not_touch_other_pods_labels_its_own() -> None:
    async def live() -> tuple[list[str], str, str]:
        pods = Pods()
        pods.refuses = True
        labels = Labels(pods)
        labels.look(PRIMARY, 0.0, OTHERS)
        assert labels._task
        await labels._task
        return pods.order, labels.refused, labels.problem

    assert asyncio.run(live()) == (["own"], "no", "")


def test_they_are_written_at_the_first_look_and_at_each_change() -> None:
    assert written([(0, SECONDARY), (1, SECONDARY), (2, PRIMARY), (3, PRIMARY)]) == [SECONDARY, PRIMARY]


def test_and_again_after_a_while_for_somebody_may_have_removed_them() -> None:
    assert written([(0, PRIMARY), (AGAIN_SECONDS - 1, PRIMARY), (AGAIN_SECONDS, PRIMARY)]) == [PRIMARY, PRIMARY]


def test_what_is_not_known_changes_nothing() -> None:
    assert written([(0, None), (1, PRIMARY), (2, None)]) == [PRIMARY]


def test_what_failed_is_tried_again_after_a_pause_and_then_with_what_is_wanted_now() -> None:
    answers = iter([PermissionError("no"), None])

    def write(_wanted: Wanted) -> None:
        if error := next(answers):
            raise error

    looks: list[tuple[float, Wanted | None]] = [(0, PRIMARY), (1, SECONDARY), (RETRY_SECONDS, SECONDARY)]
    assert written(looks, write) == [PRIMARY, SECONDARY]


def test_a_failure_is_told_until_it_is_over() -> None:
    async def live() -> tuple[str, str]:
        fails = True

        def write(_wanted: Wanted) -> None:
            if fails:
                raise TimeoutError("the API does not answer within 2 s")

        labels = Labels(Pods(write))
        labels.look(PRIMARY, 0)
        assert labels._task
        await labels._task
        first, fails = labels.problem, False
        labels.look(PRIMARY, RETRY_SECONDS)
        await labels._task
        return first, labels.problem

    assert asyncio.run(live()) == (
        "the labels of the pod cannot be written (the API does not answer within 2 s)", ""
    )  # fmt: skip


def test_one_at_a_time() -> None:
    async def live() -> int:
        begun = 0
        loop, release = asyncio.get_running_loop(), asyncio.Event()

        def write(_wanted: Wanted) -> None:
            nonlocal begun
            begun += 1
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

        labels = Labels(Pods(write))
        labels.look(PRIMARY, 0)
        labels.look(SECONDARY, 1)
        release.set()
        assert labels._task
        await labels._task
        return begun

    assert asyncio.run(live()) == 1


def test_without_an_api_nothing_is_written() -> None:
    labels = Labels(None)
    labels.look(PRIMARY, 0)
    assert labels._task is None
