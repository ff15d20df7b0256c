"""Questions whose answer has a form of its own: fields of a document, and abbreviations."""

from dataclasses import replace

import pytest

from rag.asking import document_fields, topic
from rag.direct import ahead, asked_abbreviation, defines, does, is_direct, states, who_does
from rag.types import Block, DocumentInfo, Hit, Passage, Person, Sentence

INFO = DocumentInfo(
    path="a.txt",
    title="Hulp",
    kind="schriftelijke vragen",
    date="2022-12-01",
    date_asked="2022-10-20",
    askers=(Person("Kuik", "CDA"),),
    answered_by=(Person("Van der Burg", None, "staatssecretaris"),),
)
LINES = (
    "Vragen van het lid Kuik (CDA).",
    "Ingezonden 20 oktober 2022.",
    "Antwoord van staatssecretaris Van der Burg (ontvangen 1 december 2022).",
    "Kenmerk BSD/10356580",
)


def hit(kind: str = "metadata") -> Hit:
    text = " ".join(LINES)
    return Hit(1, 0.9, Passage("id", "a.txt", kind, ("*",), 0, len(text), text, (Block("metadata", 0, 5),)), INFO)


def sentences(*texts: str) -> list[Sentence]:
    return [Sentence(0, 10 * i, 10 * i + 9, text, 0.5 - 0.1 * i, "metadata") for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("Wie vroeg naar de hulp?", 0),
        ("Welke Kamerleden stelden vragen over hulp?", 0),
        ("Namens welke fractie werd dit gevraagd?", 0),
        ("Wanneer zijn de vragen over hulp ingediend?", 1),
        ("Wanneer werden de vragen beantwoord?", 2),
        ("Wie beantwoordde de vragen?", 2),
        ("Welke staatssecretaris antwoordde?", 2),
        ("Wat is het kenmerk van de brief?", 3),
    ],
)
def test_the_line_that_states_the_field_comes_first(question: str, line: int) -> None:
    assert ahead(question, [hit()], sentences(*LINES))[0].text == LINES[line]


def test_two_fields_at_once() -> None:
    both = ahead("Wanneer werden de vragen ingediend en wanneer kwam het antwoord?", [hit()], sentences(*LINES))
    assert [s.text for s in both[:2]] == [LINES[1], LINES[2]]
    assert both[2].score < 0.1


@pytest.mark.parametrize(
    "question", ["Wie stelde de diagnose?", "Wanneer begon de opvang?", "Wat doet Kuik?", "Hoeveel vragen waren er?"]
)
def test_other_questions_leave_the_order(question: str) -> None:
    found = sentences(*LINES)
    assert ahead(question, [hit()], found) == found


def test_fields_are_stated_only_at_the_head_of_a_document() -> None:
    found = sentences(*LINES)
    assert ahead("Wie vroeg naar de hulp?", [hit("exchange")], found) == found


def test_a_direct_answer_is_known_as_one() -> None:
    found = sentences(*LINES)
    assert is_direct("Wie vroeg naar de hulp?", [hit()], found[0])
    assert not is_direct("Wie vroeg naar de hulp?", [hit()], found[1])
    assert not is_direct("Wat is de hulp?", [hit()], found[0])


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Wie stelde de vragen over loverboys?", "over loverboys"),
        ("Welke Kamerleden vroegen naar ouders?", "naar ouders"),
        ("Wie antwoordde?", "Wie antwoordde?"),
    ],
)
def test_the_topic_of_a_question_about_a_document(question: str, about: str) -> None:
    assert topic(question) == about


def test_signatures() -> None:
    line = Sentence(0, 50, 60, "De burgemeester", 0.1, "signature")
    assert ahead("Wie tekende de antwoorden?", [hit()], [*sentences(*LINES), line])[0].text == line.text


def test_a_day_that_does_not_exist_is_in_no_sentence() -> None:
    assert not states("answered", replace(INFO, date="2021-02-31"), "Datum: 31-02-2021")


def test_a_field_that_a_document_does_not_have() -> None:
    info = DocumentInfo("b.txt", "Titel", "document", None)
    assert not any(states(field, info, LINES[2]) for field in ("asked", "answered", "asker", "answerer", "party", "x"))


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Waar staat de afkorting SHOP voor?", "SHOP"),
        ("Waar staat CKM voor?", "CKM"),
        ("wat betekent CoMensha?", "CoMensha"),
        ("Waarvoor is NRM de afkorting?", None),
        ("Waar staat het gebouw voor?", None),
        ("Wat is de rol van CKM?", None),
    ],
)
def test_abbreviations_that_are_asked_for(question: str, short: str | None) -> None:
    assert asked_abbreviation(question) == short


def test_the_sentence_that_spells_it_out() -> None:
    found = sentences("Het CKM onderzocht dit.", "Het Centrum tegen Kinderhandel en Mensenhandel (CKM) onderzocht dit.")
    first = ahead("Waar staat CKM voor?", [hit("exchange")], found)
    assert first[0].text.startswith("Het Centrum")
    assert defines("Waar staat CKM voor?", first)
    assert not defines("Waar staat CKM voor?", found)
    assert not defines("Wat doet CKM?", first)


def test_fields_of_a_question() -> None:
    assert document_fields("Wie stelde vragen over hulp?") == ("asker",)
    assert document_fields("Wanneer zijn de vragen gesteld en wanneer beantwoord?") == ("answered", "asked")
    assert document_fields("Wie stelde vast dat het beter kan?") == ()


NUMBERED = ("Zaaknummer: 2022-118834", "RIS-nummer: 305595", "Uw kenmerk: 2022-45", "Ons kenmerk", "Z-2022-00123")


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("Wat is het zaaknummer van het voorstel?", ["Zaaknummer: 2022-118834"]),
        ("Welk RIS-nummer heeft het voorstel?", ["RIS-nummer: 305595"]),
        ("Wat is het kenmerk van de brief?", ["Zaaknummer: 2022-118834", "RIS-nummer: 305595", "Z-2022-00123"]),
        ("Wat is het registratienummer?", ["Zaaknummer: 2022-118834", "RIS-nummer: 305595", "Z-2022-00123"]),
    ],
)
def test_a_number_of_the_document_itself_comes_first_under_the_label_that_is_asked_for(question, lines) -> None:
    text = "\n".join(NUMBERED)
    passage = Passage("id", "a.txt", "metadata", ("*",), 0, len(text), text, (Block("metadata", 0, len(text)),))
    own = ("2022-118834", "RIS305595", "Z-2022-00123")
    numbered = Hit(1, 0.9, passage, replace(INFO, own_references=own))
    found = ahead(question, [numbered], sentences(*NUMBERED))
    assert [sentence.text for sentence in found if sentence.score >= 0.5] == lines


def test_numbers_of_other_documents_are_no_answer() -> None:
    passage = Passage("id", "a.txt", "metadata", ("*",), 0, 21, "Ons kenmerk: Z-2022-1", (Block("metadata", 0, 21),))
    hits = [Hit(1, 0.9, passage, replace(INFO, path=path, own_references=("Z-2022-1",))) for path in ("a.txt", "b.txt")]
    ours, theirs = (Sentence(n, 0, 21, passage.text, 0.4 - 0.1 * n, "metadata") for n in (0, 1))
    found = ahead("Wat is het kenmerk van de brief?", hits, [ours, theirs])
    assert [sentence.hit for sentence in found] == [0, 1]
    assert found[1].score < 0.1


DEEDS = (
    "De wijkboerderij wordt door de gemeente betaald.",
    "In 2020 had de wijkboerderij geen bezoekers.",
    "Met de wijkboerderij zijn afspraken gemaakt.",
    "Daarnaast geeft de wijkboerderij les aan scholen.",
)


@pytest.mark.parametrize(
    ("question", "who"),
    [
        ("Wat doet de wijkboerderij?", "wijkboerderij"),
        ("wat doet shop jeugd eigenlijk", "shop jeugd"),
        ("Wat bieden AVIM en Zeden?", "avim en zeden"),
        ("Wat doet het college aan overlast?", None),
        ("Wat doe je bij een vermoeden?", None),
        ("Wat doet u?", None),
        ("Wat doet de gemeente om jongeren te waarschuwen?", None),
    ],
)
def test_questions_that_only_ask_what_somebody_does(question: str, who: str | None) -> None:
    assert who_does(question) == who


@pytest.mark.parametrize(
    ("sentence", "who", "done"),
    [
        ("CoMensha geeft inzicht in de omvang.", "comensha", True),
        ("Door SHOP Jeugd wordt hulp gegeven.", "shop jeugd", True),
        ("JIP Haaglanden en SHOP Jeugd bieden een chat aan.", "jip haaglanden", False),  # its own verb is not beside it
        ("JIP Haaglanden en SHOP Jeugd bieden een chat aan.", "shop jeugd", True),
        ("De teams AVIM en Zeden trekken samen op.", "avim", True),
        ("Bij SHOP Jeugd was er geen signaal.", "shop jeugd", False),
        ("Deze professionals zijn door SHOP getraind.", "shop", False),
        ("Fier heeft een groot bereik.", "fier", False),
        ("De cijfers van Fier geven inzicht.", "fier", False),
        ("Niemand noemt de naam.", "fier", False),
        ("SHOPPEN geeft plezier.", "shop", False),
    ],
)
def test_who_is_the_subject_of_a_sentence(sentence: str, who: str, done: bool) -> None:
    assert does(sentence, who) is done


def test_what_somebody_does_comes_before_what_is_said_of_it() -> None:
    found = ahead("Wat doet de wijkboerderij?", [hit()], sentences(*DEEDS))
    assert found[0].text == DEEDS[3]
    assert found[1].score < 0.1


def test_the_order_stays_where_nobody_is_the_subject() -> None:
    found = sentences(*DEEDS[:3])
    assert ahead("Wat doet de wijkboerderij?", [hit()], found) == found
