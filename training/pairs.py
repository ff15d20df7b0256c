"""Weak question → text pairs for the embedder's first stage, mined from shared/data."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.data import law_files, rough_sentences, rows, sampled

Pair = tuple[str, str]
PARLIAMENT = "text/be_parliament_nl.txt.xz"
PRODUCT_TEXTS = ("text/msdocs_m365.txt.xz", "text/msdocs_d365_fo.txt.xz")
OTHER_TEXTS = (
    "text/handelingen_nl_2018.txt.xz",
    "text/algoritmekader.txt.xz",
    "text/coronamelder_reports.txt.xz",
)
LONGEST = 8  # sentences of a paragraph


def all_pairs(data: Path, chance: random.Random) -> list[Pair]:
    """Every pair, in the order of the sources, so that neighbours are from the same law, debate or page."""
    pairs = [*_laws(data, chance), *_parliament(data), *_product_documentation(data), *_small(data)]
    return [(question[:400], text[:1400]) for question, text in pairs if len(question) > 8 and len(text) > 30]


def paragraphs(data: Path, chance: random.Random) -> Iterator[list[str]]:
    """The sentences of paragraphs, for the inverse cloze task (Lee et al. 2019), in the order of the sources."""
    names = [*law_files(data), PARLIAMENT, *PRODUCT_TEXTS, *OTHER_TEXTS, *OTHER_TEXTS]
    yield from _cut(sampled(data, names, 1.0, chance))
    yield from _cut(sampled(data, ("text/vl_studievoortgang_rulings.txt.xz",), 0.6, chance))


def _cut(texts: Iterable[str]) -> Iterator[list[str]]:
    for text in texts:
        sentences = rough_sentences(text) if len(text) > 200 else []
        for begin in range(0, len(sentences), LONGEST):
            part = sentences[begin : begin + LONGEST]
            if len(part) > 2:
                yield part


def _laws(data: Path, chance: random.Random) -> list[Pair]:
    """Caption → article; captions that occur often ("Inwerkingtreding") mean little without the title."""
    pairs = []
    for row in rows(data, "pairs/laws_heading_article.jsonl.xz"):
        pairs.append((row["q"], row["a"]))
        if chance.random() < 0.3:
            pairs.append((row["title"][:200] + " " + row["q"], row["a"]))
    return pairs


def _parliament(data: Path) -> list[Pair]:
    pairs = []
    for name in ("pairs/be_parliament_qa.jsonl.xz", "pairs/be_parliament_qa_weak.jsonl.xz"):
        for row in rows(data, name):
            topic = (row.get("topic") or [row["q"]])[0]
            pairs += [(row["q"], row["a"]), (topic, row["a"]), (topic, row.get("q_full") or row["q"])] * 3
    turns = rows(data, "pairs/be_parliament_topic_turn.jsonl.xz")
    return pairs + [(row["q"], row["a"]) for row in turns] * 2


def _product_documentation(data: Path) -> list[Pair]:
    names = sorted(path.name for path in (data / "pairs").glob("msdocs*"))
    return [(row["q"], row["a"]) for name in names for row in rows(data, f"pairs/{name}")]


def _small(data: Path) -> list[Pair]:
    names = ("algoritmekader_heading", "minvws_corona_faq", "amsterdam_complex_simple", "ggm_definities")
    pairs = [(row["q"], row["a"]) for name in names for row in rows(data, f"pairs/{name}.jsonl.xz")]
    return pairs * 2
