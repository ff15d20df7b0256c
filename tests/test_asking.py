"""What a question asks for."""

from __future__ import annotations

import pytest

from rag.asking import document_fields, kind_of


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
    ],
)
def test_about_what_it_says(question):
    assert not document_fields(question)
