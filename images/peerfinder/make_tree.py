#!/usr/bin/env python3
"""Makes the folder that runs in any image: this interpreter, its libraries with their loader, and installed packages.

usage: make_tree.py FOLDER LAUNCHER

    FOLDER/launch                 static; see launch.c
    FOLDER/bin/python3            this interpreter
    FOLDER/lib/ld.so, lib*.so.*   the loader and every library that the interpreter or a module of it needs
    FOLDER/lib/python3.X/         the standard library without what no server program imports
    FOLDER/packages/              what is installed in /opt/galera-kit

Beside it, below the same root, come /usr/local/bin with links, /etc/passwd and /tmp: all that an image needs.
"""

from __future__ import annotations

import compileall
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

_UNUSED = {
    "test", "idlelib", "tkinter", "turtledemo", "turtle.py", "ensurepip", "venv", "lib2to3", "pydoc_data", "curses",
    "dbm", "sqlite3", "__pycache__",
}  # fmt: skip
_UNUSED_MODULES = re.compile(
    r"^(_curses|_dbm|_sqlite3|readline|_tkinter|_test|_xxtest|xx|_codecs_|_lsprof|_ctypes_test)"
)


def libraries(file: Path) -> dict[str, Path]:
    """What the loader finds for `file`, by the name that is asked for; the loader itself is `ld.so`."""
    listed = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
    found = {name: Path(path) for name, path in re.findall(r"^\s*(\S+) => (/\S+) ", listed, flags=re.MULTILINE)}
    loader = re.search(r"^\s*(/\S*ld-linux\S*) ", listed, flags=re.MULTILINE)
    return found | ({"ld.so": Path(loader[1])} if loader else {})


def copy_interpreter(folder: Path) -> None:
    """The interpreter and its standard library."""
    library = Path(sysconfig.get_path("stdlib"))

    def unused(_: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _UNUSED or name.startswith("config-") or _UNUSED_MODULES.match(name)]

    shutil.copytree(library, folder / "lib" / library.name, ignore=unused, symlinks=False)
    (folder / "bin").mkdir()
    shutil.copy(Path(sys.executable).resolve(), folder / "bin/python3")


def copy_libraries(folder: Path) -> None:
    """What binaries of the folder need, until nothing new is found."""
    for binary in [folder / "bin/python3", *folder.rglob("*.so")]:
        for name, path in libraries(binary).items():
            if not (folder / "lib" / name).exists():
                shutil.copy(path, folder / "lib" / name)


def main() -> None:
    """Make it."""
    folder, launcher = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True)
    shutil.copy(launcher, folder / "launch")
    copy_interpreter(folder)
    (packages,) = Path("/opt/galera-kit/lib").glob("python3*/site-packages")
    shutil.copytree(packages, folder / "packages")
    copy_libraries(folder)
    compileall.compile_dir(
        folder / "lib", quiet=1, stripdir=str(folder), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    root = Path(*folder.parts[:-2])
    for part in ("usr/local/bin", "etc", "tmp"):
        (root / part).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/tmp:/none\n")
    for name in ("peerfinder", "peer-finder", "galeractl", "kubectl-galera", "install-to"):
        (root / "usr/local/bin" / name).symlink_to(Path("/", folder.relative_to(root), "launch"))


if __name__ == "__main__":
    main()
