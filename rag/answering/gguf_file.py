"""Reads the header of a GGUF file and says what is wrong with it. Loads no weights and knows no llama.cpp.

llama.cpp may crash the whole process on a file that is not what it says it is, so everything that can be decided from
the header is decided here: the magic and version, the metadata, and whether the file is as long as its tensors need.
Format: ggml's ``docs/gguf.md``, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelInvalid, ModelMissing

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_MAX_ITEMS = 100_000_000  # more than any vocabulary; a damaged count must not keep us busy
# ggml type → (weights in a block, bytes of a block); a type that is not here is left to llama.cpp
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip
_NO_WRITERS = re.compile(r"(?:\w+-)?(?:euro|modern-|neo-|nomic-|jina-)?bert.*|gemma-embedding|t5encoder|clip|wavtok.*")


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header tells. ``parameters`` counts weights, ``context`` tokens, ``size`` bytes."""

    path: Path
    size: int
    architecture: str
    name: str
    context: int
    parameters: int
    chat_template: str | None
    licence: str | None


def read_header(path: Path) -> GgufHeader:
    """Read and check the header of a model file.

    Raises:
        ModelMissing: there is no file at ``path``.
        ModelInvalid: it is not a GGUF file, not whole, or not a model that writes text; the message says which.
    """
    if not path.is_file():
        raise ModelMissing(
            f"Het taalmodel {path} is er niet. Haal er een op met 'raadwijzer models pull NAAM', of geef met "
            "'raadwijzer models use BESTAND' een GGUF-bestand op dat u al hebt."
        )
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
            if start != _MAGIC:
                raise _invalid(path, _what_it_is(start))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _checked(path, size, _Reader(data, path))
    except OSError as error:
        raise ModelInvalid(f"Het taalmodel {path} kan niet worden gelezen: {error.strerror or error}.") from error


def _invalid(path: Path, reason: str) -> ModelInvalid:
    return ModelInvalid(
        f"{path} is niet bruikbaar als taalmodel: {reason}. Haal het bestand opnieuw op of kies een ander GGUF-bestand."
    )


def _what_it_is(start: bytes) -> str:
    if not start:
        return "het bestand is leeg"
    if start in (b"lmgg", b"fmgg", b"tjgg"):
        return "het is een oud GGML-bestand; alleen GGUF wordt ondersteund"
    if start == b"FUGG":
        return "het is een GGUF-bestand voor een ander soort processor (big-endian)"
    if start[:1] == b"<" or start == b"vers":
        return "het is een webpagina of een verwijzing (Git LFS) in plaats van het model zelf"
    if start[:2] == b"PK":
        return "het is een zip-bestand of een PyTorch-model; nodig is GGUF"
    return "het is geen GGUF-bestand"


class _Reader:
    """Walks through the header; every read that would pass the end says that the file is truncated."""

    def __init__(self, data: mmap.mmap, path: Path) -> None:
        self.data = data
        self.path = path
        self.at = 4  # behind the magic

    def number(self, layout: str) -> int:
        return int(self._unpack(layout))

    def _unpack(self, layout: str) -> float:
        size = struct.calcsize(layout)
        self._require(size)
        (value,) = struct.unpack_from(layout, self.data, self.at)
        self.at += size
        return value  # type: ignore[no-any-return]

    def text(self) -> str:
        length = self.number("<Q")
        self._require(length)
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", errors="replace")

    def value(self, kind: int) -> object:
        """A metadata value; arrays are passed over (None): nothing here needs a vocabulary."""
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise _invalid(self.path, f"de kop bevat een onbekend soort waarde ({kind})")
        return self._unpack(_SCALARS[kind])

    def _skip_array(self) -> None:
        kind, count = self.number("<I"), self.count()
        if kind in _SCALARS:
            size = count * struct.calcsize(_SCALARS[kind])
            self._require(size)
            self.at += size
            return
        if kind != _STRING:
            raise _invalid(self.path, f"de kop bevat een onbekend soort lijst ({kind})")
        unpack, data, at, end = struct.Struct("<Q").unpack_from, self.data, self.at, len(self.data)
        for _ in range(count):  # a vocabulary with merges has 500,000 strings: no calls in this loop but one
            if at + 8 > end:
                break
            at += 8 + unpack(data, at)[0]
        self.at = at
        self._require(0)

    def count(self) -> int:
        count = self.number("<Q")
        if count > _MAX_ITEMS:
            raise _invalid(self.path, "de kop is beschadigd")
        return count

    def _require(self, size: int) -> None:
        if self.at + size > len(self.data):
            raise _invalid(self.path, "het bestand is afgebroken (de kop is niet volledig)")


def _checked(path: Path, size: int, reader: _Reader) -> GgufHeader:
    version = reader.number("<I")
    if version not in (2, 3):
        raise _invalid(path, f"GGUF-versie {version} wordt niet ondersteund (wel 2 en 3)")
    tensors, entries = reader.count(), reader.count()
    metadata: dict[str, object] = {}
    for _ in range(entries):
        key = reader.text()
        metadata[key] = reader.value(reader.number("<I"))
    parameters, needed = _tensors(reader, tensors)
    alignment = _whole(metadata.get("general.alignment")) or 32
    needed += -(-reader.at // alignment) * alignment
    if needed > size:
        raise _invalid(path, f"het bestand is afgebroken: {size / 1e6:.1f} van de {needed / 1e6:.1f} MB is er")
    return _header(path, size, metadata, parameters)


def _tensors(reader: _Reader, count: int) -> tuple[int, int]:
    """How many weights the tensors have, and how many bytes of data they need."""
    parameters = needed = 0
    for _ in range(count):
        reader.text()
        weights = 1
        for _ in range(min(reader.number("<I"), 8)):
            weights *= reader.number("<Q")
        kind, offset = reader.number("<I"), reader.number("<Q")
        block, size = _BLOCKS.get(kind, (1, 0))
        parameters += weights
        needed = max(needed, offset + weights // block * size)
    return parameters, needed


def _header(path: Path, size: int, metadata: dict[str, object], parameters: int) -> GgufHeader:
    architecture = str(metadata.get("general.architecture") or "")
    if not architecture or not parameters:
        raise _invalid(path, "er zit geen model in")
    if _NO_WRITERS.fullmatch(architecture) or "tokenizer.ggml.model" not in metadata:
        raise _invalid(path, f"dit soort model ({architecture}) schrijft geen tekst")
    template, licence = metadata.get("tokenizer.chat_template"), metadata.get("general.license")
    return GgufHeader(
        path=path,
        size=size,
        architecture=architecture,
        name=str(metadata.get("general.name") or path.stem),
        context=_whole(metadata.get(f"{architecture}.context_length")),
        parameters=parameters,
        chat_template=template if isinstance(template, str) else None,
        licence=licence if isinstance(licence, str) else None,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
