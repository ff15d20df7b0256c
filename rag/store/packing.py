"""Texts ↔ bytes: in blocks, so that a passage is read without what stands before it.

Each block is a frame of Zstandard (RFC 8878) with a checksum. A block is too short to learn much from by itself, so it
is packed with a dictionary of what council documents often say: ``models/dutch/texts.dictionary``, which
``training/dictionary.py`` makes. What one dictionary packed no other can unpack: an index notes which it has.
"""

from __future__ import annotations

import hashlib
import struct
import threading
from functools import cache, cached_property
from itertools import accumulate, pairwise
from pathlib import Path

import zstandard
from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, ZstdError

from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing

FILE = "dutch/texts.dictionary"
BLOCK = 2048  # characters
LARGEST = 4 * BLOCK  # bytes of a block in UTF-8
LEVEL = 3  # 1 and 2 pack 6% larger; 6, the first that packs smaller (2%), takes four times as long
_BOUNDS = struct.Struct("<2I")


def pack_text(text: str) -> bytes:
    """A text made small, of which ``text_between`` reads a part. Lone surrogates survive: a text may hold them.

    Where the first block begins and where each ends, as whole numbers of 32 bits; and the blocks.
    """
    compress = _tools.compressor.compress
    blocks = [
        compress(text[begin : begin + BLOCK].encode("utf-8", "surrogatepass")) for begin in range(0, len(text), BLOCK)
    ]
    bounds = accumulate(map(len, blocks), initial=4 * (len(blocks) + 1))
    return b"".join([struct.pack(f"<{len(blocks) + 1}I", *bounds), *blocks])


def unpack_text(packed: bytes) -> str:
    """What ``pack_text`` was given. Raises ValueError when it is damaged."""
    try:
        first = int.from_bytes(packed[:4], "little")
        bounds = struct.unpack(f"<{first // 4}I", packed[:first])
        if not bounds or bounds[-1] != len(packed):
            raise ValueError("the text has another length")
        return "".join([_block(packed[begin:end]) for begin, end in pairwise(bounds)])
    except (struct.error, ZstdError) as error:
        raise ValueError(str(error)) from error


def text_between(packed: bytes, start: int, end: int) -> str:
    """Characters ``[start, end)`` of what ``pack_text`` was given. Raises ValueError when it is damaged."""
    first = start // BLOCK
    try:
        text = "".join(
            [_block(packed[slice(*_BOUNDS.unpack_from(packed, 4 * block))]) for block in range(first, -(-end // BLOCK))]
        )
    except (struct.error, ZstdError) as error:
        raise ValueError(str(error)) from error
    found = text[start - first * BLOCK : end - first * BLOCK]
    if len(found) < end - start:
        raise ValueError("the text ends too soon")
    return found


def dictionary() -> str:
    """Which dictionary texts are packed with: a digest. Raises ModelMissing or ModelInvalid."""
    return hashlib.sha256(_dictionary()).hexdigest()[:12]


def _block(frame: bytes) -> str:
    """The text of a block. What it says to hold is made room for, so that is looked at first."""
    if not 0 < zstandard.frame_content_size(frame) <= LARGEST:
        raise ValueError("a block of text has an impossible size")
    return _tools.decompressor.decompress(frame).decode("utf-8", "surrogatepass")


class _Tools(threading.local):
    """What packs and unpacks. Threads may not share them, and making one takes longer than its work."""

    @cached_property
    def compressor(self) -> ZstdCompressor:
        return ZstdCompressor(LEVEL, ZstdCompressionDict(_dictionary()), write_checksum=True)

    @cached_property
    def decompressor(self) -> ZstdDecompressor:
        return ZstdDecompressor(ZstdCompressionDict(_dictionary()))


_tools = _Tools()


@cache
def _dictionary() -> bytes:
    return read_dictionary(models_folder() / FILE)


def read_dictionary(file: Path) -> bytes:
    """A dictionary as Zstandard knows it. Raises ModelMissing or ModelInvalid."""
    try:
        found = file.read_bytes()
        ZstdDecompressor(ZstdCompressionDict(found, zstandard.DICT_TYPE_FULLDICT))
    except FileNotFoundError as error:
        raise ModelMissing(f"Het woordenboek {file} ontbreekt. Installeer Raadwijzer opnieuw.") from error
    except (OSError, ZstdError) as error:
        raise ModelInvalid(f"Het woordenboek {file} is beschadigd. Installeer Raadwijzer opnieuw.") from error
    return found
