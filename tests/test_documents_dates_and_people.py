"""What the head says of when and by whom was asked and answered."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_documents_variants import LABELLED, read

from rag.documents.factions import said
from rag.types import Person
from rag.web.wording import person

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
        ("Fractie: SP, raadslid Anna de Wit\nOnderwerp: bruggen", [("Anna de Wit", "SP")]),
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
    assert [(who.name, who.party) for who in found.askers] == people


FIELDS = [
    ("Fractie: D66", [("D66", "D66")]),
    ("Fractie(s): VVD en CDA", [("VVD", "VVD"), ("CDA", "CDA")]),
    ("Fracties: VVD, CDA en Hart voor Ede", [("VVD", "VVD"), ("CDA", "CDA"), ("Hart voor Ede", "Hart voor Ede")]),
    ("Fractie: Partij voor de Dieren", [("Partij voor de Dieren", "Partij voor de Dieren")]),
    ("Fractie: D66\nIndiener: A. de Wit", [("A. de Wit", "D66")]),
    ("Indiener: A. de Wit\nFractie: D66", [("A. de Wit", "D66")]),
    ("Indieners: A. de Wit en J. Smit\nFracties: D66 en VVD", [("A. de Wit", "D66"), ("J. Smit", "VVD")]),
    ("Indiener(s): A. de Wit (SP), J. Smit (D66)", [("A. de Wit", "SP"), ("J. Smit", "D66")]),
    ("Indiener(s): A. de Wit en J. Smit", [("A. de Wit", None), ("J. Smit", None)]),
    ("Indieners:\n\nA. de Wit (SP)\n\nJ. Smit (D66)", [("A. de Wit", "SP"), ("J. Smit", "D66")]),
    ("| Indiener | A. de Wit |\n| Fractie | D66 |", [("A. de Wit", "D66")]),
    ("| Indiener | A. de Wit | Fractie | D66 |", [("A. de Wit", "D66")]),
    (
        "| Indiener(s) | Fractie |\n| --- | --- |\n| A. de Wit | D66 |\n| J. Smit | VVD |",
        [("A. de Wit", "D66"), ("J. Smit", "VVD")],
    ),
    ("Naam raadslid: A. de Wit\nFractie: D66", [("A. de Wit", "D66")]),
    ("Naam: A. de Wit\nPartij: D66", [("A. de Wit", "D66")]),
    ("Gesteld door: mevrouw M. de Boer, fractie GroenLinks", [("M. de Boer", "GroenLinks")]),
    ("Gesteld door mevrouw M. de Boer (fractie van de PvdA)", [("M. de Boer", "PvdA")]),
    ("Gesteld door: de fractie van de ChristenUnie", [("ChristenUnie", "ChristenUnie")]),
    ("Ingediend door: fractie Leefbaar Ede", [("Leefbaar Ede", "Leefbaar Ede")]),
    ("Raadslid/fractie: A. de Wit (SP)", [("A. de Wit", "SP")]),
    ("Fractie/raadslid: SP / A. de Wit", [("A. de Wit", "SP")]),
    ("Indiener: A. de Wit - D66", [("A. de Wit", "D66")]),
    ("Vragensteller: Mw. A.B. van der Berg-Smit\nFractie: 50PLUS", [("A.B. van der Berg-Smit", "50PLUS")]),
    ("Van: A. de Wit, fractie D66\nAan: het college", [("A. de Wit", "D66")]),
    ("Schriftelijke vragen van de fracties van D66 en de SP", [("D66", "D66"), ("SP", "SP")]),
    ("Fractie: -", []),
    ("Fractie: n.v.t.", []),
    ("Indiener:", []),
    ("Contactpersoon: A. de Wit, fractiemedewerker D66", []),
    ("Van: gemeente Ede, afdeling Wegen\nNaam: A. de Wit", []),
]


@pytest.mark.parametrize(("head", "people"), FIELDS)
def test_who_asked_as_fields_say_it(head, people):
    found = read(f"# Veilige bruggen\n\n{head}\n\n{LABELLED}", markdown=True)
    assert [(who.name, who.party) for who in found.askers] == people
    assert found.title in ("Veilige bruggen", "Veilige bruggen in de gemeente")


@pytest.mark.parametrize(("head", "people"), FIELDS)
def test_who_asked_in_plain_lines(head, people):
    found = read("Veilige bruggen\n\n" + head.replace("| --- | --- |\n", "") + f"\n\n{LABELLED}")
    assert [(who.name, who.party) for who in found.askers] == people


def test_a_proposal_names_who_brought_it_in():
    text = "# Initiatiefvoorstel veilige bruggen\n\nIndiener(s): A. de Wit en J. Smit\n\nFractie: D66\n\n"
    found = read(text + "De bruggen in de gemeente zijn oud. Ze moeten worden vervangen.\n", markdown=True)
    assert [(p.name, p.party, p.role) for p in found.askers] == [
        ("A. de Wit", "D66", "indiener"),
        ("J. Smit", "D66", "indiener"),
    ]


@given(st.text(max_size=200), st.sampled_from(["Fractie", "Indiener(s)", "Gesteld door", "Naam raadslid"]))
def test_a_field_with_anything_in_it_names_only_what_it_says(value, label):
    named, parties = said([f"{label}: {value}", value])
    line = f"{label}: {value}"
    assert all(party in line or party in value for party in parties)
    assert all(who.name in line or who.name in value for _, who in named)


@pytest.mark.parametrize("piece", ["A", "A ", "van ", "A, ", "fractie ", "| ", "De heer ", "Fractie: A en "])
def test_long_heads_take_little_time(piece):
    started = time.process_time()
    said(
        [
            "Indieners:",
            piece * 3000,
            f"Fractie: {piece * 3000}",
            f"Van: fractie {piece * 60}",
            "vragen van fractie " + piece * 3000,
        ]
    )
    assert time.process_time() - started < 1


def test_a_party_that_asks_is_shown_as_one():
    (asker,) = read(f"# Veilige bruggen\n\nFractie: D66\n\n{LABELLED}", markdown=True).askers
    assert asker == Person("D66", "D66", "fractie")
    assert person(asker) == "fractie D66"
