"""The command line of contract.md: arguments in, text or JSON out. Knows no search; ``rag/assistant.py`` does the work.

Human text goes to stdout in Dutch, progress and warnings to stderr; with ``--json`` stdout holds JSON only. Exit
status: 0 done, 1 done in part or impossible for a technical reason, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag import __version__, terminal, upkeep
from rag.arguments import DutchParser, command, config_of, shown_arguments
from rag.errors import QuestionError, RaadwijzerError, UsageError

PROGRAM = "raadwijzer"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    _speak_utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["eval"]:
            from rag.evaluation.cli import main as evaluate

            return evaluate(arguments[1:])
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.run
        return command(options)
    except RaadwijzerError as error:
        terminal.problem(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        terminal.problem("Gestopt.")
        return 130
    except BrokenPipeError:  # the reader of our output went away ("raadwijzer … | head")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# --- commands ---------------------------------------------------------------------------------------------------


def _search(options: argparse.Namespace) -> int:
    from rag import api

    if options.k < 1:
        raise UsageError("Het aantal resultaten (-k) moet 1 of meer zijn.")
    filters = _filters(options)
    _need_question_or_batch(options)
    assistant = _assistant(options)
    if options.batch:
        return _batch(
            options.batch,
            lambda request, question: api.search_json(
                question, assistant.search(question, options.k, filters), request
            ),
        )
    hits = assistant.search(options.question, options.k, filters)
    if options.json:
        terminal.print_json(api.search_json(options.question, hits))
    else:
        terminal.print_hits(hits)
    return 0


def _ask(options: argparse.Namespace) -> int:
    from rag import api

    filters = _filters(options)
    _need_question_or_batch(options)
    assistant = _assistant(options)
    if options.batch:
        return _batch(options.batch, lambda id_, q: api.answer_json(assistant.ask(q, filters=filters), id_))
    answer = assistant.ask(options.question, filters=filters)
    if options.json:
        terminal.print_json(api.answer_json(answer))
    else:
        terminal.print_answer(answer)
    return 0


def _show(options: argparse.Namespace) -> int:
    from rag import api
    from rag.passages import passages

    assistant = _assistant(options)
    document, links = assistant.document(options.document), assistant.links(options.document)
    if options.text:
        sys.stdout.write(document.text)
    elif options.json:
        terminal.print_json(api.document_json(document, passages(document), links))
    else:
        terminal.print_document(document, links)
    return 0


def _app(options: argparse.Namespace) -> int:
    from rag.web.server import serve

    serve(config_of(options), options.host, options.port)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from rag.doctor import examine

    report = examine(config_of(options))
    terminal.print_examination(report)
    return 0 if report.can_answer else 1


def _models(options: argparse.Namespace) -> int:
    from rag.answering import catalog
    from rag.config import settings_file

    if options.action != "list" and not options.model:
        raise UsageError(f"Geef een naam of een bestand op: {PROGRAM} models {options.action} NAAM")
    config, folder = config_of(options), Path(options.folder)
    if options.action == "list":
        terminal.print_models(catalog.offered(), config.llm_path if config.llm_answers else "")
    elif options.action == "pull":
        with terminal.progress("Ophalen") as advance:
            path = catalog.pull(options.model, folder, advance)
        terminal.say(f"Opgehaald: {path}. Neem het in gebruik met: {PROGRAM} models use {path}")
    elif options.action == "use":
        settings = catalog.use(options.model, settings_file(options.config), folder)
        terminal.say(f"{options.model} is nu het taalmodel (vastgelegd in {settings}).")
    else:
        terminal.print_check(catalog.check(options.model, folder))
    return 0


# --- batches ------------------------------------------------------------------------------------------------------


def _batch(file: str, answer: Callable[[str | None, str], dict[str, Any]]) -> int:
    """One JSON line out per line in; a bad line gives a result with ``error`` and the rest goes on."""
    from rag import api

    status = 0
    for line in _lines(file):
        request: str | None = None
        try:
            value = _json(line)
            request = None if value.get("id") is None else str(value["id"])
            result = answer(request, _question(value))
        except RaadwijzerError as error:
            result, status = api.error_json(request, str(error)), 1
        terminal.print_json(result)
    return status


def _lines(file: str) -> Iterator[str]:
    try:
        with Path(file).open(encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield from (line for line in lines if line.strip())
    except OSError as error:
        raise UsageError(f"Het bestand {file} kan niet worden gelezen: {error.strerror}.") from error


def _json(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:  # no JSON, a number too long to read, or nested too deep
        raise QuestionError("Deze regel is geen geldige JSON.") from error
    if not isinstance(value, dict):
        raise QuestionError('Deze regel is geen vraag: verwacht {"id": "…", "q": "…"}.')
    return value


def _question(value: dict[str, Any]) -> str:
    question = value.get("q")
    if not isinstance(question, str):
        raise QuestionError('Deze regel heeft geen vraag: verwacht {"id": "…", "q": "…"}.')
    return question


# --- arguments ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = DutchParser(
        prog=PROGRAM,
        description="Antwoord op vragen over raadsstukken, met bewezen citaten, op uw eigen computer.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}", help="toon de versie")
    commands = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)

    upkeep.add_index(commands)

    search = command(commands, "search", _search, "zoek passages")
    _question_arguments(search)
    search.add_argument("-k", type=int, default=10, metavar="AANTAL", help="hoeveel passages (standaard 10)")

    ask = command(commands, "ask", _ask, "stel een vraag")
    _question_arguments(ask)
    ask.add_argument("--answerer", choices=("auto", "extractive", "llm"), help="wie het antwoord maakt")

    show = command(commands, "show", _show, "toon een document zoals het is geïndexeerd")
    show.add_argument("document", metavar="DOCUMENT", help="het pad zoals 'search' het noemt")
    shown_arguments(show)
    form = show.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="alleen de tekst, teken voor teken")
    form.add_argument("--json", action="store_true", help="alles, als JSON")

    upkeep.add_documents(commands)
    upkeep.add_remove(commands)

    app = command(commands, "app", _app, "start de pagina")
    app.add_argument("--host", default="127.0.0.1", metavar="ADRES", help="standaard 127.0.0.1: alleen deze computer")
    app.add_argument("--port", type=int, default=7860, metavar="POORT", help="standaard 7860")
    shown_arguments(app)

    models = command(commands, "models", _models, "taalmodellen: bekijken, ophalen, kiezen, controleren")
    models.add_argument("action", choices=("list", "pull", "use", "check"), metavar="list|pull|use|check")
    models.add_argument("model", nargs="?", metavar="NAAM", help="een naam uit de lijst, of een GGUF-bestand")
    models.add_argument(
        "--folder", default="models/llm", metavar="MAP", help="waar opgehaalde modellen staan (standaard models/llm)"
    )

    command(commands, "doctor", _doctor, "wat is er geïnstalleerd, gevonden, en wat ontbreekt")
    commands.add_parser("eval", help="meet hoe goed antwoorden onderbouwd zijn (raadwijzer eval --help)")
    return parser


def _question_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("question", nargs="?", metavar="VRAAG")
    command.add_argument("--batch", metavar="BESTAND.jsonl", help='één vraag per regel: {"id": "…", "q": "…"}')
    command.add_argument("--json", action="store_true", help="alleen JSON op standaarduitvoer")
    shown_arguments(command)
    limits = command.add_argument_group("beperk tot")
    limits.add_argument("--from", dest="date_from", metavar="DATUM", help="vanaf deze datum (2021-01-31)")
    limits.add_argument("--to", dest="date_to", metavar="DATUM", help="tot en met deze datum")
    for option, what in _LIMITS.items():
        limits.add_argument(f"--{option}", action="append", default=[], metavar=option.upper(), help=what)


_LIMITS = {
    "kind": "soort document, zoals 'schriftelijke vragen'",
    "asker": "naam van wie de vragen stelde",
    "party": "partij van wie de vragen stelde",
    "answered-by": "wie antwoordde",
    "document": "pad van een document",
}


def _filters(options: argparse.Namespace) -> Any:  # noqa: ANN401 - types is imported late
    from datetime import date

    from rag.types import Filters

    for value in (options.date_from, options.date_to):
        try:
            date.fromisoformat(value or "2000-01-01")
        except ValueError as error:
            raise UsageError(f"'{value}' is geen datum; schrijf jaar-maand-dag, zoals 2021-01-31.") from error
    return Filters(
        date_from=options.date_from,
        date_to=options.date_to,
        kinds=tuple(options.kind),
        askers=tuple(options.asker),
        parties=tuple(options.party),
        answered_by=tuple(options.answered_by),
        documents=tuple(options.document),
    )


def _need_question_or_batch(options: argparse.Namespace) -> None:
    if (options.question is None) == (options.batch is None):
        raise UsageError(f'Stel één vraag, of geef --batch met een bestand: {PROGRAM} ask "Hoeveel …?"')
    if options.batch and not Path(options.batch).is_file():
        raise UsageError(f"Het bestand {options.batch} bestaat niet.")


def _assistant(options: argparse.Namespace) -> Any:  # noqa: ANN401 - imported late, so that --help is quick
    from rag.assistant import Assistant

    return Assistant.open(config=config_of(options))


def _speak_utf8() -> None:
    """Dutch needs more than ASCII, also on a terminal that says otherwise.

    Lines of results end in one character everywhere, or ``show --text`` would not be the text that citations count in.
    """
    for stream, line_end in ((sys.stdout, {"newline": "\n"}), (sys.stderr, {})):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace", **line_end)
