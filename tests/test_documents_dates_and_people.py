"""What the head says of when and by whom was asked and answered."""

from __future__ import annotations

import pytest
from test_documents_variants import LABELLED, read

ASKED, ANSWERED = "2022-03-08", "2022-04-12"
HEADS = [
    "Ontvangen: 8 maart 2022 | Verzonden: 12 april 2022",
    "Ingekomen 8 maart 2022 - afgedaan 12 april 2022",
    "Datum vragen: 8 maart 2022\nDatum antwoorden: 12 april 2022",
    "Datum indiening: 8 maart 2022\nDatum beantwoording: 12 april 2022",
    "Datum: 8 maart 2022\nReactie college: 12 april 2022",
    "Uw vragen van: 8 maart 2022\nOns antwoord van: 12 april 2022",
    "Binnengekomen bij de griffie: 8 maart 2022\nBesluit Gedeputeerde Staten: 12 april 2022",
    "Gesteld door Anna de Wit (SP) op 8 maart 2022\nBeantwoord namens het college door F. Smit op 12 april 2022",
    "Vragen van de heer De Wit (SP), ingekomen 8 maart 2022\nAntwoorden van het college van Ede, 12 april 2022",
    "Ingezonden 8 maart 2022\nMededeling van uitstel verzonden 1 april 2022\nAntwoord ontvangen 12 april 2022",
    "| Ontvangen | 8 maart 2022 |\n| Beantwoord | 12 april 2022 |",
]


@pytest.mark.parametrize("head", HEADS)
def test_dates_of_questions_and_answers(head):
    found = read(f"# Veilige bruggen\n\n{head}\n\n{LABELLED}", markdown=True)
    assert (found.date_asked, found.date) == (ASKED, ANSWERED)


@pytest.mark.parametrize(
    ("head", "people"),
    [
        ("Fractie: SP, raadslid Anna de Wit\nOnderwerp: bruggen", [("Anna de Wit", None)]),
        ("Vraagsteller(s): Anna de Wit (SP) en Jos Smit (D66)", [("Anna de Wit", "SP"), ("Jos Smit", "D66")]),
        ("Vragensteller: Anna de Wit, CDA\nDatum: 8 maart 2022", [("Anna de Wit", "CDA")]),
        ("Steller: mevrouw A. de Wit (Ede Samen)", [("A. de Wit", "Ede Samen")]),
        ("Steller: J. Smit\nGesteld door: raadslid A. de Wit (SP)", [("A. de Wit", "SP")]),
        ("Gesteld door: Anna de Wit (SP)\nHet college antwoordt het lid De Wit als volgt.", [("Anna de Wit", "SP")]),
        ("Toelichting van de vragensteller: Op de brug is het druk, zegt men, en dat blijft zo.", []),
        ("Aan: mevrouw A. de Wit, lid van Provinciale Staten\nGeachte mevrouw De Wit,", []),
        ("Vragen gesteld door de leden der Kamer\nVragen van het lid De Wit (SP)", [("De Wit", "SP")]),
    ],
)
def test_who_asked(head, people):
    found = read(f"# Veilige bruggen\n\n{head}\n\n{LABELLED}", markdown=True)
    assert [(person.name, person.party) for person in found.askers] == people
