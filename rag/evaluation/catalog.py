"""The figures of a run by name: what each is called in Dutch, what it means, and which way is better.

The definitions and their sources stand with the functions in measures.py and statistics.py; this is what a reader of
the report sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "count", "ms", "tokens"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure. ``per_question`` tells whether every question has a score of its own, so that runs can be paired."""

    key: str
    label: str
    explain: str
    unit: Unit = "share"
    better: Literal["high", "low"] = "high"
    per_question: bool = True
    group: Literal["search", "answer", "citation", "silence", "steady", "speed"] = "search"


GROUPS = {
    "search": "Zoeken",
    "answer": "Antwoorden",
    "citation": "Bronnen",
    "silence": "Zwijgen en zekerheid",
    "steady": "Betrouwbaar gedrag",
    "speed": "Snelheid",
}

MEASURES: tuple[Measure, ...] = (
    Measure("recall@1", "Recall@1", "De bovenste passage is een goede vindplaats."),
    Measure("recall@3", "Recall@3", "Een goede vindplaats staat bij de eerste 3 passages."),
    Measure("recall@5", "Recall@5", "Een goede vindplaats staat bij de eerste 5 passages."),
    Measure("recall@10", "Recall@10", "Een goede vindplaats staat bij de eerste 10 passages."),
    Measure("recall@20", "Recall@20", "Een goede vindplaats staat bij de eerste 20 passages."),
    Measure(
        "mrr", "MRR", "Hoe hoog de eerste goede vindplaats staat: 1 is bovenaan, 0,5 is tweede, 0 is niet gevonden."
    ),
    Measure("ndcg@10", "nDCG@10", "Hoe goed de eerste 10 passages op volgorde staan."),
    Measure("all_facts", "Alle feiten", "Het antwoord noemt alle gevraagde feiten.", group="answer"),
    Measure("facts", "Feiten", "Deel van de gevraagde feiten dat in het antwoord staat.", group="answer"),
    Measure("right", "Goede uitkomst", "Alle feiten genoemd, of gezwegen waar de stukken zwijgen.", group="answer"),
    Measure(
        "proven", "Bewezen feiten", "Het feit staat in een zin die naar de goede vindplaats verwijst.", group="citation"
    ),
    Measure(
        "citation_recall",
        "Bewering gedekt",
        "De bronnen bij een bewering dekken die bewering (ALCE).",
        group="citation",
    ),
    Measure("citation_precision", "Bron nodig", "Een bron draagt bij aan zijn bewering (ALCE).", group="citation"),
    Measure(
        "on_gold",
        "Bron op de goede plaats",
        "Een bron wijst naar een vooraf vastgestelde vindplaats.",
        group="citation",
    ),
    Measure(
        "in_passage",
        "Bron uit de goede passage",
        "Een bron komt uit een vraag met antwoord waar het gevraagde staat.",
        group="citation",
    ),
    Measure("exact", "Citaat letterlijk", "Het citaat staat teken voor teken in het document.", group="citation"),
    Measure(
        "unsupported",
        "Getallen zonder bron",
        "Getallen in een antwoord die niet in de bron staan.",
        "count",
        "low",
        group="citation",
    ),
    Measure(
        "refusal_precision",
        "Terecht gezwegen",
        "Van de keren dat werd gezwegen: hoe vaak terecht.",
        per_question=False,
        group="silence",
    ),
    Measure(
        "refusal_recall",
        "Gezwegen waar dat moest",
        "Van de vragen zonder antwoord: hoe vaak werd gezwegen.",
        per_question=False,
        group="silence",
    ),
    Measure(
        "refusal_f1",
        "Zwijgen, F1",
        "Zwijgt het waar dat moet, en alleen daar? Eén getal voor beide.",
        per_question=False,
        group="silence",
    ),
    Measure(
        "wrongly_refused",
        "Ten onrechte gezwegen",
        "Van de vragen mét antwoord: hoe vaak werd gezwegen.",
        better="low",
        per_question=False,
        group="silence",
    ),
    Measure(
        "auroc",
        "AUROC",
        "Kans dat een vraag met antwoord een hogere zekerheid krijgt dan een vraag zonder.",
        per_question=False,
        group="silence",
    ),
    Measure(
        "aurc",
        "AURC",
        "Gemiddeld foutdeel als steeds de zekerste vragen worden beantwoord.",
        better="low",
        per_question=False,
        group="silence",
    ),
    Measure(
        "ece",
        "IJkfout (ECE)",
        "Hoe ver de zekerheid gemiddeld van de werkelijkheid ligt.",
        better="low",
        per_question=False,
        group="silence",
    ),
    Measure("repeated", "Zelfde antwoord bij herhalen", "Elke keer precies hetzelfde antwoord.", group="steady"),
    Measure(
        "shuffled",
        "Zelfde antwoord bij andere volgorde",
        "Hetzelfde antwoord als de stukken in een andere volgorde zijn ingelezen.",
        group="steady",
    ),
    Measure(
        "robust",
        "Goed gebleven bij andere woorden",
        "Van de goed beantwoorde vragen: hoe vaak blijft het antwoord goed met typefouten of andere woorden.",
        per_question=False,
        group="steady",
    ),
    Measure(
        "search_p50",
        "Zoeken, mediaan",
        "De helft van de vragen is zo snel doorzocht.",
        "ms",
        "low",
        per_question=False,
        group="speed",
    ),
    Measure(
        "search_p95",
        "Zoeken, 95%",
        "95% van de vragen is zo snel doorzocht.",
        "ms",
        "low",
        per_question=False,
        group="speed",
    ),
    Measure(
        "answer_p50",
        "Antwoord, mediaan",
        "De helft van de vragen is zo snel beantwoord.",
        "ms",
        "low",
        per_question=False,
        group="speed",
    ),
    Measure(
        "answer_p95",
        "Antwoord, 95%",
        "95% van de vragen is zo snel beantwoord.",
        "ms",
        "low",
        per_question=False,
        group="speed",
    ),
    Measure(
        "prompt_tokens",
        "Tokens in de opdracht",
        "Gemiddelde lengte van wat het taalmodel leest.",
        "tokens",
        "low",
        per_question=False,
        group="speed",
    ),
)
BY_KEY = {measure.key: measure for measure in MEASURES}

KIND_LABELS = {
    "fact": "feit",
    "number": "getal",
    "yesno": "ja of nee",
    "why": "waarom of hoe",
    "list": "opsomming",
    "metadata": "gegevens van het stuk",
    "crossref": "verwijzing",
    "multi": "meer stukken",
    "duplicate": "antwoord in twee stukken",
    "near-miss": "zonder antwoord: net niet",
    "false-premise": "zonder antwoord: onwaar",
    "off-topic": "zonder antwoord: anders",
    "feedback": "van een gebruiker",
}
VOICE_LABELS = {
    "councillor": "raadslid",
    "resident": "inwoner",
    "official": "ambtenaar",
    "keywords": "trefwoorden",
    "typos": "met typefouten",
}
FAILURE_LABELS = {
    "right": "goed",
    "incomplete": "onvolledig of onjuist",
    "not_chosen": "gevonden, niet gekozen",
    "dropped": "gekozen, weggelaten",
    "not_found": "niet gevonden",
    "refused_wrongly": "ten onrechte gezwegen",
    "answered_wrongly": "ten onrechte beantwoord",
    "error": "technische fout",
}
FAILURE_EXPLAINS = {
    "right": "Alle gevraagde feiten staan in het antwoord, of er is terecht gezwegen.",
    "incomplete": "Het antwoord wijst naar de goede plaats, maar mist een gevraagd feit.",
    "not_chosen": "De goede passage is gevonden, maar het antwoord haalt iets anders aan.",
    "dropped": "De zin met het feit is geschreven, maar bij de controle weggelaten.",
    "not_found": "De goede passage staat niet bij de eerste 10.",
    "refused_wrongly": "De stukken geven antwoord, maar er is gezwegen.",
    "answered_wrongly": "De stukken geven geen antwoord, maar er is toch geantwoord.",
    "error": "De vraag liep vast; alle cijfers van deze vraag zijn nul.",
}
