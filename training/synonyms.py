"""Makes ``models/dutch/synonyms.txt.xz`` from ``training/data/synonyms.txt``: ``python -m training.synonyms``.

The source has a line for each word, ``woord = same, same ; telling, telling``, in words as people write them; the
result has search terms (stems). What means the same does so in both directions; what tells of a word is not told of by
it. Lines that begin with ``#`` are about the file.
"""

from __future__ import annotations

import argparse
import lzma
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rag import dutch
from rag.asking import ASKING

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "training" / "data" / "synonyms.txt"
TARGET = ROOT / "models" / "dutch" / "synonyms.txt.xz"
Others = dict[str, set[str]]


def stem(word: str) -> str:
    """The search term of a word, empty when it has none or more words in it."""
    found = [term for form in dutch.tokens(word.strip()) if form not in ASKING for term in dutch.stems(form)]
    return found[0] if len(found) == 1 else ""


def entries(text: str) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each line as a term with those that mean the same and those that tell of it."""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, _, others = line.partition("=")
        same, _, telling = others.partition(";")
        if stem(head):
            yield stem(head), _stems(same), _stems(telling)


def _stems(words: str) -> set[str]:
    return {found for word in words.split(",") if (found := stem(word))}


def table(text: str) -> tuple[Others, Others]:
    """Terms → those that mean the same; terms → those that tell of them. No term stands with itself or twice."""
    same: Others = defaultdict(set)
    telling: Others = defaultdict(set)
    for term, alike, others in entries(text):
        for other in alike - {term}:
            same[term].add(other)
            same[other].add(term)
        telling[term] |= others - {term}
    return same, {term: others - same.get(term, set()) for term, others in telling.items()}


def written(same: Others, telling: Others) -> str:
    """As ``rag.synonyms`` reads it."""
    rows = []
    for term in sorted({*same, *telling}):
        if same.get(term) or telling.get(term):
            rows.append(f"{term}:{' '.join(sorted(same.get(term, ())))};{' '.join(sorted(telling.get(term, ())))}\n")
    return "".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    text = written(*table(options.source.read_text(encoding="utf-8")))
    options.out.write_bytes(lzma.compress(text.encode("ascii"), preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(text.splitlines())} terms, {len(text.split())} in all, {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
