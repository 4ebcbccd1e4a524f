"""How many nodes there are to be, by the API and by a file, while both come and go."""

from __future__ import annotations

import asyncio
import time

import pytest

from peerfinder.serve.scale import BUSY_SECONDS, KEPT_SECONDS, SETTLED_SECONDS, Scale


class Api:
    """Answers with a number, or fails; counts."""

    def __init__(self) -> None:
        self.answer: int | Exception = 3
        self.asked = 0
        self.takes = 0.0

    def __call__(self) -> int:
        self.asked += 1
        time.sleep(self.takes)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def scale(tmp_path, api):
    (tmp_path / "replicas").write_text("5\n")
    return Scale(api, tmp_path / "replicas")


def look(scale, now, *, settled=False, anew=False, patience=0.5):
    async def once():
        await scale.refresh(now, patience, settled=settled, anew=anew)

    asyncio.run(once())


def test_both_are_told(scale):
    look(scale, 0)
    assert (scale.by_api, scale.otherwise, scale.problems) == (3, (5, 3), {"api": "", "file": ""})


@pytest.mark.parametrize(("settled", "pause"), [(True, SETTLED_SECONDS), (False, BUSY_SECONDS)])
def test_the_api_is_asked_now_and_then(scale, api, settled, pause):
    for now in (0.0, pause / 2, pause - 0.1, pause, pause * 1.5):
        look(scale, now, settled=settled)
    assert api.asked == 2


def test_a_look_that_was_asked_for_asks_anew(scale, api):
    look(scale, 0)
    look(scale, 0.1, anew=True)
    assert api.asked == 2


def test_an_answer_that_is_lost_changes_nothing_for_a_while(scale, api):
    look(scale, 0)
    api.answer = ConnectionError("GET StatefulSet shop/my: connection refused")
    look(scale, 2)
    assert scale.by_api == 3
    assert scale.problems["api"] == (
        "the number of nodes cannot be asked of the API (GET StatefulSet shop/my: connection refused)"
    )
    look(scale, KEPT_SECONDS + 1)
    assert (scale.by_api, scale.otherwise) == (None, (5, 3))
    api.answer = 4
    look(scale, KEPT_SECONDS + 3)
    assert (scale.by_api, scale.problems["api"]) == (4, "")


def test_an_api_that_hangs_is_asked_once_and_forgotten_too(scale, api):
    async def looks():
        await scale.refresh(0, 0.5, settled=False)
        api.takes = 0.3
        for now in (2, 3, KEPT_SECONDS + 1):
            await scale.refresh(now, 0.01, settled=False)
        return scale.by_api, api.asked

    assert asyncio.run(looks()) == (None, 2)


def test_without_an_api_the_file_speaks_alone(tmp_path):
    scale = Scale(None, tmp_path / "none")
    look(scale, 0)
    assert (scale.by_api, scale.otherwise) == (None, (None, None))
    assert "the number of nodes cannot be read from" in scale.problems["file"]
