"""The five seed documents, parsed completely: ``golden/`` holds every field and block as read by a person.

``python tests/test_documents_seeds.py`` writes the golden files anew; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.documents import read_document
from rag.types import Document, Exchange

SEEDS = Path(__file__).parent.parent / "seeds"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(file.name for file in SEEDS.glob("*.txt"))


def read(number: str) -> Document:
    name = next(name for name in NAMES if name.startswith(number))
    return read_document(SEEDS / name, SEEDS)


def render(document: Document) -> str:
    """A document as a text that a person can check against the file."""
    fields = [
        f"{name}: {getattr(document, name)}"
        for name in (
            *("path", "kind", "title", "date", "date_asked", "askers", "answered_by"),
            *("references", "own_references", "sources", "remarks"),
        )
    ]
    blocks = [
        f"--- {block.kind} {' '.join(block.numbers)}".rstrip() + f"\n{document.text[block.start : block.end]}"
        for block in document.blocks
    ]
    exchanges = [
        f"exchange {' '.join(e.numbers)}: {len(e.introductions)} introduction(s), {len(e.questions)} question(s), "
        f"{len(e.answers)} answer(s)" + (f", refers to {' '.join(e.refers_to)}" if e.refers_to else "")
        for e in document.exchanges
    ]
    notes = [f"footnote {note.marker} after: {_before(document, note.anchor)}" for note in document.footnotes]
    return "\n".join([*fields, "", *blocks, "", "=== exchanges", *exchanges, "", "=== footnotes", *notes, ""])


def _before(document: Document, anchor: int | None) -> str:
    return "(nothing refers to it)" if anchor is None else document.text[max(anchor - 30, 0) : anchor]


@pytest.mark.parametrize("name", NAMES)
def test_seed_is_read_as_in_its_golden_file(name):
    document = read_document(SEEDS / name, SEEDS)
    assert render(document) == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("000", "1 2 3 4 5 6"),
        ("001", "1 2 3 4 5 6 7 8 9 10 11 12 13"),
        ("002", "1 2+3 4 5+6 7 8 9 10 11 12 13"),
        ("003", "1 2 3 4 5 6 7 8 9 10"),
        ("004", "1 2 3 4 5 6 7 8 9 10"),
    ],
)
def test_every_question_of_a_seed_has_its_answer(number, groups):
    document = read(number)
    assert " ".join("+".join(e.numbers) for e in document.exchanges) == groups
    assert all(e.questions and e.answers for e in document.exchanges)


def answer(document: Document, number: str) -> str:
    exchange = exchange_of(document, number)
    return document.text[exchange.answers[0].start : exchange.answers[-1].end]


def exchange_of(document: Document, number: str) -> Exchange:
    return next(e for e in document.exchanges if number in e.numbers)


def test_sentence_that_a_page_end_and_footnotes_cut_in_two_is_whole():
    assert "Seksueel Geweld tegen Kinderen (hierna: Nationaal Rapporteur) blijkt dat" in answer(read("002"), "2")
    assert "verwacht voor het eind van het jaar een nieuwe Dadermonitor te publiceren." in answer(read("002"), "10")
    assert "Zo is het bijvoorbeeld voor politie van belang in het kader van" in answer(read("002"), "11")
    assert "Zo ook in de eenheid Amsterdam." in answer(read("003"), "4")


def test_words_broken_over_lines_are_whole_and_real_hyphens_stay():
    text = read("002").text
    for word in ("Onzichtbare", "slachtoffers", "respectievelijk", "kabinetsperiode", "onderzoeksresultaten"):
        assert word in text
    assert "informatie-uitwisseling" in text
    assert "Zorg- en Veiligheidshuizen" in text
    assert "vier- of vijfhoek" in text
    assert "gratis e-learning modules" in read("003").text


def test_figures_that_refer_to_footnotes_leave_the_sentence():
    document = read("002")
    assert "in beeld.3" not in document.text
    assert "eigen kind»»? Bent u bekend" in document.text
    assert "de periode van 2015–2019. In diezelfde" in document.text
    assert [note.marker for note in document.footnotes] == [str(n) for n in range(1, 18)]
    assert all(note.anchor is not None for note in document.footnotes)
    assert "veilige plek»»?" in read("004").text
    assert "veilige plek»»?1" not in read("004").text


def test_letterhead_in_the_middle_of_the_text_is_set_apart():
    document = read("000")
    furniture = [document.text[b.start : b.end] for b in document.blocks if b.kind == "furniture"]
    assert furniture == ["Gemeente Den Haag", "3/3"]
    assert document.blocks[-1].kind == "furniture"
    field = document.blocks[-2]  # nothing else says it, and it is asked for
    assert (field.kind, document.text[field.start : field.end]) == ("metadata", "Ons kenmerk\nOCW/10174395")


def test_cross_references_are_found():
    assert exchange_of(read("001"), "9").refers_to == ("4",)
    assert exchange_of(read("001"), "10").refers_to == ("7",)
    assert exchange_of(read("002"), "11").refers_to == ("9",)


def test_bullets_stay_with_the_question_they_belong_to():
    document = read("001")
    question = exchange_of(document, "13").questions[0]
    lines = document.text[question.start : question.end].split("\n")
    assert [line[:2] for line in lines[1:]] == ["- "] * 6
    assert lines[4] == "- Online communicatiecampagne samen met FIER"


if __name__ == "__main__":
    for seed in NAMES:
        (GOLDEN / seed).write_text(render(read_document(SEEDS / seed, SEEDS)), encoding="utf-8")
