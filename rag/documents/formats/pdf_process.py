"""The other end of ``pdf_child.py``: keeps one process that runs PDFium, asks it, and ends it when it hangs.

One process for each process that reads files: starting it takes a quarter of a second, asking it for a page a fraction
of a millisecond. A file that makes it crash or hang costs that process, and the next file gets a new one. It leaves by
itself when this process is gone, because its input ends.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from rag.documents.formats.pdf_head import HEAD

OPENING = 30.0  # seconds to open a file
PAGE = 20.0  # seconds for a page
COMMAND = (sys.executable, "-P", "-m", "rag.documents.formats.pdf_child")  # -P: no modules of the working folder
MOST_FILES = 500  # after so many the process is replaced, whatever it still holds of them


class PdfDied(Exception):
    """The process crashed, or was ended because it took too long (``slow``)."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__("too slow" if slow else "crashed")
        self.slow = slow


class PdfProcess:
    """A process that runs PDFium. Not for several threads at once: hold ``lock``."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = tuple(command)
        self.lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._opened = ""  # the fingerprint of the file that is open in it
        self._pages = self._files = 0

    @property
    def number(self) -> int:
        """The number that the system gives the process, 0 when there is none."""
        return self._process.pid if self._process else 0

    def open(self, data: bytes, fingerprint: str) -> dict[str, Any]:
        """Open a file, if it is not the one that is open: {"pages": n} or {"error": …}. Raises PdfDied."""
        if self._opened == fingerprint and self._process and self._process.poll() is None:
            return {"pages": self._pages}
        self._files += 1
        if self._files > MOST_FILES:
            self.stop()
        reply, _ = self.ask({"do": "open"}, data, OPENING)
        self._opened, self._pages = (fingerprint, int(reply["pages"])) if "pages" in reply else ("", 0)
        return reply

    def close(self) -> None:
        """Let go of the file that is open. Raises PdfDied."""
        self._opened = ""
        self.ask({"do": "close"})

    def ask(self, request: dict[str, Any], payload: bytes = b"", seconds: float = PAGE) -> tuple[dict[str, Any], bytes]:
        """Ask and wait for the reply. Raises PdfDied."""
        process = self._process if self._process and self._process.poll() is None else self._start()
        slow = threading.Event()

        def end() -> None:
            slow.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(process, request, payload)
        except (OSError, EOFError, ValueError) as error:
            self.stop()
            raise PdfDied(slow=slow.is_set()) from error
        except BaseException:
            self.stop()  # stopped halfway: what is still in the pipe belongs to nobody
            raise
        finally:
            timer.cancel()

    def _exchange(
        self, process: subprocess.Popen[bytes], request: dict[str, Any], payload: bytes
    ) -> tuple[dict[str, Any], bytes]:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        body = json.dumps(request).encode()
        process.stdin.write(HEAD.pack(len(body), len(payload)) + body)
        process.stdin.write(payload)
        process.stdin.flush()
        head = process.stdout.read(HEAD.size)
        if len(head) < HEAD.size:
            raise EOFError
        first, second = HEAD.unpack(head)
        reply, data = process.stdout.read(first), process.stdout.read(second)
        if len(reply) < first or len(data) < second:
            raise EOFError
        return json.loads(reply), data

    def _start(self) -> subprocess.Popen[bytes]:
        self.stop()
        paths = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}  # noqa: PTH109
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **paths},
        )
        return self._process

    def stop(self) -> None:
        """End the process, if there is one."""
        self._opened, self._files = "", 0
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was not written yet has nowhere to go
                    continue
        self._process = None


_SHARED = PdfProcess()
atexit.register(_SHARED.stop)


def shared() -> PdfProcess:
    """The process that this one keeps."""
    return _SHARED
