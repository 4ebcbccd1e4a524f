"""Long work can be told to stop, and its end is this thread's."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from galeractl.operator import working
from galeractl.operator.working import work


def test_it_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "SHOW_SECONDS", 0.01)
    shown = threading.Event()
    assert work(lambda: shown.wait(5), shown.set, lambda: None) is True


def test_what_it_raises_is_raised() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        work(fail, lambda: None, lambda: None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_tells_it_to_stop(number: signal.Signals) -> None:
    told = threading.Event()

    def task() -> bool:
        os.kill(os.getpid(), number)
        return told.wait(5)

    before = signal.getsignal(number)
    assert work(task, lambda: None, told.set) is True
    assert signal.getsignal(number) is before
