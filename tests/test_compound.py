"""Questions that ask two things."""

import pytest

from rag.answering.extractive import ExtractiveAnswerer
from rag.compound import as_asked, merged, parts
from rag.types import Block, DocumentInfo, Evidence, Hit, Passage, Sentence


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Hoeveel meldingen waren er in 2020?", ()),
        ("Wat doet de gemeente voor kinderen en jongeren?", ()),
        ("Wie vroeg en wat?", ("Wie vroeg", "wat (Wie vroeg)")),
        (
            "Hoeveel meldingen waren er in 2020 bij A en hoeveel bij B?",
            ("Hoeveel meldingen waren er in 2020 bij A", "Hoeveel meldingen waren er in 2020 bij B"),
        ),
        (
            "Wat kost de opvang, en welke gemeenten betalen mee aan de opvang?",
            ("Wat kost de opvang", "welke gemeenten betalen mee aan de opvang"),
        ),
        (
            "Hoeveel gesprekken voerde de politie en hoeveel aangiften kwamen daarvan?",
            (
                "Hoeveel gesprekken voerde de politie",
                "hoeveel aangiften kwamen daarvan (Hoeveel gesprekken voerde de politie)",
            ),
        ),
        (
            "Hoeveel meldingen waren er in 2021 en hoeveel waren dat er in 2019?",
            ("Hoeveel meldingen waren er in 2021", "Hoeveel meldingen waren er in 2019"),
        ),
        (
            "Hoe vaak eindigde een zaak in een veroordeling en hoe vaak in vrijspraak?",
            ("Hoe vaak eindigde een zaak in een veroordeling", "Hoe vaak eindigde een zaak in vrijspraak"),
        ),
        (
            "Wie beantwoordden de vragen van 2020 en die van 2022?",
            ("Wie beantwoordden de vragen van 2020", "Wie beantwoordden de vragen van 2022"),
        ),
        (
            "Wie stelde zowel in juli 2020 als in mei 2022 vragen over pesten?",
            ("Wie stelde in juli 2020 vragen over pesten", "Wie stelde in mei 2022 vragen over pesten"),
        ),
        ("aantal vragen brief 2021 en brief 2022", ("aantal vragen brief 2021", "aantal vragen brief 2022")),
        ("meldingen 2020 en 2022", ("meldingen 2020", "meldingen 2022")),
        ("Hoeveel meldingen waren er tussen 2020 en 2022?", ()),
        ("Ik las over 2020 en 2022. Hoeveel meldingen waren er?", ()),
        (
            "Wie geven les: in de stad, en in het hele land?",
            ("Wie geven les in de stad", "Wie geven les in het hele land"),
        ),
        ("Wat kwam er van de motie van Jansen en Van der Veen?", ()),
        ("", ()),
    ],
)
def test_parts(question: str, found: tuple[str, ...]) -> None:
    assert parts(question) == found


def hit(name: str) -> Hit:
    text = f"De opvang in {name} kreeg 25 meldingen."
    passage = Passage(name, f"{name}.txt", "exchange", ("1",), 0, len(text), text, (Block("answer", 0, len(text)),))
    return Hit(1, 0.9, passage, DocumentInfo(f"{name}.txt", name, "document", None))


def evidence(question: str, name: str, *, answerable: bool = True, score: float = 0.8) -> Evidence:
    found = hit(name)
    sentence = Sentence(0, 0, len(found.passage.text), found.passage.text, score)
    return Evidence(question, (found,), (sentence,), 0.9 if answerable else 0.1, answerable)


def test_each_part_is_answered_from_its_own_hits() -> None:
    whole = evidence("Hoeveel bij A en hoeveel bij B?", "a")
    both = merged(whole.question, whole, [evidence("Hoeveel bij A", "a"), evidence("Hoeveel bij B", "b", score=0.1)])
    assert [h.passage.passage_id for h in both.hits] == ["a", "b"]
    assert [h.rank for h in both.hits] == [1, 2]
    answer = ExtractiveAnswerer().answer(both)
    assert [c.document for c in answer.citations] == ["a.txt", "b.txt"]
    assert answer.unanswered == ()
    assert answer.confidence == 0.9


def test_the_part_without_an_answer_is_named() -> None:
    whole = evidence("Hoeveel bij A en wie betaalde dat?", "a")
    silent = evidence("wie betaalde dat (Hoeveel bij A)", "b", answerable=False)
    answer = ExtractiveAnswerer().answer(merged(whole.question, whole, [evidence("Hoeveel bij A", "a"), silent]))
    assert answer.answered
    assert [c.document for c in answer.citations] == ["a.txt"]
    assert answer.unanswered == ("wie betaalde dat",)


def test_nothing_is_answered_when_no_part_is() -> None:
    whole = evidence("Hoeveel bij A en hoeveel bij B?", "a")
    silent = [evidence(part, "b", answerable=False) for part in ("Hoeveel bij A", "Hoeveel bij B")]
    assert not ExtractiveAnswerer().answer(merged(whole.question, whole, silent)).answered


def test_what_was_completed_is_not_shown() -> None:
    assert as_asked("wie betaalde dat (Hoeveel bij A)") == "wie betaalde dat"
    assert as_asked("Hoeveel bij A") == "Hoeveel bij A"
