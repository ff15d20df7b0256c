"""Makes ``models/dutch/texts.dictionary``, with which an index packs its texts: ``python -m training.dictionary``.

A dictionary of Zstandard (RFC 8878, section 5) holds pieces that often come back in texts, and how often each letter
does. It is learned (``ZDICT_optimizeTrainFromBuffer_fastCover``, after Liao et al. 2016, "Effective construction of
relative Lempel–Ziv dictionaries") from the invented documents in ``data/worlds`` alone, as the product reads them and
cut in the blocks that it packs, so that no text of anybody else is in it. The same version of Zstandard makes the same
bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import zstandard

from rag.store.packing import BLOCK, LEVEL
from training.worlds import FOLDER, load_files, read_all

TARGET = Path(__file__).resolve().parent.parent / "models" / "dutch" / "texts.dictionary"
SIZE = 32_768  # bytes. Twice as many make an index 2% smaller, and half as many 3% larger


def trained(texts: Iterable[str], size: int = SIZE) -> bytes:
    """A dictionary of at most ``size`` bytes for texts like these."""
    blocks = [text[begin : begin + BLOCK].encode("utf-8") for text in texts for begin in range(0, len(text), BLOCK)]
    return zstandard.train_dictionary(size, blocks, level=LEVEL).as_bytes()


def texts_of(folder: Path) -> list[str]:
    """The clean texts of all worlds."""
    files = sorted(folder.glob("*.jsonl"))
    return [document.text for file in files for document in read_all(load_files(file))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    texts = texts_of(options.worlds)
    options.out.write_bytes(trained(texts))
    print(f"{len(texts)} texts of {sum(map(len, texts))} characters, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
