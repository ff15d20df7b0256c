"""The pages of the original file as images, for the viewer: checked to be the file that was read, drawn once.

Knows no HTML. Only documents that the assistant shows have an original; what is hidden is refused as if it were not
there. Images are kept in memory, the latest ones, and only as long as the file stays as it is.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from rag.documents.page_images import original, page_image
from rag.errors import UnreadableFile
from rag.web.backend import Backend

WIDTHS = (900, 1800)  # pixels: what fits beside an answer, and the same enlarged or on a sharp screen
MOST_BYTES = 64_000_000  # of images kept
CHECKED = 500  # files of which is remembered that they are the ones that were read

Stamp = tuple[str, str, int, int]  # location, fingerprint, modified, size


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as a PNG. ``tag`` names its content: the same page of the same file has the same one."""

    png: bytes
    tag: str


class Originals:
    """Draws pages of the documents of a backend. For several threads."""

    def __init__(self, backend: Backend, most_bytes: int = MOST_BYTES) -> None:
        self._backend = backend
        self._most_bytes = most_bytes
        self._images: OrderedDict[tuple[Stamp, int, int], bytes] = OrderedDict()
        self._checked: OrderedDict[Stamp, None] = OrderedDict()
        self._lock = Lock()

    def check(self, path: str) -> None:
        """Whether the file of a document still is the one that was read.

        Raises:
            UnreadableFile: it is gone or has changed.
            RaadwijzerError: the index shows no document of this name.
        """
        stamp = self._stamp(path)
        with self._lock:
            known = stamp in self._checked
        if not known:
            self._read(stamp)

    def page(self, path: str, number: int, width: int) -> PageImage:
        """Page ``number`` (from 1) of a document, at the nearest of ``WIDTHS``. Raises as ``check``."""
        stamp = self._stamp(path)
        wide = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
        key = (stamp, number, wide)
        with self._lock:
            png = self._images.get(key)
            if png is not None:
                self._images.move_to_end(key)
        if png is None:
            png = page_image(self._read(stamp), number, wide, Path(path).name)
            self._keep(key, png)
        return PageImage(png, f"{stamp[1][:16]}-{number}-{wide}")

    def _stamp(self, path: str) -> Stamp:
        """What tells whether the file was touched since it was last looked at."""
        location, fingerprint = self._backend.assistant().original(path)
        place = Path(location)
        try:
            file = next((one for one in (place, *place.parents) if one.is_file()), None)
            found = file.stat() if file else None
        except OSError as error:
            raise UnreadableFile(place.name, f"kan niet worden gelezen ({error.strerror or error})") from error
        return (location, fingerprint, found.st_mtime_ns, found.st_size) if found else (location, fingerprint, 0, 0)

    def _read(self, stamp: Stamp) -> bytes:
        data = original(stamp[0], stamp[1])
        with self._lock:
            self._checked[stamp] = None
            while len(self._checked) > CHECKED:
                self._checked.popitem(last=False)
        return data

    def _keep(self, key: tuple[Stamp, int, int], png: bytes) -> None:
        with self._lock:
            self._images[key] = png
            while sum(map(len, self._images.values())) > self._most_bytes and len(self._images) > 1:
                self._images.popitem(last=False)
