"""What this Raadwijzer is made of: models, contents, figures. Gathered once per request; knows no HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.config import ROOT, Config
from rag.errors import RaadwijzerError
from rag.evaluation.catalog import BY_KEY
from rag.store.milvus import Place, place_of
from rag.web.backend import Backend

BASELINE = ROOT / "eval" / "baseline.json"
TO_FILL_IN = "In te vullen door uw organisatie"
LABELS = {  # in words for everyone; eval/ has the names that the field uses
    "recall@1": ("Goede plek bovenaan", "De plek die bovenaan staat, geeft het antwoord."),
    "recall@5": ("Goede plek bij de eerste vijf", "Een van de eerste vijf plekken geeft het antwoord."),
    "mrr": ("Hoogte van de goede plek", "100% is altijd bovenaan, 50% is gemiddeld op de tweede plaats."),
    "all_facts": ("Alle feiten", "Het antwoord noemt alles waar de vraag om vroeg."),
    "proven": ("Bewezen feiten", "Het gevraagde feit staat in een zin met een goede bron."),
    "citation_recall": ("Elke zin heeft bewijs", "De bronnen bij een zin dekken wat er staat."),
    "citation_precision": ("Geen bron te veel", "Elke bron draagt bij aan de zin waar hij bij staat."),
    "in_passage": ("Bron van de goede plek", "De bron is de plek waar het gevraagde echt staat."),
    "silent_rightly": ("Gezwegen waar dat moest", "Geen antwoord als de stukken dat ook niet geven."),
    "spoken_rightly": ("Gesproken waar dat kon", "Wél een antwoord als de stukken dat geven."),
}


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
    documents: int
    questions: int
    failures: tuple[tuple[str, str], ...]
    index: str
    indexed_on: str | None
    figures: tuple[tuple[str, str, float], ...]
    figures_of: str
    feedback_file: str
    language_model: str
    problem: str = ""
    searched_in: str = ""  # where words and meaning are searched, when that is not in the folder of the index
    elsewhere: bool = False  # that is another computer
    llm_mode: str = "auto"  # what the language model does: schrijven, kiezen, or auto (by its size)


def facts_of(backend: Backend, feedback_file: Path) -> Facts:
    """The facts of the running program; an index that cannot be opened is told, not hidden."""
    documents, questions = 0, 0
    failures: Sequence[tuple[str, str]] = ()
    problem = ""
    place: Place | None = None
    try:
        place = place_of(backend.config) if backend.config.store == "milvus" else None
        assistant = backend.assistant()
        counted, failures = assistant.facets(), assistant.failures()
        documents, questions = counted.documents, counted.questions
    except RaadwijzerError as error:
        problem = str(error)
    figures, figures_of = _figures(BASELINE)
    return Facts(
        models=models_of(backend.config),
        documents=documents,
        questions=questions,
        failures=tuple(failures),
        index=backend.index,
        indexed_on=indexed_on(Path(backend.index)),
        figures=figures,
        figures_of=figures_of,
        feedback_file=str(feedback_file),
        language_model=Path(backend.config.llm_path).name if backend.config.llm_answers else "",
        problem=problem,
        searched_in=place.shown if place else "",
        elsewhere=place is not None and not place.here,
        llm_mode=backend.config.llm_mode,
    )


def by_model(facts: Facts) -> str:
    """What the language model does for an answer, in a sentence; empty without one."""
    chooses = "kiest zinnen uit de documenten, die letterlijk worden overgenomen"
    writes = "schrijft het antwoord; elke zin wordt daarna gecontroleerd"
    does = {"kiezen": chooses, "schrijven": writes}.get(facts.llm_mode, f"{chooses}, of {writes}")
    return f"Het taalmodel {facts.language_model} {does}." if facts.language_model else ""


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
        ("Nalezen van de beste zinnen", config.cross_encoder_path),
    )
    cards = [ModelCard(purpose, Path(path).name, _card(Path(path))) for purpose, path in folders if path]
    if config.llm_answers and config.llm_path:
        path = Path(config.llm_path)
        cards.append(ModelCard("Taalmodel dat het antwoord maakt", path.name, _card(path.parent)))
    return tuple(cards)


def _card(folder: Path) -> str:
    file = folder / "README.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _figures(file: Path) -> tuple[tuple[tuple[str, str, float], ...], str]:
    if not file.is_file():
        return (), ""
    baseline: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    labels = {key: (measure.label, measure.explain) for key, measure in BY_KEY.items()} | LABELS
    figures = tuple((*labels.get(key, (key, "")), float(value)) for key, value in baseline["figures"].items())
    about = baseline["about"]
    return figures, f"versie {about['version']}, {'zonder' if about['answerer'] == 'extractive' else 'met'} taalmodel"


def percentage(share: float) -> str:
    """For example "88,2%"."""
    return f"{100 * share:.1f}%".replace(".", ",")
