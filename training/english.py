"""Makes ``models/cross_encoder/english.txt.xz`` from ``training/data/english.txt``: ``python -m training.english``.

The source has a line for each Dutch word form, ``vorm = English``; lines that begin with ``#`` are about the file.
"""

from __future__ import annotations

import argparse
import lzma
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "training" / "data" / "english.txt"
TARGET = ROOT / "models" / "cross_encoder" / "english.txt.xz"


def written(source: str) -> str:
    """As ``rag.english`` reads it. Raises ValueError for a form that stands there twice or a line without English."""
    found: dict[str, str] = {}
    for line in source.splitlines():
        if line.startswith("#"):
            continue
        form, sign, english = line.partition(" = ")
        if not sign or not english or form in found:
            raise ValueError(f"not a new form with its English: {line!r}")
        found[form] = english
    return "".join(f"{form}\t{found[form]}\n" for form in sorted(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    text = written(options.source.read_text(encoding="utf-8"))
    options.out.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{text.count(chr(10))} forms in {options.out}")


if __name__ == "__main__":
    main()
