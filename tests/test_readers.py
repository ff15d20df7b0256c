"""The processes that read files: none stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, time
from doubles import WordEmbedder
from rag.indexing.readers import PARALLEL, Readers

with Readers(WordEmbedder(8)) as readers:
    readers.expect(PARALLEL)
    list(readers.outcomes([[]]))  # one of them is at work
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)
    time.sleep(300)
"""


def runs(pid: int) -> bool:
    """Whether a process is there, and not just waiting to be counted out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.timeout(180)
def test_readers_end_when_the_process_that_started_them_is_killed():
    here = Path(__file__).resolve().parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout
        pids = [int(pid) for pid in program.stdout.readline().split()]
        program.send_signal(signal.SIGKILL)
    assert pids
    until = time.monotonic() + 120
    while any(map(runs, pids)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(runs, pids))
