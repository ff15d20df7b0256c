"""The parts of a document that is a zip file (docx, odt), unpacked as far as is safe. Knows no document format."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from rag.documents.formats.trees import Element, xml_tree
from rag.documents.source import LARGEST
from rag.errors import UnreadableFile


class Packed:
    """A zip file whose members are parts of one document."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._left = 2 * LARGEST  # bytes that may still be unpacked
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableFile(self._name, "is beschadigd of onvolledig") from error
        self.names = tuple(self._archive.namelist())

    def bytes(self, part: str) -> bytes | None:
        """A part, None when there is none. Raises UnreadableFile."""
        if part not in self.names:
            return None
        info = self._archive.getinfo(part)
        if info.flag_bits & 1:
            raise UnreadableFile(self._name, "is versleuteld met een wachtwoord")
        try:
            with self._archive.open(info) as stream:
                data = stream.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise UnreadableFile(self._name, "is beschadigd of onvolledig") from error
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableFile(self._name, f"pakt uit tot meer dan {2 * LARGEST // 1024**2} MB")
        return data

    def tree(self, part: str) -> Element | None:
        """A part that is XML, None when there is none. Raises UnreadableFile."""
        data = self.bytes(part)
        return None if data is None else xml_tree(data, self._name)
