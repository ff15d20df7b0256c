"""Compiles all C of this folder into one shared library beside it, which ``rag.native.library`` loads.

    python -m rag.native

Run by ``hatch_build.py`` when the program is installed, and by hand when a compiler came later. Uses the standard
library only: nothing else is there yet while installing. What is built says of which source it is, so that a library
of another version is never used.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LIBRARY = FOLDER / {"win32": "_kernel.dll", "darwin": "_kernel.dylib"}.get(sys.platform, "_kernel.so")
# No -march=native: what is built here may be carried to another machine. No contraction and no -ffast-math: every
# machine gives the same numbers.
FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared", "-pthread", "-Wall", "-Wextra")
COMPILERS = ("cc", "gcc", "clang")
LONGEST = 300  # seconds


class NotBuilt(Exception):
    """There is no library, and why, in Dutch. The program works without."""


def sources() -> list[Path]:
    """The C of this folder, in order."""
    return sorted(FOLDER.glob("*.c"))


def version() -> str:
    """What a library must answer to be of this source: a hex digest of all C and how it is compiled."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for file in [*sources(), *sorted(FOLDER.glob("*.h"))]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def build(target: Path = LIBRARY) -> Path:
    """Compile the library and put it in place at once, so that a program that runs keeps the one it has.

    Raises:
        NotBuilt: there is no C compiler, or it fails.
    """
    compiler = _compiler()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as folder:
        made = Path(folder) / target.name
        define = f'-DVERSION="{version()}"'
        command = [*compiler, *FLAGS, define, *map(str, sources()), "-o", str(made), "-lm"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotBuilt(f"de C-compiler is niet te gebruiken: {error}") from error
        if done.returncode:
            raise NotBuilt(f"de C-compiler meldt: {done.stderr.strip() or done.returncode}")
        os.replace(made, target)  # noqa: PTH105 - says what happens when there is one already
    return target


def _compiler() -> list[str]:
    """The command of the C compiler, which ``CC`` in the environment may name."""
    named = shlex.split(os.environ.get("CC", ""))
    if named:
        return named
    found = next(filter(None, map(shutil.which, COMPILERS)), None)
    if found is None:
        raise NotBuilt("er is geen C-compiler")
    return [found]


def main() -> int:
    """Build and say what came of it. Exit status 1 when there is no library."""
    try:
        print(f"Rekenkern gebouwd: {build()}")
    except NotBuilt as error:
        print(f"Rekenkern niet gebouwd: {error}. Raadwijzer werkt ook zonder, maar zoekt langzamer.", file=sys.stderr)
        return 1
    return 0
