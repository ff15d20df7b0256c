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
    "Schriftelijke vragen (art. 38 RvO)\nIndiener: mw. drs. A. de Wit": "Vragen: Is de brug veilig?",
    "Vragen van de leden Anna de Wit (SP) en Jan Bos (CDA)\nKenmerk 2023-0448": "Vragen: Is de brug veilig?",
    "SCHRIFTELIJKE VRAGEN SP EDE\nVeilige bruggen in onze gemeente\nGesteld door A. de Wit": (
        "Veilige bruggen in onze gemeente"
    ),
    "RAADSVRAGEN GEMEENTE EDE\n2024 / nr. 17\n\nBruggen in slechte staat": "Bruggen in slechte staat",
    "RAADSVRAGEN BRUGGEN\n\nIndiener: A. de Wit": "RAADSVRAGEN BRUGGEN",
    "Raadsvragen fractie SP, A. de Wit\nover: de brug bij Ede\nontvangen op 3 maart 2022\n"
    "antwoord verzonden op 29 maart 2022": "De brug bij Ede",
    "Van: SP (A. de Wit)\nBetreffende: veilige bruggen in Ede": "Veilige bruggen in Ede",
    "Antwoorden op Kamervragen over veilige bruggen\n\nOnderwerp: vragen van het lid De Wit (SP) aan de minister van "
    "Verkeer en Waterstaat, ingezonden 7 februari 2023": "Veilige bruggen",
    "Geachte voorzitter,\n\nHierbij zend ik u de antwoorden op de vragen van de leden De Wit (SP) en Bos (CDA) over "
    "veilige bruggen in het noorden.": "Veilige bruggen in het noorden",
    "Gemeente Ede, griffie\n\nDe heer Bos (CDA) heeft het college gevraagd naar de staat van de bruggen.": (
        "De staat van de bruggen"
    ),
    'Beantwoording artikel 35-vragen Leefbaar Ede (mevrouw A. de Wit)\n"Veilige bruggen"': "Veilige bruggen",
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
        *(
            (f"{sender}\n12 mei 2023\nAan de raad\n\nVoortgang van de bruggen", "Voortgang van de bruggen")
            for sender in (
                "Provincie Gelderland",
                "B&W Ede aan Zee",
                "Gedeputeerde Staten van Gelderland",
                "Gemeente Ede",
                "Ministerie van Verkeer en Waterstaat",
                "College van burgemeester en wethouders",
                "Burgemeester en wethouders van Ede",
            )
        ),
    ],
)
def test_letters_are_called_after_their_subject(head, title):
    text = f"{head}\n\nGeachte raad,\n\nDe brug is veilig.\n\nHoogachtend,\nburgemeester en wethouders van Ede\n"
    assert read(text).title == title


def test_a_letterhead_above_a_note_is_not_its_title():
    text = "GEMEENTE EDE\nCollege van burgemeester en wethouders\n\nINFORMATIENOTA AAN DE RAAD\n\nNummer: 2025/041\n"
    text += (
        "Wethouder: A. de Wit\n\nBruggen: een jaar verder\n\n1. Waarom deze nota\n\nDe raad vroeg ons om een nota.\n"
    )
    assert read(text).title == "Bruggen: een jaar verder"
