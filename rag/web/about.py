"""What this Raadwijzer is: models, contents, figures, limits, privacy, and the fields of the algoritmeregister. Pure.

``facts_of`` gathers ``Facts`` from the running configuration, once per request; the rest makes HTML or JSON of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag import __version__
from rag.config import ROOT, Config
from rag.errors import RaadwijzerError
from rag.evaluation.catalog import BY_KEY
from rag.types import DocumentInfo
from rag.web import wording
from rag.web.backend import Backend
from rag.web.html import Html, join, tag

BASELINE = ROOT / "eval" / "baseline.json"
TO_FILL_IN = "In te vullen door uw organisatie"
EXTRA_LABELS = {
    "silent_rightly": ("Gezwegen waar dat moest", "Geen antwoord als de stukken dat ook niet geven."),
    "spoken_rightly": ("Gesproken waar dat kon", "Wél een antwoord als de stukken dat geven."),
}
LIMITS = (
    "Raadwijzer weet alleen wat in de geladen documenten staat. Wat niet geladen is, kan het niet vinden.",
    "Zonder taalmodel neemt Raadwijzer zinnen letterlijk over. Het vat niet samen en trekt geen conclusies.",
    "Raadwijzer kan een zin kiezen die niet precies op uw vraag slaat. Lees daarom altijd de bron erbij.",
    "Raadwijzer rekent niet: het telt geen bedragen of aantallen op uit verschillende stukken.",
    "Raadwijzer kan zeggen dat er geen antwoord is terwijl het er wel staat. Kijk dan bij ‘Dit vond ik wél’.",
    "Een nieuwer stuk kan een ouder antwoord achterhalen. Raadwijzer waarschuwt daarvoor als het dat ziet.",
)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model in use: what it is for, its name, and the text of its card (Markdown, empty when it has none)."""

    purpose: str
    name: str
    card: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page about Raadwijzer says. ``figures`` are (label, meaning, share)."""

    models: tuple[ModelCard, ...]
    documents: tuple[DocumentInfo, ...]
    failures: tuple[tuple[str, str], ...]
    index: str
    indexed_on: str | None
    figures: tuple[tuple[str, str, float], ...]
    figures_of: str
    feedback_file: str
    language_model: str
    problem: str = ""


def facts_of(backend: Backend, feedback_file: Path) -> Facts:
    """The facts of the running program; an index that cannot be opened is told, not hidden."""
    documents: Sequence[DocumentInfo] = ()
    failures: Sequence[tuple[str, str]] = ()
    problem = ""
    try:
        documents, failures = backend.assistant().documents(), backend.assistant().failures()
    except RaadwijzerError as error:
        problem = str(error)
    figures, figures_of = _figures(BASELINE)
    return Facts(
        models=models_of(backend.config),
        documents=tuple(documents),
        failures=tuple(failures),
        index=backend.index,
        indexed_on=indexed_on(Path(backend.index)),
        figures=figures,
        figures_of=figures_of,
        feedback_file=str(feedback_file),
        language_model=Path(backend.config.llm).name if backend.config.llm else "",
        problem=problem,
    )


def indexed_on(index: Path) -> str | None:
    """The day on which the index was last brought up to date, as an ISO date."""
    file = index / "current"
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat() if file.is_file() else None


def models_of(config: Config) -> tuple[ModelCard, ...]:
    """The models that the configuration names, with the card that lies beside each."""
    folders = (
        ("Betekenis van woorden en zinnen", config.embedder_path),
        ("Volgorde van wat gevonden is", config.reranker_path),
        ("Keuze van de zinnen, en of er een antwoord is", config.evidence_path),
    )
    cards = [ModelCard(purpose, Path(path).name, _card(Path(path))) for purpose, path in folders if path]
    if config.llm:
        cards.append(ModelCard("Taalmodel dat het antwoord schrijft", Path(config.llm).name, ""))
    return tuple(cards)


def _card(folder: Path) -> str:
    file = folder / "README.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _figures(file: Path) -> tuple[tuple[tuple[str, str, float], ...], str]:
    if not file.is_file():
        return (), ""
    baseline: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    labels = {key: (measure.label, measure.explain) for key, measure in BY_KEY.items()} | EXTRA_LABELS
    figures = tuple((*labels.get(key, (key, "")), float(value)) for key, value in baseline["figures"].items())
    about = baseline["about"]
    return figures, f"versie {about['version']}, {'zonder' if about['answerer'] == 'extractive' else 'met'} taalmodel"


def about_html(facts: Facts) -> Html:
    """The page."""
    return join(
        tag("h1", "Over Raadwijzer"),
        tag(
            "p",
            "Raadwijzer zoekt in raadsstukken en geeft een kort antwoord met bronnen. Het draait helemaal op deze "
            "computer.",
            class_="inleiding",
        ),
        tag("p", "Antwoorden zijn door een computer gemaakt. Controleer ze in de bronnen.", class_="melding"),
        tag("p", facts.problem, class_="melding fout") if facts.problem else None,
        _section("Wat erin zit", _contents(facts)),
        _section("Wat Raadwijzer niet kan", tag("ul", [tag("li", one) for one in LIMITS], class_="lijst")),
        _section("Hoe goed het werkt", _quality(facts)),
        _section("Modellen", _models(facts)),
        _section("Privacy", _privacy(facts)),
        _section("Algoritmeregister", _register()),
        tag("p", f"Raadwijzer versie {__version__}.", class_="klein"),
    )


def _section(title: str, *body: Html | None) -> Html:
    return tag("section", tag("h2", title), join([one for one in body if one]), class_="over")


def _contents(facts: Facts) -> Html:
    asked = sum(info.questions for info in facts.documents)
    rows = [
        ("Documenten", join(str(len(facts.documents)), " (", tag("a", "bekijk de lijst", href="/documenten"), ")")),
        ("Vragen en antwoorden", join(str(asked))),
        ("Niet gelezen", join(str(len(facts.failures)))),
        ("Bijgewerkt", join(wording.date(facts.indexed_on) if facts.indexed_on else "nog niet")),
        ("Map van de index", join(facts.index)),
    ]
    return tag("dl", [join(tag("dt", name), tag("dd", said)) for name, said in rows], class_="feiten")


def _quality(facts: Facts) -> Html:
    if not facts.figures:
        return tag("p", "De meetresultaten zijn niet meegeleverd. Meet zelf met: raadwijzer eval run.")
    rows = [
        tag("tr", tag("th", label, scope="row"), tag("td", explain), tag("td", percentage(value), class_="getal"))
        for label, explain, value in facts.figures
    ]
    return join(
        tag(
            "p",
            f"Gemeten met vragen die niet zijn gebruikt bij het maken van Raadwijzer ({facts.figures_of}). "
            "Hoger is beter.",
        ),
        tag("table", tag("caption", "Meetresultaten", class_="verborgen"), tag("tbody", rows), class_="cijfers"),
        tag("p", "Meet het zelf op uw eigen documenten met: raadwijzer eval run."),
    )


def percentage(share: float) -> str:
    """For example "88,2%"."""
    return f"{100 * share:.1f}%".replace(".", ",")


def _models(facts: Facts) -> Html:
    intro = (
        f"Antwoorden worden geschreven door het taalmodel {facts.language_model} en daarna gecontroleerd."
        if facts.language_model
        else "Er is geen taalmodel ingesteld: antwoorden bestaan uit letterlijke zinnen."
    )
    cards = [
        tag(
            "details",
            tag("summary", f"{one.purpose}: {one.name}"),
            tag(
                "pre",
                one.card or "Bij dit model is geen kaart meegeleverd.",
                lang="en" if one.card else None,
                tabindex=0,
            ),
            class_="modelkaart",
        )
        for one in facts.models
    ]
    return join(tag("p", intro), cards)


def _privacy(facts: Facts) -> Html:
    lines = (
        "Uw vragen, de documenten en de antwoorden gaan nooit naar een andere computer.",
        "Uw gesprek staat alleen in het geheugen van Raadwijzer. Het is weg als u op ‘Wis dit gesprek’ drukt of "
        "Raadwijzer stopt. Uw browser bewaart één cookie tot u hem sluit, om uw gesprek terug te vinden.",
        f"Een oordeel dat u geeft, wordt met de vraag en het antwoord bewaard in {facts.feedback_file}. U kunt alle "
        "oordelen bekijken en wissen op de bladzijde met oordelen.",
        f"De tekst van de documenten staat in de map {facts.index}. Haal een document weg door het uit uw map te halen "
        "en de index bij te werken met: raadwijzer index MAP.",
    )
    return join(
        tag("ul", [tag("li", line) for line in lines], class_="lijst"),
        tag("p", tag("a", "Bekijk of wis de oordelen", href="/oordelen")),
    )


def _register() -> Html:
    return join(
        tag(
            "p",
            "De velden voor het algoritmeregister zijn ingevuld voor deze opstelling. Wat uw organisatie zelf moet "
            f"invullen, is aangegeven met ‘{TO_FILL_IN}’.",
        ),
        tag("p", tag("a", "Download de velden (JSON)", href="/algoritmeregister.json", download=True, class_="los")),
    )


def register(facts: Facts) -> str:
    """The fields of the Dutch algoritmeregister (publicatiestandaard 1.0), as JSON."""
    models = "; ".join(f"{one.purpose.lower()}: {one.name}" for one in facts.models)
    fields = {
        "standard_version": "1.0",
        "name": "Raadwijzer",
        "organization": TO_FILL_IN,
        "department": TO_FILL_IN,
        "description_short": "Beantwoordt vragen over raadsstukken met zinnen uit die stukken, elk met een bron.",
        "type": "Zoeken en beantwoorden met bronvermelding" + (", met taalmodel" if facts.language_model else ""),
        "theme": "Bestuur",
        "category": "Overige algoritmes",
        "status": TO_FILL_IN,
        "begin_date": TO_FILL_IN,
        "contact_email": TO_FILL_IN,
        "goal": "Raadsleden en medewerkers vinden sneller wat er over een onderwerp is gevraagd en geantwoord.",
        "impact": "Geen besluiten over personen. Een fout antwoord kan een lezer op het verkeerde been zetten.",
        "proportionality": "Elk citaat is letterlijk in de bron terug te vinden; zonder bron komt er geen antwoord.",
        "human_intervention": "Een mens leest het antwoord en controleert het in de bron. " + wording.NOTICE,
        "risk_management": "Controle van elk citaat, melding als er geen antwoord is, meting met een vaste vragenset, "
        "en oordelen van gebruikers die alleen lokaal worden bewaard.",
        "legal_base": TO_FILL_IN,
        "impacttoetsen": TO_FILL_IN,
        "source_data": f"{wording.count(len(facts.documents), 'document', 'documenten')} in de map van de index, "
        f"bijgewerkt op {wording.date(facts.indexed_on)}. Er kunnen namen van raadsleden en bestuurders in staan.",
        "methods_and_models": f"Zoeken op woorden (BM25) en op betekenis, daarna ordenen en zinnen kiezen. {models}. "
        + (f"Taalmodel: {facts.language_model}." if facts.language_model else "Geen taalmodel."),
        "performance": {label: round(value, 4) for label, _, value in facts.figures},
        "provider": "Raadwijzer (open source, MIT)",
        "version": __version__,
        "lang": "NLD",
    }
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
