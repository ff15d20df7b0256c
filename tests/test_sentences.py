"""Dutch sentences as spans."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import is_abbreviation, sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


ONE_SENTENCE = [
    "Zie Kamerstuk 28 638, nr. 166.",
    "De brief d.d. 3 mei 2020 is ontvangen.",
    "Mr. A.B. Jansen en dr. De Vries kwamen jl. vrijdag o.a. langs.",
    "Dit gebeurt d.m.v. Nederlandse vragenlijsten.",
    "Het geldt voor slachtoffers t/m 25 jaar, zie art. 4 en blz. 12.",
    "Bijv. De Groene Amsterdammer schreef erover.",
    "In 2020 werden 1.013 slachtoffers aangemeld.",
    "1. Is het college bekend met het onderzoek?",
    "a. Zo ja, waarom?",
    "‘Wat nu?’ vroeg zij.",
    "Steeds jonger (één op de vijf <15 jaar)?",
    "Zie https://www.ad.nl/binnenland/pa-of-ma~a653824a/ voor het bericht.",
    "Het staat in de motie-Kuik c.s. en in de brief.",
    "Prof. mr. J.Th. van den Berg sprak.",
    "Een zin zonder punt",
    "Dat was […] Nederlands.",
    "Dit is een zin (zie nr. 3 en c.s.) over iets.",
]


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_one_sentence_stays_one(text):
    assert split(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["Nee, dat klopt niet.", "Zedendelicten kunnen ambtshalve worden vervolgd."],
        ["Welke verklaring(en) heeft u hiervoor?", "Komen de cijfers overeen?"],
        ["Hij zei: «Ja.»", "Daarna ging hij weg."],
        ["Dat is een daling ten opzichte van 2019.", "In 2020 waren dit er nog 1.372."],
        ["Op 3 mei sprak de raad met o.a. de politie e.d.", "Dat gesprek was goed."],
        ["Wij schreven u op 3 mei jl.", "De brief is beantwoord."],
        ["’s Avonds is het druk.", "’s Ochtends niet."],
        ["Waarom?", "Daarom!", "Het gaat door…", "Tot nu toe."],
        ["Zie bijlage A.", "De kosten staan daarin."],
        ["Dit is zo.", "«Pa of ma soms pooier», schreef de krant."],
        ["Bij de politie, het OM en de VVD.", "Een zin daarna."],
        ["Er zijn cijfers bekend.", "€ 2 miljoen is beschikbaar."],
    ],
)
def test_sentences_are_parted(expected):
    assert split(" ".join(expected)) == expected


def test_every_line_is_a_sentence_of_its_own():
    text = "Maatregelen waaronder:\n- Bevordering van expertise\n- Opstellen van een kader\n\nHet college doet dit."
    assert split(text) == [
        "Maatregelen waaronder:",
        "- Bevordering van expertise",
        "- Opstellen van een kader",
        "Het college doet dit.",
    ]


def test_forgotten_space_does_not_join_two_sentences():
    assert split("Dit is te voorkomen.Daarnaast is er hulp.") == ["Dit is te voorkomen.", "Daarnaast is er hulp."]


def test_part_of_a_text_gives_places_in_the_whole():
    text = "Eerste zin. Tweede zin. Derde zin."
    spans = sentences(text, 12, 23)
    assert [(span.start, span.end) for span in spans] == [(12, 23)]


def test_abbreviations_are_known():
    assert is_abbreviation("nr")
    assert is_abbreviation("(d.m.v")
    assert not is_abbreviation("raad")
    assert not is_abbreviation("zo")


@given(st.text(alphabet="aB1 .?!…»)\n’-é\t", max_size=200))
def test_spans_hold_everything_but_white_space(text):
    spans = sentences(text)
    assert all(span.start < span.end for span in spans)
    assert all(not text[span.start].isspace() and not text[span.end - 1].isspace() for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    held = "".join(text[span.start : span.end] for span in spans)
    assert "".join(held.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "piece", ["a", ".", ". ", "A. ", "\n", ".)", " ", "a.", "aaa.Aaa", "? ((", "woord ", "(", "Ja. ", "1. ", "’s "]
)
def test_a_million_characters_take_linear_time(piece):
    text = (piece * 1_000_000)[:1_000_000]
    begin = time.process_time()
    sentences(text)
    assert time.process_time() - begin < 8
