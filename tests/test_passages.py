"""Documents cut into passages, passages into windows, and what is searched of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from rag.documents import read_document
from rag.documents.reader import document
from rag.documents.source import Source
from rag.passages import passages, search_text, signature, windows
from rag.similarity import near_duplicate, normalised, resemblance, shingles
from rag.types import Document, Passage

SEEDS = Path(__file__).parent.parent / "seeds"
SENTENCE = "De gemeente plaatst dit jaar veertig nieuwe bomen in de wijk langs het water. "  # 14 words


def read(text: str) -> Document:
    return document(Source(text, "0" * 64), "proef.txt")


def seed(number: str) -> Document:
    return read_document(next(SEEDS.glob(f"{number}*")), SEEDS)


def passage(found: Document, number: str) -> Passage:
    return next(p for p in passages(found) if number in p.questions)


def texts(found: Document, one: Passage, kind: str) -> list[str]:
    return [found.text[b.start : b.end] for b in one.parts if b.kind == kind]


@pytest.mark.parametrize(("number", "exchanges"), [("000", 6), ("001", 13), ("002", 11), ("003", 10), ("004", 10)])
def test_each_exchange_of_a_seed_is_a_passage(number, exchanges):
    found = passages(seed(number))
    assert sum(p.kind == "exchange" for p in found) == exchanges
    assert all(p.questions == ("*",) for p in found if p.kind == "metadata")
    assert len({p.passage_id for p in found}) == len(found)


def test_passage_runs_from_its_introduction_to_its_answer():
    one = passage(seed("000"), "3")
    assert one.text.startswith("Het CKM stelt dat de coronacrisis")
    assert one.text.endswith("gericht op jongeren via sociale media")


def test_joint_answer_is_one_passage_of_both_questions():
    one = passage(seed("002"), "3")
    assert one.questions == ("2", "3")
    assert one.text.startswith("Vraag 2 en 3\nHoe duidt u")


def test_footnotes_belong_to_the_passage_that_refers_to_them():
    found = seed("002")
    assert texts(found, passage(found, "5"), "footnote") == ["Kamerstuk 28 638, nr. 212."]
    assert len(texts(found, passage(found, "10"), "footnote")) == 7
    assert passage(found, "5").end < found.footnotes[0].start


def test_cross_reference_is_told_by_the_passage():
    assert passage(seed("001"), "9").refers_to == ("4",)


def test_the_document_itself_and_its_notice_are_passages():
    found = seed("004")
    outside = [p for p in passages(found) if p.questions == ("*",)]
    assert outside[0].text.startswith("Kamervraag 2020Z02502")
    assert any(p.text.startswith("Mededeling - 2 maart 2020\n\nHierbij deel ik u mede") for p in outside)


def test_questions_that_stand_apart_from_their_joint_answer():
    found = read(
        "Vraag 1\nIs de brug veilig?\n\nVraag 2\nWanneer is zij gekeurd?\n\nVraag 3\nDoor wie?\n\n"
        "Antwoord op vraag 1 en 3\nEen bureau vond haar veilig.\n\nAntwoord op vraag 2\nIn maart.\n"
    )
    one = passage(found, "3")
    assert one.questions == ("1", "3")
    assert one.text == "Vraag 3\nDoor wie?\n\nAntwoord op vraag 1 en 3\nEen bureau vond haar veilig."
    assert texts(found, one, "question") == ["Is de brug veilig?", "Door wie?"]
    assert search_text(found, one).question == "Is de brug veilig? Door wie?"


def test_question_without_answer_is_a_passage_too():
    found = read("Vraag 1\nIs dat zo?\nAntwoord 1\nJa.\nVraag 2\nWaarom?\n")
    assert passage(found, "2").text == "Vraag 2\nWaarom?"


def test_long_answer_is_searched_in_windows_that_share_a_sentence():
    found = read("Vraag 1\nHoeveel bomen?\nAntwoord 1\n" + SENTENCE * 20)
    one = passage(found, "1")
    spans = windows(found, one)
    sizes = [len(found.text[s.start : s.end].split()) for s in spans]
    assert len(spans) > 3
    assert all(40 <= size <= 95 for size in sizes[:-1])
    assert all(b.start < a.end for a, b in pairwise(spans))
    assert spans[0].start == one.text.index("De gemeente") + one.start
    assert spans[-1].end == one.end
    assert all(found.text[s.end - 1] == "." and found.text[s.start :].startswith("De gemeente") for s in spans)


def test_short_passage_is_one_window():
    found = seed("000")
    one = passage(found, "1")
    assert [(s.start, s.end) for s in windows(found, one)] == [(one.start, one.end)]


def test_sentence_without_end_is_cut_between_words():
    found = read("Vraag 1\nHoeveel?\nAntwoord 1\n" + "woord " * 2000)
    one = passage(found, "1")
    assert all(len(found.text[s.start : s.end].split()) < 200 for s in windows(found, one))


def test_search_text_has_its_fields_apart():
    found = seed("002")
    said = search_text(found, passage(found, "5"))
    assert said.title == found.title
    assert said.question.startswith("Wat vindt u van de aanbevelingen")
    assert said.body.startswith("Op 8 november jl. heb ik")
    assert said.notes == "Kamerstuk 28 638, nr. 212."


def test_text_is_cut_by_headings_and_length():
    chapters = "\n\n".join(f"# Kop {n}\n\n" + SENTENCE * 6 + "\n\n" + SENTENCE * 3 for n in range(5))
    found = read(chapters)
    parts = passages(found)
    assert [p.text.split("\n")[0] for p in parts] == [f"Kop {n}" for n in range(5)]
    assert all(60 <= len(p.text.split()) <= 250 for p in parts)


def test_short_chapters_are_kept_together():
    found = read("\n\n".join(f"# Kop {n}\n\n" + SENTENCE * 2 for n in range(12)))
    assert all(60 <= len(p.text.split()) <= 250 for p in passages(found))


def test_one_long_paragraph_is_cut_at_sentences():
    found = read("Verslag\n\n" + SENTENCE * 100)
    parts = passages(found)
    assert len(parts) > 5
    assert all(len(p.text.split()) <= 250 and p.text.endswith(".") for p in parts)
    assert "".join(p.text for p in parts).replace("\n", "").replace(" ", "") == found.text.replace("\n", "").replace(
        " ", ""
    )


def test_passage_ids_are_of_content():
    first, again = (document(Source("Een zin van tekst.", "a" * 64), path) for path in ("een.txt", "twee.txt"))
    other = document(Source("Een zin van tekst.", "b" * 64), "een.txt")
    ids = [passages(found)[0].passage_id for found in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


# --- the same words in another layout --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [str(n) for n in range(1, 11)])
def test_the_same_exchange_in_two_layouts_is_recognised(number):
    pdf, page = seed("003"), seed("004")
    others = [signature(page, passage(page, str(n))) for n in range(1, 11) if str(n) != number]
    one = signature(pdf, passage(pdf, number))
    assert near_duplicate(one, signature(page, passage(page, number)))
    assert not any(near_duplicate(one, other) for other in others)


def test_signature_forgets_case_accents_and_marks():
    assert normalised("«Eén» mensen-\nhandel!") == normalised("een MENSENHANDEL")


def test_small_differences_do_not_matter_and_large_ones_do():
    found = seed("002")
    text = signature(found, passage(found, "9"))
    assert near_duplicate(text, text.replace("casustafels", "gesprekken"))
    assert not near_duplicate(text, normalised(SENTENCE))
    assert resemblance(shingles("kort"), shingles("kort")) == 1.0
    assert resemblance(shingles(""), shingles("iets heel anders")) == 0.0
