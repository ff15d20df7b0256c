"""The fields of the Dutch algoritmeregister, filled in from the running configuration. Pure.

The names, the choices and the longest texts are those of the publicatiestandaard 1.0 (MinBZK/Algoritmeregister,
``backend/app/schemas/config/v1_0.json``). What only the organisation knows says so; links that nobody can know here
are empty.
"""

from __future__ import annotations

import json

from rag import __version__
from rag.web import wording
from rag.web.facts import TO_FILL_IN, Facts, by_model, percentage

LONGEST = {"name": 100, "description_short": 350, "methods_and_models": 5000, "provider": 200}  # characters
LONG = 2500  # of every other text


def register(facts: Facts) -> str:
    """The fields as JSON."""
    fields: dict[str, object] = {**_general(), **_use(facts), **_working(facts)}
    shortened = {
        name: value[: LONGEST.get(name, LONG)] if isinstance(value, str) else value for name, value in fields.items()
    }
    return json.dumps(shortened, ensure_ascii=False, indent=2) + "\n"


def _general() -> dict[str, object]:
    return {
        "name": "Raadwijzer: vragen over raadsstukken beantwoorden",
        "description_short": "Raadwijzer zoekt in raadsstukken en beantwoordt vragen met zinnen uit die stukken. Bij "
        "elke zin staat de bron. Staat het antwoord er niet in, dan zegt Raadwijzer dat.",
        "organization": TO_FILL_IN,
        "category": ["Organisatie en bedrijfsvoering"],
        "status": TO_FILL_IN,  # In ontwikkeling, In gebruik, Buiten gebruik
        "begin_date": TO_FILL_IN,  # 2023-01
        "end_date": "",
        "contact_email": TO_FILL_IN,
        "website": "",
        "publication_category": "Overige algoritmes",
        "url": "",
    }


def _use(facts: Facts) -> dict[str, object]:
    figures = "; ".join(f"{label.lower()}: {percentage(share)}" for label, _, share in facts.figures)
    measured = f" Gemeten met een vaste vragenset: {figures}." if figures else ""
    return {
        "goal": "Raadsleden en medewerkers vinden sneller wat er over een onderwerp is gevraagd en geantwoord. "
        "Raadwijzer neemt geen besluiten over personen. Burgers en bedrijven merken er niet direct iets van.",
        "proportionality": "Zelf zoeken in alle stukken kost meer tijd en er wordt eerder iets gemist. Een fout "
        "antwoord kan een lezer op het verkeerde been zetten; daarom staat elk citaat letterlijk in de bron en komt er "
        "zonder bron geen antwoord. "
        + ("Alles draait op een eigen computer" if not facts.elsewhere else "Alles draait op eigen computers")
        + ": vragen en stukken gaan niet naar anderen.",
        "human_intervention": "Een mens leest het antwoord en controleert het in de bron. Raadwijzer doet verder niets "
        f"met het antwoord. {wording.NOTICE}",
        "risks": "Een antwoord kan onvolledig zijn, niet precies op de vraag slaan of zijn achterhaald. Daarom wordt "
        "elk citaat gecontroleerd, meldt Raadwijzer dat er geen antwoord is en dat er een recenter stuk is, en kunnen "
        f"gebruikers zeggen wat er niet klopt; die oordelen blijven lokaal.{measured}",
        "lawful_basis": TO_FILL_IN,
        "lawful_basis_grouping": [],
        "process_index_url": "",
        "impacttoetsen_grouping": [],
        "impacttoetsen": TO_FILL_IN,
    }


def _working(facts: Facts) -> dict[str, object]:
    models = "; ".join(f"{one.purpose.lower()}: {one.name}" for one in facts.models)
    language = by_model(facts) or "Er is geen taalmodel: een antwoord bestaat uit letterlijke zinnen."
    count = wording.count(facts.documents, "document", "documenten")
    return {
        "source_data": f"{count} in de map van de index, bijgewerkt op {wording.date(facts.indexed_on)}. Daarin kunnen "
        "namen van raadsleden, bestuurders en andere personen staan.",
        "source_data_grouping": [],
        "methods_and_models": "Invoer: een vraag in gewoon Nederlands. Werking: zoeken op woorden (BM25) en op "
        f"betekenis, ordenen met een geleerd model, zinnen kiezen en hun citaten toetsen. {language} Uitvoer: een kort "
        f"antwoord met bronnen, of de melding dat er geen antwoord is. Niet zelflerend. Modellen: {models}.",
        "provider": f"Raadwijzer {__version__} (open source, MIT)",
        "publiccode": "",
        "lang": "nld",
        "standard_version": "1.0",
        "source_id": "",
        "tags": "gemeenteraad, raadsstukken, schriftelijke vragen, zoeken, bronvermelding",
    }
