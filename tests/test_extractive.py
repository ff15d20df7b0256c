"""Choosing sentences: short, complete, readable, and never anything else than what stands in the document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.extractive import MAX_WORDS, ExtractiveAnswerer, cite
from rag.types import Block, DocumentInfo, Evidence, Hit, Location, Passage, Piece, Sentence

QUESTION = "Heeft SHOP jonge slachtoffers in beeld?"
TEXT = (
    f"{QUESTION} "
    "Ja, daaraan werken wij. Bij SHOP waren er in 2020 zes jonge slachtoffers in beeld. In 2021 ging dit ook om vier "
    "personen. De gemeente overlegt elke maand met de politie. Meer is niet bekend."
)
PLACE = Location("b.txt", "Zelfde antwoord", "2020-05-26", ("4",), "p2")


def hit(text: str = TEXT, passage_id: str = "p1", document: str = "a.txt") -> Hit:
    parts = (Block("question", 0, len(QUESTION)), Block("answer", len(QUESTION) + 1, len(text)))
    passage = Passage(passage_id, document, "exchange", ("4",), 0, len(text), text, parts)
    return Hit(1, 0.9, passage, DocumentInfo(document, "Titel", "brief", "2022-08-30"), also_in=(PLACE,))


def sentence(words: str, score: float, text: str = TEXT, index: int = 0) -> Sentence:
    start = text.index(words)
    end = start + len(words)
    return Sentence(index, start, end, text[start:end], score)


YES = sentence("Ja, daaraan werken wij.", 0.01)
SIX = sentence("Bij SHOP waren er in 2020 zes jonge slachtoffers in beeld.", 0.9)
FOUR = sentence("In 2021 ging dit ook om vier personen.", 0.8)
POLICE = sentence("De gemeente overlegt elke maand met de politie.", 0.01)


def evidence(question: str, *sentences: Sentence, answerable: bool = True) -> Evidence:
    best_first = tuple(sorted(sentences, key=lambda s: -s.score))
    return Evidence(question, (hit(),), best_first, 0.8, answerable)


def test_the_best_sentences_in_the_order_of_the_document():
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel jonge slachtoffers?", YES, FOUR, SIX, POLICE))
    assert answer.text == f"{SIX.text} [1] {FOUR.text} [2]"
    assert answer.answered
    assert [claim.citations for claim in answer.claims] == [(1,), (2,)]
    assert all(TEXT[c.start : c.end] == c.quote for c in answer.citations)
    assert answer.citations[0].also_in == (PLACE,)


def test_a_sentence_that_leans_on_the_one_before_brings_it_along():
    best = Sentence(0, FOUR.start, FOUR.end, FOUR.text, 0.95)
    weak = Sentence(0, SIX.start, SIX.end, SIX.text, 0.1)
    answer = ExtractiveAnswerer().answer(evidence("En in 2021?", best, weak))
    assert answer.text == f"{SIX.text} [1] {FOUR.text} [2]"


def test_a_sentence_brings_along_the_next_when_that_leans_on_it():
    weak = Sentence(0, FOUR.start, FOUR.end, FOUR.text, 0.01)
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel in 2020?", SIX, weak))
    assert answer.text == f"{SIX.text} [1] {FOUR.text} [2]"


def test_the_sentence_missing_between_two_is_shown():
    far = sentence("Meer is niet bekend.", 0.8)
    near = Sentence(0, FOUR.start, FOUR.end, FOUR.text, 0.9)
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel?", near, far, POLICE))
    assert [claim.text for claim in answer.claims] == [FOUR.text, POLICE.text, far.text]


def test_what_covers_another_part_of_the_question_counts_for_more():
    police = Sentence(1, POLICE.start, POLICE.end, POLICE.text, 0.3)

    def answer(question: str) -> str:
        found = evidence(question, SIX, police)
        return ExtractiveAnswerer().answer(replace(found, hits=(hit(), hit(passage_id="p3")))).text

    assert police.text in answer("Hoeveel slachtoffers, en overlegt de gemeente met de politie?")
    assert police.text not in answer("Hoeveel slachtoffers waren in beeld?")


def test_an_answer_reads_on_in_the_passage_of_its_best_sentence():
    weak = Sentence(0, FOUR.start, FOUR.end, "In 2021 waren het er vier.", 0.05)
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel in 2020?", SIX, weak, POLICE))
    assert answer.text == f"{SIX.text} [1] {weak.text} [2]"  # and not on to what is worth next to nothing


def test_an_answer_begins_with_what_answers():
    def answer(score: float) -> str:
        before = Sentence(0, SIX.start, SIX.end, SIX.text, score)
        best = Sentence(0, FOUR.start, FOUR.end, "Vier personen waren het.", 0.9)
        return ExtractiveAnswerer().answer(evidence("Hoeveel in 2021?", best, before)).text

    assert answer(0.05).startswith("Vier personen")
    assert answer(0.2).startswith(SIX.text)


def test_an_answer_reads_on_as_far_as_its_words_allow():
    long = " ".join(["woord"] * MAX_WORDS) + "."
    text = f"{SIX.text} {long} Slot."
    parts = [Sentence(0, text.index(part), text.index(part) + len(part), part, score) for part, score in (
        (SIX.text, 0.9), (long, 0.2), ("Slot.", 0.2)
    )]  # fmt: skip
    found = replace(evidence("Hoeveel?", *parts), hits=(hit(text),))
    assert ExtractiveAnswerer().answer(found).text == f"{SIX.text} [1]"


def test_a_yes_no_question_begins_with_the_yes_of_the_document():
    answer = ExtractiveAnswerer().answer(evidence("Heeft SHOP jonge slachtoffers in beeld?", YES, SIX))
    assert answer.text.startswith("Ja, daaraan werken wij. [1]")


def test_the_yes_to_another_question_is_not_shown():
    answer = ExtractiveAnswerer().answer(evidence("Krijgt de politie geld van de wijkraad?", YES, POLICE))
    assert "Ja" not in answer.text


def test_a_yes_that_says_what_it_is_about_is_shown():
    text = f"{QUESTION} Nee, de gemeente betaalt geen landelijke organisaties."
    no = Sentence(0, len(QUESTION) + 1, len(text), text[len(QUESTION) + 1 :], 0.9)
    found = replace(evidence("Krijgen clubs uit het hele land geld van de stad?", no), hits=(hit(text),))
    assert ExtractiveAnswerer().answer(found).text == f"{no.text} [1]"


def test_what_only_goes_on_gives_way_to_what_answers():
    filler = " ".join(["woord"] * 50) + "."
    best, other = "Ook de politie geeft voorlichting aan scholen.", f"De wijkraad {' '.join(['vergadert'] * 30)}."
    text = f"{QUESTION} {filler} {best} {other}"

    def part(words: str, score: float, kind: str = "answer") -> Sentence:
        return Sentence(0, text.index(words), text.index(words) + len(words), words, score, kind)

    def answer(*parts: Sentence) -> list[str]:
        found = replace(evidence("Wie geeft voorlichting?", *parts), hits=(hit(text),))
        return [claim.text for claim in ExtractiveAnswerer().answer(found).claims]

    assert answer(part(filler, 0.01), part(best, 0.9), part(other, 0.8)) == [best, other]
    assert answer(part(filler, 0.01), part(best, 0.9), part(other, 0.01, "notice")) == [filler, best]


def test_a_signature_is_shown_with_all_its_names():
    lines = ("Het college, de secretaris, de burgemeester,", "J. Jansen", "P. de Vries")
    text = "\n".join(lines)
    signed = [Sentence(0, text.index(line), text.index(line) + len(line), line, 0.3, "signature") for line in lines]
    best = replace(signed[0], score=0.9)
    found = replace(evidence("Wie is de burgemeester?", best, *signed[1:]), hits=(hit(text),))
    assert [claim.text for claim in ExtractiveAnswerer().answer(found).claims] == list(lines)


def test_a_bare_address_is_not_shown():
    text = TEXT + " https://voorbeeld.nl/rapport"
    address = Sentence(0, len(TEXT) + 1, len(text), "https://voorbeeld.nl/rapport", 0.8, "footnote")
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel slachtoffers?", SIX, address))
    assert "https" not in answer.text


def test_other_questions_do_not():
    answer = ExtractiveAnswerer().answer(evidence("Hoeveel slachtoffers?", YES, SIX))
    assert not answer.text.startswith("Ja")


def test_silence_is_honest_and_shows_what_was_found():
    answer = ExtractiveAnswerer().answer(evidence("Wat kost het zwembad?", SIX, answerable=False))
    assert not answer.answered
    assert answer.claims == answer.citations == ()
    assert answer.nearest == (hit(),)


def test_long_answers_stay_within_the_words():
    text = " ".join(f"Zin {n} {'woord ' * 28}einde." for n in range(6))
    sentences = [sentence(f"Zin {n} {'woord ' * 28}einde.", 0.9 - n / 100, text) for n in range(6)]
    found = Evidence("Hoeveel?", (hit(text),), tuple(sentences), 0.8, True)
    answer = ExtractiveAnswerer().answer(found)
    assert len(answer.claims) == 2
    assert sum(len(claim.text.split()) for claim in answer.claims) <= MAX_WORDS


def test_the_stream_gives_each_claim_with_its_citation_and_ends_with_the_answer():
    *pieces, last = ExtractiveAnswerer().stream(evidence("Hoeveel?", SIX, FOUR))
    assert [type(piece) for piece in pieces] == [Piece, Piece]
    assert [piece.citations for piece in pieces] == [(c,) for c in last.citations]
    assert tuple(piece.claim for piece in pieces) == last.claims


BARE = [
    "Jaarbeeld CoMensha 2021.",
    "Kamerstuk 28 638, nr. 166.",
    "(Kamerstuk 28 638, nr. 206)",
    "Slachtoffermonitor Mensenhandel 2016–2020.",
    "Dadermonitor mensenhandel 2013-2017.",
    "Van Dijk, Cruyff & Van der Heijden, 2021.",
    "Ministerie van Justitie en Veiligheid, 2020.",
    "Het Stadsblad, 'Meisjes in de gevarenzone', 7 februari 2020, https://www.stadsblad.nl/artikel",
    "Bron: CBS",
    "Bron: Politie, 2021.",
    "Kamerbrief Perspectief voor de Jeugd van 20 maart 2020, Kamerstuk 31 839, nr. 723",
]
SAYING = [
    "Veroordeling mensenhandel N=465, vrijspraak mensenhandel N=3.",
    "Bij 15 zaken is de uitspraak onbekend.",
    "In 2021 waren dat er 4.",
    "De Individuele Beoordeling is uitgewerkt in het besluit slachtoffers van 2017.",
    "Nationaal Rapporteur Mensenhandel (NRM).",
    "Handreiking aanpak mensenhandel en gebruik van persoonsgegevens, 2020.",
]


def shown_beside(text: str, kind: str, question: str = "Hoeveel slachtoffers waren er in beeld?") -> bool:
    """Whether a text is shown with a good sentence of the same hit, when it scores nearly as well."""
    whole = f"{TEXT} {text}"
    start = len(TEXT) + 1
    note = Sentence(0, start, len(whole), text, 0.88, kind)
    found = replace(evidence(question, SIX, note), hits=(hit(whole),))
    return text in ExtractiveAnswerer().answer(found).text


@pytest.mark.parametrize("text", BARE)
def test_a_bare_source_is_not_shown_as_an_answer(text):
    assert not shown_beside(text, "footnote")


@pytest.mark.parametrize("text", SAYING)
def test_a_footnote_that_says_something_is_shown(text):
    assert shown_beside(text, "footnote")


def test_a_bare_date_line_is_not_shown_unless_the_question_asks_when():
    line = "Mededeling - 12 maart 2020"
    assert not shown_beside(line, "notice")
    assert shown_beside(line, "notice", "Wanneer werd het uitstel gemeld?")
    assert shown_beside(line, "notice", "Wat staat er in de mededeling?")


def test_a_source_is_shown_to_who_asks_for_it():
    assert shown_beside("Kamerstuk 28 638, nr. 166.", "footnote", "In welk Kamerstuk staat dit?")
    assert shown_beside("Bron: CBS, 2021", "footnote", "Wat is de bron van deze cijfers?")


@pytest.mark.parametrize("kind", ["answer", "row", "paragraph"])
def test_names_and_numbers_in_running_text_can_be_answers(kind):
    assert shown_beside("Ede, Apeldoorn en Arnhem, sinds 2021.", kind)


def test_what_calls_itself_a_source_is_one_in_running_text_too():
    assert not shown_beside("Bron: Jaarverslag Politie 2021", "paragraph")
    assert shown_beside("Bron: dit cijfer komt uit eigen telling van de gemeente.", "paragraph")


def test_a_quote_from_an_introduction_says_so():
    """What a questioner says before asking is not the answer that was given."""
    told = replace(FOUR, kind="introduction")
    assert cite(hit(), told, 1).label == "inleiding"
    assert cite(hit(), replace(told, kind="answer"), 1).label == ""
