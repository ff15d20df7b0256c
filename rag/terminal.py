"""What people read in a terminal. Pure printing: results to stdout, progress and problems to stderr."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.phrases import NOTICE, count, shorten
from rag.phrases import documents as counted
from rag.types import Answer, Citation, Document, DocumentInfo, Hit, Link, Passage

if TYPE_CHECKING:
    from rag.doctor import Examination
    from rag.store.mentions import Mention

MOST_NAMED = 20  # files that moved

Advance = Callable[[int, int], None]  # (done, total); total 0 while unknown


def say(text: str) -> None:
    """A line of result."""
    print(text)


def print_json(value: dict[str, Any]) -> None:
    """One line of JSON on stdout."""
    print(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode(), flush=True)


def problem(text: str) -> None:
    """A warning or an error."""
    print(text, file=sys.stderr)


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """A progress bar on stderr, with rate and time left; nothing at all when stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    left = (TextColumn("nog"), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, *left)
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")

        def advance(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f}/s".replace(",", ".") if speed else ""
            bar.update(task, completed=done, total=total or None, rate=rate)

        yield advance


def print_answer(answer: Answer) -> None:
    """An answer with its sources, or what was found instead."""
    if answer.understood:
        say(f"Begrepen als: {answer.understood}\n")
    say(fill(answer.text))
    for part in answer.unanswered:
        say("\n" + fill(f"Op dit deel van de vraag vond ik geen antwoord: {part}."))
    if answer.answered:
        say("")
        for citation in answer.citations:
            _print_citation(citation)
        say(f"\nZekerheid: {_percent(answer.confidence)}. {NOTICE}")
    elif answer.nearest:
        say("\nDit vond ik wél:\n")
        print_hits(answer.nearest[:3])
    if answer.dropped:
        dropped = count(len(answer.dropped), "zin", "zinnen")
        problem(f"{dropped} van het taalmodel niet getoond: geen bewijs in de bronnen.")


def print_hits(hits: Sequence[Hit]) -> None:
    """Passages, best first."""
    if not hits:
        say("Niets gevonden.")
    for hit in hits:
        say(f"{hit.rank}. {_source(hit.document, hit.passage)}  ({hit.score:.2f})")
        say(f"   {hit.document.path}")
        say(fill(shorten(hit.passage.text, 320), "   "))
        for place in hit.also_in:
            say(f"   Staat ook in {place.document}")
        say("")


def print_document(document: Document, links: Sequence[Link] = ()) -> None:
    """The fields of a document, the documents it belongs with, and its parts."""
    people = ", ".join(p.name + (f" ({p.party})" if p.party not in (None, p.name) else "") for p in document.askers)
    answered = ", ".join(p.name for p in document.answered_by)
    fields = {
        "Titel": document.title,
        "Soort": document.kind,
        "Gevraagd": document.date_asked,
        "Datum": document.date,
        ("Vragen van" if document.exchanges else "Ingediend door"): people,
        ("Antwoord van" if document.exchanges else "Afzender"): answered,
        "Sprekers": ", ".join(p.name + (f" ({p.party})" if p.party else "") for p in document.speakers),
        "Uitslag": document.outcome,
        "Nummers": ", ".join(document.references),
        "Bron": " ".join(document.sources),
        "Let op": "; ".join(document.remarks),
    }
    for name, value in fields.items():
        if value:
            say(fill(f"{name + ':':15}{value}", "", " " * 15))
    for link in links:
        reference = f" ({link.reference})" if link.reference else ""
        say(fill(f"{link.relation.capitalize() + ':':15}{link.title} — {link.document}{reference}", "", " " * 15))
    for exchange in document.exchanges:
        label = "Vraag " + _numbers(exchange.numbers)
        say(f"\n{label}\n{'-' * len(label)}")
        for span in (*exchange.questions, *exchange.answers):
            say(_paragraphs(document.text[span.start : span.end]))
            say("")
    if not document.exchanges:
        say("\n" + _paragraphs(document.text))


def print_report(report: Any, index: str) -> None:  # noqa: ANN401 - IndexReport, imported late
    """What indexing did; files that could not be read go to stderr."""
    for path, reason in report.failed:
        problem(f"Niet gelezen: {path}: {reason}")
    for old, new in report.moved[:MOST_NAMED]:
        say(f"Verplaatst: {old} heet nu {new}")
    documents = report.added + report.changed + report.unchanged + len(report.moved)
    counts = {
        "nieuw": report.added,
        "gewijzigd": report.changed,
        "verplaatst": len(report.moved),
        "verwijderd": report.removed,
        "ongewijzigd": report.unchanged,
        "niet gelezen": len(report.failed),
        "overgeslagen": len(report.skipped),
    }
    always = ("nieuw", "gewijzigd", "verwijderd", "ongewijzigd", "niet gelezen")
    listed = ", ".join(f"{number} {name}" for name, number in counts.items() if number or name in always)
    passages = count(report.passages, "passage", "passages")
    say(f"{index}: {counted(documents)}, {passages} ({listed}) in {report.seconds:.1f} s")


def print_mentions(mentions: Sequence[Mention], name: str) -> None:
    """The documents that name a person, numbered, with how they do."""
    asked, answered = sum(m.asked for m in mentions), sum(m.answered for m in mentions)
    times = sum(m.times for m in mentions)
    named = count(len(mentions), "document noemt", "documenten noemen")
    say(
        f"{named} {name}: {asked} als vraagsteller, {answered} als beantwoorder, samen "
        f"{times} keer in de tekst of de bestandsnaam."
    )
    for number, mention in enumerate(mentions, 1):
        roles = [role for role, is_so in (("vraagsteller", mention.asked), ("beantwoorder", mention.answered)) if is_so]
        how = ", ".join([*roles, f"{mention.times} keer"])
        say(f"{number:>4}. {mention.path} — {shorten(mention.title, 70) or 'niet gelezen'} ({how})")


def print_going(documents: Sequence[tuple[str, str]], opinions: int) -> None:
    """What ``raadwijzer remove`` would take out: (path, title), and a number of opinions."""
    say("Dit gaat uit de index, met alle exacte kopieën:" if documents else "Uit de index gaat niets.")
    for path, title in documents:
        say(f"  {path}{f' — {shorten(title, 70)}' if title else ' (niet gelezen)'}")
    say(f"Oordelen van gebruikers die weggaan: {opinions}.")


def print_gone(documents: int, opinions: int) -> None:
    """What ``raadwijzer remove`` did, and what it cannot do."""
    said = (
        f"Verwijderd: {counted(documents)} en {count(opinions, 'oordeel', 'oordelen')}. Wat verwijderd is, komt niet "
        "terug als u de map opnieuw indexeert. De bestanden zelf staan nog in uw map. Staat er op de pagina een "
        "gesprek open? Dat verdwijnt als u de pagina opnieuw start."
    )
    say(fill(said))


def print_examination(report: Examination) -> None:
    """The findings of ``raadwijzer doctor``."""
    for finding in report.findings:
        say(f"{'✓' if finding.fine else '✗' if finding.needed else '–'} {finding.what}: {finding.state}")
        if finding.advice:
            say(fill(f"→ {finding.advice}", "    ", "      "))
    say("\nRaadwijzer kan antwoorden." if report.can_answer else "\nRaadwijzer kan nog niet antwoorden.")


def print_models(models: Sequence[Any], used: str) -> None:
    """The catalogue of language models."""
    for model in models:
        size, memory = (f"{gigabytes:5.1f} GB".replace(".", ",") for gigabytes in (model.size_gb, model.memory_gb))
        say(f"{model.name:28} {size}  {memory} geheugen  {model.licence}")
        say(fill(model.remark, "    "))
    say(f"\nIn gebruik: {used or 'geen; antwoorden bestaan uit letterlijke zinnen'}")


def print_check(report: Any) -> None:  # noqa: ANN401 - catalog's own value, imported late
    """What is known of a model file."""
    for name, value in report.fields().items():
        say(f"{name + ':':18}{value}")


def _print_citation(citation: Citation) -> None:
    say(f"[{citation.marker}] {_source(citation, citation)}")
    page = f"pagina {citation.page}, " if citation.page else ""
    say(f"    {citation.document}, {page}tekens {citation.start}–{citation.end}")
    for place in citation.also_in:
        say(f"    Staat ook in {place.document}")


def _source(document: DocumentInfo | Citation, part: Passage | Citation) -> str:
    """The document and which part of it: "vraag 4", "Verzoek", "Punt 3: Subsidie jongerenwerk"."""
    asked = f"gevraagd op {document.date_asked}" if document.date_asked else "zonder datum"
    parts = [shorten(document.title, 90), document.date or asked]
    questions = part.questions
    if questions and questions[0] != "*":
        within = f" ({part.label})" if part.label else ""
        parts.append(("vraag " if len(questions) == 1 else "vragen ") + _numbers(questions) + within)
    elif part.label:
        parts.append(shorten(part.label, 60))
    return " — ".join(parts)


def _numbers(numbers: Sequence[str]) -> str:
    return " en ".join(filter(None, [", ".join(numbers[:-1]), numbers[-1]])) if numbers else ""


def _percent(share: float) -> str:
    return f"{round(100 * share)}%"


def _paragraphs(text: str) -> str:
    return "\n".join(fill(line) if line.strip() else "" for line in text.splitlines())


def fill(text: str, first: str = "", rest: str | None = None) -> str:
    """A text in lines that fit the terminal, the first and the others begun with these."""
    width = max(40, min(100, shutil.get_terminal_size().columns))
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
