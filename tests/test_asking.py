"""What a question asks for."""

from __future__ import annotations

import pytest

from rag.asking import _DOCUMENT_FIELD, document_fields, kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hoeveel meldingen waren er?", "hoeveel"),
        ("Hoe vaak werd dit gemeld?", "hoeveel"),
        ("Klopt het dat de politie niets doet?", "ja of nee"),
        ("Is het college bekend met het onderzoek?", "ja of nee"),
        ("In welk jaar werd dit gevraagd?", "wanneer"),
        ("Wat is de reden daarvan?", "waarom"),
        ("Wie overlegt met de politie?", "wie"),
        ("isolatie van woningen", "anders"),
    ],
)
def test_kind_of(question, kind):
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    "question",
    [
        "Wie stelde de vragen over de zedenpolitie?",
        "Welke partij vroeg naar hotels?",
        "Wanneer zijn de vragen beantwoord?",
        "Welke staatssecretaris beantwoordde dit?",
        "Wat is het kenmerk van de beantwoording?",
        "Namens welke partijen werd dit gevraagd?",
        "Welke drie Tweede Kamerleden trokken hierover aan de bel?",
        "Wie uit de Tweede Kamer wilde hierover opheldering?",
    ],
)
def test_about_the_document(question):
    assert document_fields(question)


@pytest.mark.parametrize(
    "question",
    [
        "Hoeveel slachtoffers waren er?",
        "Wie trainde de professionals?",
        "Wanneer begon de campagne?",
        "Welke hulp is er?",
        "Welke partijen zitten in de werkgroep?",
        "Wie moet er op school aan de bel trekken?",
        "Met welke partijen gaat de wethouder in gesprek?",
    ],
)
def test_about_what_it_says(question):
    assert not document_fields(question)


@pytest.mark.parametrize(
    "question",
    [
        "wat is het kamervraagnummer van deze brief",
        "welk zaak-nummer hoort hierbij",
        "wiens fractie was dit",
        "welk jaar is dit beantwoord",
        "wanneer zijn de moties ingediend",
        "welke datum stelde men amendementen voor",
        "welk college antwoordde",
        "welke wethouder ondertekende dit",
        "wie diende de vragen in",
        "welke vraagstellers",
        "welk kamerlid",
        "welke raadsleden",
        "welke politica",
        "hoeveel vragen zijn er",
    ],
)
def test_no_pattern_finds_what_has_none_of_its_signs(question):
    found = [signs for _, signs, pattern in _DOCUMENT_FIELD if pattern.search(question)]
    assert found
    assert all(any(sign in question for sign in signs) for signs in found)
