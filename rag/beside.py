"""Work on another thread, for what waits there without holding Python: a server, or FAISS over a great many rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def later(work: Callable[[], T]) -> Callable[[], T]:
    """Begin work; what this gives waits for it and gives what came of it, or raises what it raised."""
    return _threads().submit(work).result


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "beside")
