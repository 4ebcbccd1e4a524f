"""`peerfinder ready`: yes only by a young snapshot that says so."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peerfinder.ready import look, main

NOW = 1000.0


def snapshot(**changes: object) -> str:
    return json.dumps({"ready": True, "ready_reason": "Primary and Synced", "written_at": NOW - 1, **changes})


CASES = {
    "a young yes": (snapshot(), True, "Primary and Synced"),
    "a young no": (snapshot(ready=False, ready_reason="Donor"), False, "Donor"),
    "an old yes": (snapshot(written_at=NOW - 5.2), False, "the sidecar's last look was 5 s ago: is it running?"),
    "a yes from before the boot": (snapshot(written_at=NOW + 9), False, "the sidecar's last look was -9 s ago"),
    "nothing": (None, False, "does not exist: the sidecar has not looked yet"),
    "half a file": (snapshot()[:40], False, "is malformed"),
    "no object": ("[]", False, "is malformed"),
    "a yes that is no truth value": (snapshot(ready="yes"), False, "Primary"),
}


@pytest.mark.parametrize(("text", "ready", "reason"), CASES.values(), ids=CASES)
def test_look(tmp_path: Path, text: str | None, ready: bool, reason: str) -> None:
    path = tmp_path / "cluster.json"
    if text is not None:
        path.write_text(text)
    answer = look(str(path), NOW)
    assert answer[0] is ready
    assert reason in answer[1]


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["--run-dir", str(tmp_path)]) == 1
    (tmp_path / "cluster.json").write_text(snapshot(written_at=time.clock_gettime(time.CLOCK_BOOTTIME)))
    assert main([f"--run-dir={tmp_path}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Primary and Synced"
    monkeypatch.setenv("PEERFINDER_RUN_DIR", str(tmp_path))
    assert main([]) == 0
    assert main(["--nonsense"]) == 2
    assert main(["--help"]) == 0


def test_it_imports_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import peerfinder.ready; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                            cwd=Path(__file__).parents[3])  # fmt: skip
    assert {name.partition(".")[0] for name in loaded.stdout.split()} <= {
        "peerfinder", "json", "_json", "re", "enum", "functools", "collections", "operator", "_operator", "keyword",
        "reprlib", "copyreg", "types", "itertools", "_functools", "_collections", "_sre", "os", "stat", "_stat",
        "posixpath", "genericpath", "_collections_abc", "time", "typing", "codecs", "__future__",
    }  # fmt: skip
