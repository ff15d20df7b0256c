"""The commands that keep an index: ``index``, ``documents`` and ``remove``. Arguments in, text or JSON out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from rag import terminal
from rag.arguments import command, config_of, shown_arguments
from rag.config import Config
from rag.errors import RaadwijzerError, UsageError
from rag.phrases import count


def _index(options: argparse.Namespace) -> int:
    from rag.assistant import index_documents

    config = config_of(options)
    paths, again = [Path(path) for path in options.paths], [Path(path) for path in options.again]
    if options.watch:
        return _watch(paths, config, again)
    try:
        with terminal.progress("Indexeren") as advance:
            report = index_documents(paths, config, advance, again)
    except KeyboardInterrupt:
        terminal.problem("Gestopt. De index van hiervoor is niet veranderd. Geef dezelfde opdracht om verder te gaan.")
        return 130
    terminal.print_report(report, config.index)
    return 1 if report.failed else 0


def _watch(paths: Sequence[Path], config: Config, again: Sequence[Path]) -> int:
    """Keep the index up to date until Ctrl+C."""
    from threading import Event

    from rag.embeddings import load_encoder
    from rag.indexing import build_index
    from rag.indexing.files import existing
    from rag.indexing.watch import watch
    from rag.store.milvus import Publisher

    roots, encoder = [existing(path) for path in paths], load_encoder(config.embedder_path)
    told: list[object] = []

    def build() -> bool:
        try:
            with terminal.progress("Indexeren") as advance:
                back = [] if told else again
                elsewhere = Publisher.of(config)
                report = build_index(roots, Path(config.index), encoder, advance, back, elsewhere=elsewhere)
        except UsageError:
            raise
        except RaadwijzerError as error:
            terminal.problem(f"{error} Er wordt zo opnieuw geprobeerd.")
            return False
        if not told or report.failed != told[-1] or report.worked:
            terminal.print_report(report, config.index)
        told.append(report.failed)
        return True

    try:
        watch(roots, Path(config.index), build, Event())
    except KeyboardInterrupt:
        terminal.say("Gestopt met volgen. De index is heel en bijgewerkt tot de laatste regel hierboven.")
    return 0


def _documents(options: argparse.Namespace) -> int:
    from rag import api, inventory
    from rag.assistant import Assistant

    assistant = Assistant.open(config=config_of(options))
    if options.json:
        terminal.print_json(api.documents_json(assistant.overview(), assistant.differences))
    else:
        inventory.print_overview(assistant.overview(), assistant.differences)
    return 0


def _remove(options: argparse.Namespace) -> int:
    """Show what would go, ask, and take it out of the index and the opinions."""
    from rag.indexing import remove
    from rag.store import mentions
    from rag.store.milvus import Publisher

    config = config_of(options)
    if bool(options.documents) == bool(options.person):
        raise UsageError("Noem de documenten die weg moeten, of een persoon met --person NAAM.")
    if not options.yes and not sys.stdin.isatty():
        raise UsageError("Er is geen scherm om het te vragen. Geef --yes om zonder vraag te verwijderen.")
    counter = mentions.counter(options.person) if options.person else None
    chosen = _naming(options, config) if options.person else options.documents
    going = remove.find(Path(config.index), chosen, config.closed)
    opinions = _opinions(config, {*(found.path for found in going), *chosen}, counter)
    number = sum(len(ids) for _, ids in opinions)
    if not going and not number:
        remove.remove(Path(config.index), (), Publisher.of(config))
        terminal.say(f"Er is niets {'meer ' if options.documents else ''}om te verwijderen.")
        return 0
    terminal.print_going([(found.path, found.title) for found in going], number)
    if not options.yes and not _agreed("Dit alles voorgoed verwijderen?"):
        terminal.say("Er is niets verwijderd.")
        return 0
    for file, ids in opinions:  # first: when the index is held by another program they must not stay behind
        file.remove(ids)
    gone = remove.remove(Path(config.index), [found.path for found in going], Publisher.of(config))
    terminal.print_gone(gone, number)
    return 0


def _naming(options: argparse.Namespace, config: Config) -> list[str]:
    """The documents that name the person and that are chosen to go."""
    from rag.store import folder, mentions

    named = mentions.documents_naming(folder.current(Path(config.index)), options.person)
    seen = [mention for mention in named if config.closed or not mention.closed]
    if len(seen) < len(named):
        said = count(len(named) - len(seen), "besloten document noemt", "besloten documenten noemen")
        terminal.problem(f"Ook {said} deze naam. Neem mee met --besloten.")
    terminal.print_mentions(seen, options.person)
    if not seen or options.yes:
        return [mention.path for mention in seen]
    return [seen[place].path for place in _places(len(seen))]


def _opinions(config: Config, documents: Collection[str], counter: Callable[[str], int] | None) -> list[Any]:
    """The files with opinions, each with the ids of those that cite these documents or name this person."""
    from rag.web.feedback import Feedback, beside

    files = [Feedback(beside(config.index, closed)) for closed in (False, True)]
    return [(file, file.concerning(documents, counter)) for file in files]


def _places(most: int) -> list[int]:
    """Which of a numbered list are chosen. Asks until the answer can be understood."""
    while True:
        said = input("Welke documenten moeten weg? [alle / geen / nummers, zoals 1 3]: ").strip().casefold()
        if said in ("alle", "a"):
            return list(range(most))
        if said in ("geen", "g", ""):
            return []
        numbers = said.replace(",", " ").split()
        if all(number.isdecimal() and 1 <= int(number) <= most for number in numbers):
            return sorted({int(number) - 1 for number in numbers})


def _agreed(question: str) -> bool:
    return input(f"{question} [ja/nee]: ").strip().casefold() in ("ja", "j")


# --- arguments ----------------------------------------------------------------------------------------------------


def add_index(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    """``raadwijzer index``."""
    index = command(commands, "index", _index, "maak de index, of breng hem bij")
    index.add_argument("paths", nargs="+", metavar="PAD", help="bestanden of mappen met documenten")
    index.add_argument("--watch", action="store_true", help="blijf de mappen volgen (Ctrl+C stopt)")
    index.add_argument(
        "--again", action="append", default=[], metavar="PAD", help="neem dit weer op, ook al is het eerder verwijderd"
    )


def add_documents(commands: Any) -> None:  # noqa: ANN401
    """``raadwijzer documents``."""
    documents = command(commands, "documents", _documents, "toon alle documenten, en wat niet gelezen kon worden")
    documents.add_argument("--json", action="store_true", help="alleen JSON op standaarduitvoer")
    shown_arguments(documents)


def add_remove(commands: Any) -> None:  # noqa: ANN401
    """``raadwijzer remove``."""
    remove = command(commands, "remove", _remove, "haal documenten voorgoed uit de index en de oordelen")
    remove.add_argument("documents", nargs="*", metavar="DOCUMENT", help="het pad zoals 'documents' het noemt")
    remove.add_argument("--person", metavar="NAAM", help="zoek de documenten en oordelen die deze persoon noemen")
    remove.add_argument("--besloten", action="store_true", help="ook besloten documenten")
    remove.add_argument("--yes", action="store_true", help="vraag niets; voor scripts")
