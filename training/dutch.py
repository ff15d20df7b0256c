"""Makes ``models/dutch/lexicon.txt.xz``: the parts of Dutch compounds with their frequency, and the idf of terms.

    python -m training.dutch [--data ../shared/data]

Two passes over laws and parliamentary reports (two minutes on one core): one counts words, of which those in
OpenTaal's list may be parts of compounds; one counts, with the splitter that this gives, in how many paragraphs each
term occurs.
"""

from __future__ import annotations

import argparse
import lzma
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from rag import dutch

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    "text/be_parliament_nl.txt.xz",
    "text/handelingen_nl_2018.txt.xz",
    *(f"text/laws/{name}.txt.xz" for name in ("wet", "AMvB", "KB", "rijkswet", "beleidsregel", "circulaire")),
    "text/laws/ministeriele-regeling.txt.xz",
]
WORD_LISTS = ("basiswoorden-gekeurd", "basiswoorden-ongekeurd", "flexies-ongekeurd")
MIN_FREQUENCY = 3  # of a part, in the corpus
MIN_PARAGRAPHS = 4  # of a term, to have an idf of its own
LONGEST_PART = 16  # letters


def lines(file: Path) -> Iterator[str]:
    with lzma.open(file, "rt", encoding="utf-8") as stream:
        yield from stream


def open_taal(data: Path) -> set[str]:
    """Every lower-case word of OpenTaal without spaces, folded. Names and abbreviations are no parts of compounds."""
    entries = (line.strip() for name in WORD_LISTS for line in lines(data / f"lexicon/opentaal_{name}.txt.xz"))
    return {dutch.fold(word) for word in entries if word.islower() and word.isalpha()}


def count_words(data: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name in SOURCES:
        for line in lines(data / name):
            counts.update(re.findall(r"[a-z]+", dutch.fold(line)))
    return counts


def parts_of(counts: Counter[str], allowed: set[str]) -> dict[str, float]:
    """Words that may be a part of a compound → log2 of their frequency."""
    chosen = (w for w in counts if w in allowed and 3 <= len(w) <= LONGEST_PART and w not in dutch.STOP_WORDS)
    kept = (w for w in chosen if len(w) >= dutch.MIN_PART or w in dutch.SHORT_PARTS)
    return {w: round(math.log2(counts[w]), 1) for w in kept if counts[w] >= MIN_FREQUENCY}


def count_terms(data: Path, lexicon: dutch.Lexicon) -> tuple[Counter[str], int]:
    """In how many paragraphs each term occurs, and how many paragraphs there are."""
    analyzer, found, paragraphs = dutch.Analyzer(lexicon), Counter[str](), 0
    for name in SOURCES:
        for line in lines(data / name):
            found.update(set(analyzer.terms(line)))
            paragraphs += 1
    return found, paragraphs


def idf_of(found: Counter[str], paragraphs: int) -> dict[str, float]:
    kept = (t for t, n in found.items() if n >= MIN_PARAGRAPHS and len(t) <= LONGEST_PART + 4 and t.isascii())
    return {t: round(math.log(1 + (paragraphs - found[t] + 0.5) / (found[t] + 0.5)), 1) for t in kept}


def grouped(kind: str, table: dict[str, float]) -> Iterator[str]:
    """One line for each value, its words in order: small when packed, and read with one call a line."""
    groups: dict[float, list[str]] = defaultdict(list)
    for word, value in table.items():
        groups[value].append(word)
    for value in sorted(groups):
        yield " ".join([kind, f"{value:.1f}", *sorted(groups[value])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "dutch" / "lexicon.txt.xz")
    options = parser.parse_args()
    parts = parts_of(count_words(options.data), open_taal(options.data))
    found, paragraphs = count_terms(options.data, dutch.Lexicon(parts, {}, 0))
    idf = idf_of(found, paragraphs)
    text = "\n".join([f"paragraphs {paragraphs}", *grouped("part", parts), *grouped("idf", idf)])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(lzma.compress(text.encode("ascii"), preset=9 | lzma.PRESET_EXTREME))
    size = options.out.stat().st_size
    print(f"{len(parts)} parts, {len(idf)} terms, {paragraphs} paragraphs, {size} bytes")


if __name__ == "__main__":
    main()
