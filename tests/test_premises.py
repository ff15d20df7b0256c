"""What a question takes for granted must stand in what answers it."""

import pytest

from rag.premises import names, unmet, without

PASSAGE = "Hoeveel meldingen waren er in 2020? In 2020 waren er 25 meldingen bij het meldpunt in de eenheid Den Haag."
ABOUT = "Meldpunt uitbuiting 2021-03-01 Kuik CDA"


def missing(question: str, passage: str = PASSAGE, about: str = ABOUT, document: str = "") -> tuple[str, ...]:
    return unmet(question, passage, about, lambda: document or passage)


@pytest.mark.parametrize(
    "question",
    [
        "Hoeveel meldingen waren er in 2020?",
        "Hoeveel meldingen waren er sinds 2018?",  # open at one end
        "Wat zei het college in 2021 over het meldpunt?",  # the year of the document
        "hoeveel meldingen in den haag",
        "Hoeveel meldingen kreeg de Haagse eenheid in 2020?",
        "Vroeg Kuik naar het meldpunt?",
        "Via welk meldpunt kwamen er meldingen?",
        "HOEVEEL MELDINGEN IN ROTTERDAM",  # capitals throughout tell nothing
        "Hoeveel meldingen waren er in Nederland?",
        "",
    ],
)
def test_a_passage_that_may_answer(question: str) -> None:
    assert missing(question) == ()


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("Hoeveel meldingen waren er in 2019?", "het jaar 2019"),
        ("Hoeveel meldingen waren er in 2021?", "het jaar 2021"),  # what is counted needs its year beside it
        ("Hoeveel meldingen waren er in Rotterdam in 2020?", "Rotterdam"),
        ("Hoeveel meldingen had de eenheid Oost-Brabant?", "Oost-Brabant"),
        ("Welk percentage van de meldingen was terecht?", "een percentage of aandeel"),
        ("Wat kost het meldpunt?", "een bedrag"),
        ("Wanneer komt er een meldpunt in de Schilderswijk?", "Schilderswijk"),  # made of ordinary words
        ("Wat is het telefoonnummer van het meldpunt?", "een telefoonnummer"),
        ("Op welk adres zit het meldpunt?", "een adres"),
        ("Hoe laat gaat het meldpunt open?", "een tijd"),
        ("Welke leeftijd hebben de melders?", "een leeftijd"),
    ],
)
def test_a_passage_that_cannot_answer(question: str, what: str) -> None:
    assert missing(question) == (what,)


def test_a_year_within_a_span() -> None:
    assert missing("Hoeveel onderzoeken in 2015?", "Tussen 2013 en 2017 waren er 91 onderzoeken.") == ()
    assert missing("Hoeveel onderzoeken in 2016?", "Schooljaar 2015-16: 91 onderzoeken.") == ()
    assert missing("Hoeveel onderzoeken in 2012?", "Tussen 2013 en 2017 waren er 91 onderzoeken.") == ("het jaar 2012",)


def test_a_name_may_stand_elsewhere_in_the_document_or_be_written_otherwise() -> None:
    assert missing("Wat deed CoMensha?", document="De cijfers van Comensha.") == ()
    assert missing("Wat deed het OM?", "Het Openbaar Ministerie vervolgde.") == ()
    assert missing("Wat deed VWS?", "De minister van Volksgezondheid, Welzijn en Sport antwoordde.") == ()
    assert missing("Wat deed Klokenburg?", "Mevrouw Klokkenburg vroeg.") == ()
    assert missing("Wat deed het WODC?", "Het CKM onderzocht het.") == ("WODC",)


def test_the_document_is_read_only_for_a_name_that_is_not_near() -> None:
    def unread() -> str:
        raise AssertionError("the document was read")

    assert unmet("Hoeveel meldingen in Den Haag?", PASSAGE, ABOUT, unread) == ()


def test_names() -> None:
    assert names("Wat vindt het IND-kantoor van Oost-Brabant en de Wet?") == ("IND", "Oost-Brabant")
    assert names("SHOP helpt jongeren") == ("SHOP",)
    assert names("Waarom stopt het?") == ()
    assert names("Ligt het Zuidplein in de Vogelbuurt?") == ("Zuidplein", "Vogelbuurt")
    assert names("Is 2020Z02502 beantwoord?") == ()


def test_a_likelihood_without_premises_is_low_but_keeps_its_order() -> None:
    assert 0 == without(0.0) < without(0.5) < 0.05 < without(0.9) < without(1.0) <= 1
