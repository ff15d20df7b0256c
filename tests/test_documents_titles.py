"""Which line of its head a document is called after."""

from __future__ import annotations

import pytest
from test_documents_variants import LABELLED, read

HEADS = {
    "Provincie Zeeland\nBeantwoording van statenvragen\nOver: het onderhoud van de brug": "Het onderhoud van de brug",
    "SCHRIFTELIJKE VRAGEN\nThema: de brug bij Ede": "De brug bij Ede",
    "**VRAGEN EN ANTWOORDEN**\n\n**Over de brug bij Ede en haar onderhoud**": "De brug bij Ede en haar onderhoud",
    "| | |\n|---|---|\n| Onderwerp | De brug bij Ede |\n| Van | Fractie Ede Samen |": "De brug bij Ede",
    "Raadsbrief\nOnderwerp\nDe brug bij Ede\nAan\nDe raad": "De brug bij Ede",
    "AANHANGSEL VAN DE HANDELINGEN\nAntwoorden op vragen van het lid De Wit (Ede Samen) over de brug bij Ede": (
        "De brug bij Ede"
    ),
    "# 2024Z01234\n\n**Antwoord van minister De Wit (Verkeer) op vragen over bruggen**": "Bruggen",
    "2024D01234 – Schriftelijke vragen over de brug": "De brug",
    "Antwoord van de Minister op de vragen van het lid De Wit (SP) over de brug bij Ede (ingezonden 1 mei 2021)\n"
    "Den Haag, 3 juni 2021": "De brug bij Ede",
    "Vragen van raadslid De Wit (SP) inzake de brug bij Ede. Ingediend 6 mei 2024. Beantwoord 4 juni 2024.": (
        "De brug bij Ede"
    ),
    "Schriftelijke vragen ex artikel 36 RvO – De brug bij Ede": "De brug bij Ede",
    "Antwoordbrief raadsvragen 2021-47: veiligheid van bruggen": "Veiligheid van bruggen",
    "Schriftelijke vragen Bruggenplan: hout wordt staal": "Schriftelijke vragen Bruggenplan: hout wordt staal",
    "Gemeente Ede – beantwoording raadsvragen veilige bruggen\nGesteld door: A. de Wit (SP)": (
        "Beantwoording raadsvragen veilige bruggen"
    ),
    "Vragen aan het college, nr. 23.041\nGemeente Ede\nFractie SP (A. de Wit) - Veilige bruggen in Ede": (
        "Veilige bruggen in Ede"
    ),
    "Schriftelijke vragen SP, raadslid Anna de Wit\nVeilige bruggen in Ede\ndatum vragen: 6 mei 2024\n"
    "datum antwoord: 4 juni 2024": "Veilige bruggen in Ede",
    "Gemeente Ede\nVragen op grond van artikel 38\nDoor: Anna de Wit (SP)\n\nGeachte mevrouw De Wit,\n\n"
    "Op uw vragen over bruggen en viaducten antwoorden wij als volgt.": "Bruggen en viaducten",
    "Schriftelijke vragen (art. 38 RvO)\nAan het college van Ede": "Vragen: Is de brug veilig?",
}


@pytest.mark.parametrize("head", list(HEADS))
def test_questions_are_called_after_their_subject(head):
    assert read(f"{head}\n\n{LABELLED}", markdown=True).title == HEADS[head]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("Gemeente Ede\nRaadsbrief – nazorg na het ongeluk op de brug", "Nazorg na het ongeluk op de brug"),
        ("Aan de raad van Ede\nDatum 12 mei 2023\nBetreft Overzicht van bruggen", "Overzicht van bruggen"),
        ("Van het college van Ede\nAan de raad\nRaadsbrief 2023-077 – Voortgang bruggen", "Voortgang bruggen"),
    ],
)
def test_letters_are_called_after_their_subject(head, title):
    text = f"{head}\n\nGeachte raad,\n\nDe brug is veilig.\n\nHoogachtend,\nburgemeester en wethouders van Ede\n"
    assert read(text).title == title
