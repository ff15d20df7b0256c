"""Loads the compiled kernel, or says why there is none. Whoever asks must be able to do without."""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from typing import NamedTuple

from rag.native import build

OFF = "RAADWIJZER_NATIVE"  # set to 0: do as if there were no kernel, for tests and comparisons


_off = os.environ.get(OFF) == "0"


class Loaded(NamedTuple):
    """What came of loading. ``state`` is Dutch, for people."""

    library: ctypes.CDLL | None
    state: str


SWITCHED_OFF = Loaded(None, f"uitgezet met {OFF}=0")


def kernel() -> ctypes.CDLL | None:
    """The functions of ``rag/native/*.c``; None when there are none, or when they are switched off."""
    return status().library


def status() -> Loaded:
    """The library with what there is to say about it."""
    return SWITCHED_OFF if _off else _loaded()


def switch(off: bool) -> None:
    """Do as if there were no kernel, or no longer."""
    global _off  # noqa: PLW0603 - one switch for the whole process
    _off = off


@lru_cache(1)
def _loaded() -> Loaded:
    if not build.LIBRARY.is_file():
        return Loaded(None, "niet gebouwd")
    try:
        found = ctypes.CDLL(str(build.LIBRARY))
        found.kernel_version.restype = ctypes.c_char_p
        made_of: bytes = found.kernel_version()
    except (OSError, AttributeError) as error:
        return Loaded(None, f"niet te laden: {error}")
    if made_of.decode("ascii", "replace") != build.version():
        return Loaded(None, "van een andere versie van het programma")
    return Loaded(found, "gebouwd")
