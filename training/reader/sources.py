"""Dutch text for language modelling: which files, how much of each, and what their makers allow.

Shares follow worth, not size: laws repeat themselves, treaties and archive lists most of all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data import law_files, lines

DOCUMENT_LINES = 24  # paragraphs that stay together; between such pieces stands an end mark
LAWS = "wetten en regelingen: geen auteursrecht (Auteurswet art. 11)"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of paragraphs, the share of its pieces that is used, and its licence (Dutch, for the card)."""

    name: str
    share: float
    licence: str

    @property
    def key(self) -> str:
        """A name for files."""
        return self.name.removeprefix("text/").removesuffix(".txt.xz").replace("/", "-")


def sources(data: Path) -> list[Source]:
    """What there is in the data folder, in a fixed order."""
    laws = [Source(name, 1.0, LAWS) for name in law_files(data)]
    treaties = "text/laws/verdrag.txt.xz"
    laws += [Source(treaties, 0.15, LAWS)] if (data / treaties).is_file() else []
    others = [Source(f"text/{path.name}", *_terms(path.name)) for path in sorted((data / "text").glob("*.txt.xz"))]
    return others + laws


def _terms(name: str) -> tuple[float, str]:
    if name.startswith("msdocs"):
        return 0.6, "MicrosoftDocs: CC BY 4.0"
    if name.startswith("be_parliament"):
        return 1.0, "verslagen van het Belgische parlement: CC0"
    if name.startswith("vl_"):
        return 0.6, "uitspraken van een Vlaamse raad: officiële stukken; verzameling BSL-1.0"
    if name.startswith("handelingen"):
        return 1.0, "Handelingen van de Tweede Kamer: Auteurswet art. 15b"
    return 1.0, "stukken van Nederlandse overheden: EUPL-1.2 of CC BY 4.0"


def pieces(data: Path, source: Source, share: float = 1.0) -> Iterator[str]:
    """The pieces of a source that are used: some paragraphs that follow each other, one a line."""
    chance = random.Random(source.name)
    kept: list[str] = []
    for line in lines(data, source.name):
        kept.append(line.strip())
        if len(kept) == DOCUMENT_LINES:
            if chance.random() < source.share * share:
                yield "\n".join(kept)
            kept = []
    if kept and chance.random() < source.share * share:
        yield "\n".join(kept)
