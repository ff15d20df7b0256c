"""``raadwijzer eval …``: run, compare, gate, new, add. Text and tables to stdout, progress to stderr."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import __version__, terminal
from rag.arguments import DutchParser
from rag.config import Config, load_config
from rag.errors import RaadwijzerError, UsageError
from rag.evaluation import ablations, authoring, gate, peers, questions, report, run, tables
from rag.evaluation.compare import compare
from rag.evaluation.matching import Judge, carries
from rag.evaluation.records import Scored, score_rows
from rag.evaluation.summary import summarise
from rag.evaluation.variants import Bench, run_ablations

if TYPE_CHECKING:
    from rag.assistant import Assistant

PROGRAM = "raadwijzer eval"
SET = Path("eval/questions.jsonl")
RUNS = Path("eval/runs")
BASELINE = Path("eval/baseline.json")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 the gate is shut or it could not be done, 2 wrong use."""
    try:
        options = _parser().parse_args(list(sys.argv[1:] if argv is None else argv))
        return int(options.run(options))
    except RaadwijzerError as error:
        terminal.problem(str(error))
        return error.exit_status


# --- commands ---------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    names = ablations.chosen(options.ablation) if options.ablation else ()
    scored, summary, about, folder = _made(options)
    config = _config(options)
    if options.shuffle:
        summary = _with_shuffle(scored, options, config)
    if names:
        bench = Bench(_assistant, config, _settings(options), terminal.problem)
        summary["ablations"] = run_ablations(names, scored, bench)
    if options.peers:
        summary["peers"] = peers.peers_table(run.read_json(options.peers), [s.row.case for s in scored], summary)
    run.write_json(folder / "summary.json", {"about": about, **summary})
    (folder / "report.html").write_text(report.render(summary, scored, about), encoding="utf-8")
    if options.json:
        print(json.dumps({"about": about, **summary}, ensure_ascii=False))
    else:
        _print_summary(summary, about, folder)
    return 1 if any(s.failure == "error" for s in scored) else 0


def _compare(options: argparse.Namespace) -> int:
    first, second = (_scored_folder(folder) for folder in (options.first, options.second))
    result = compare(first, second)
    if options.json:
        print(
            json.dumps(
                {"changes": [_change_value(c) for c in result.changes], "turned": [asdict(t) for t in result.turned]}
            )
        )
        return 0
    terminal.say(tables.as_text(tables.comparison_table(result)))
    if result.only_first or result.only_second:
        terminal.say(
            f"Niet in beide: {result.only_first} alleen in de eerste, {result.only_second} alleen in de tweede. "
            "Die tellen als 0 waar ze ontbreken.\n"
        )
    if result.turned:
        terminal.say(tables.as_text(tables.turned_table(result)))
    else:
        terminal.say("Geen enkele vraag kreeg een andere uitkomst.")
    return 0


def _gate(options: argparse.Namespace) -> int:
    if options.run_folder:
        scored, about = _scored_folder(options.run_folder), run.read_json(options.run_folder / "run.json")
    else:
        scored, _, about, _ = _made(options)
    if options.update:
        run.write_json(options.baseline, gate.baseline_of(scored, about))
        terminal.say(f"De basis staat nu in {options.baseline}.")
        return 0
    checks = gate.check(scored, run.read_json(options.baseline))
    terminal.say(tables.as_text(tables.gate_table(checks)))
    problems = [check.problem for check in checks if check.problem]
    for problem in problems:
        terminal.problem(problem)
    return 1 if problems else 0


def _new(options: argparse.Namespace) -> int:
    from rag.passages import passages

    if options.file.exists():
        terminal.problem(f"{options.file} bestaat al; kies een andere naam of verwijder het eerst.")
        return 2
    assistant = _assistant(_config(options))
    documents = [assistant.document(info.path) for info in assistant.documents()]
    cases = authoring.blank_cases([(document, passages(document)) for document in documents], options.n)
    questions.save_cases(options.file, cases)
    terminal.say(
        f"{options.file}: {len(cases)} regels om in te vullen. Schrijf bij elke regel een vraag in 'q' en de gevraagde "
        "feiten in 'facts', zet 'split' op dev of test, en verwijder wat niet past. Uitleg: eval/README.md."
    )
    return 0


def _add(options: argparse.Namespace) -> int:
    there = questions.load_cases(options.set) if options.set.is_file() else ()
    cases = authoring.feedback_cases(options.source, there)
    questions.save_cases(options.set, [*there, *cases])
    terminal.say(
        f"{len(cases)} {'vraag' if len(cases) == 1 else 'vragen'} toegevoegd aan {options.set}, met 'split' op review. "
        "Een vraag telt pas mee als iemand haar heeft beoordeeld: vul 'facts' en 'gold' in en zet 'split' op dev of "
        "test."
    )
    return 0


# --- a run ------------------------------------------------------------------------------------------------------


def _made(options: argparse.Namespace) -> tuple[list[Scored], dict[str, Any], dict[str, Any], Path]:
    """Make a run, or finish it, and give its scored rows, figures, description and folder."""
    config = _config(options)
    cases = _cases(options)
    assistant = _assistant(config)
    cases, texts = run.placed(cases, assistant)
    settings = _settings(options)
    about = _about(options, config, len(cases), settings)
    about["identity"] = run.identity(cases, texts, {k: v for k, v in about.items() if k != "started"})
    folder = options.out or RUNS / f"{options.split}-{settings.answerer}"
    with terminal.progress("Vragen stellen") as advance:
        rows, there = run.run_in_folder(folder, run.Plan(cases, assistant, settings, about), advance)
    if there:
        terminal.problem(f"Verder gegaan na {there} vragen die er al waren.")
    scored = score_rows(rows, _judge(options))
    return scored, summarise(scored), about, folder


def _cases(options: argparse.Namespace) -> tuple[questions.Case, ...]:
    cases, empty = authoring.filled_in(questions.load_cases(options.set, options.split))
    if empty:
        terminal.problem(f"{empty} regels zijn nog niet ingevuld en doen niet mee.")
    if not cases:
        raise UsageError(f"In {options.set} staat geen enkele vraag van de soort '{options.split}'.")
    return cases


def _settings(options: argparse.Namespace) -> run.Settings:
    answerer = options.answerer or "extractive"
    return run.Settings(answerer=answerer, repeat=options.repeat or (1 if answerer == "llm" else 3))


def _about(options: argparse.Namespace, config: Config, count: int, settings: run.Settings) -> dict[str, Any]:
    return {
        "title": f"Hoe goed zijn de antwoorden onderbouwd? ({options.split})",
        "split": options.split,
        "set": str(options.set),
        "questions": count,
        "answerer": settings.answerer,
        "repeat": settings.repeat,
        "config": {k: v for k, v in asdict(config).items() if k != "answerer"},
        "version": __version__,
        "started": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        "machine": f"{os.cpu_count()} kernen, {platform.machine()}, Python {platform.python_version()}",
    }


def _judge(options: argparse.Namespace) -> Judge:
    if getattr(options, "judge", None) is None:
        return carries
    from rag.evaluation.judge import load_judge

    return load_judge(options.judge)


def _with_shuffle(scored: Sequence[Scored], options: argparse.Namespace, config: Config) -> dict[str, Any]:
    from rag.evaluation.steadiness import with_shuffled_index

    rows = [s.row for s in scored]
    same = with_shuffled_index(rows, options.shuffle, config, _settings(options), terminal.problem)
    return summarise(scored, shuffled=same)


def _scored_folder(folder: Path) -> list[Scored]:
    return score_rows(run.read_rows(folder))


def _change_value(change: Any) -> dict[str, Any]:  # noqa: ANN401 - a Change
    return {"measure": change.measure.key, "first": change.first, "second": change.second, **asdict(change.difference)}


def _print_summary(summary: dict[str, Any], about: dict[str, Any], folder: Path) -> None:
    terminal.say(f"{about['questions']} vragen ({about['split']}), antwoorder {about['answerer']}\n")
    for table in (tables.figures_table(summary), tables.kinds_table(summary), tables.failures_table(summary)):
        terminal.say(tables.as_text(table))
    for name in ("ablations", "peers"):
        if summary.get(name):
            terminal.say(tables.as_text(summary[name]))
    terminal.say(f"Verslag: {folder / 'report.html'}")


def _config(options: argparse.Namespace) -> Config:
    return load_config(options.config, index=options.index)


def _assistant(config: Config) -> Assistant:
    from rag.assistant import Assistant

    return Assistant.open(config=config)


# --- arguments ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = DutchParser(prog=PROGRAM, description="Meet hoe goed antwoorden onderbouwd zijn (zie eval/README.md).")
    commands = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)

    make = commands.add_parser("run", help="stel alle vragen en maak een verslag")
    make.set_defaults(run=_run)
    _run_arguments(make)
    make.add_argument("--ablation", metavar="NAMEN", help=f"all, of een keuze uit: {', '.join(ablations.NAMES)}")
    make.add_argument("--shuffle", type=Path, metavar="MAP", help="indexeer deze stukken ook in een andere volgorde")
    make.add_argument(
        "--peers", type=Path, metavar="BESTAND", help="uitkomst van eval/peers/run.py, om ernaast te zetten"
    )
    make.add_argument("--json", action="store_true", help="alleen JSON op standaarduitvoer")

    beside = commands.add_parser("compare", help="vergelijk twee keer draaien, vraag voor vraag")
    beside.set_defaults(run=_compare)
    beside.add_argument(
        "first", type=Path, metavar="EERSTE", help="map van de eerste keer, zoals eval/runs/test-extractive"
    )
    beside.add_argument("second", type=Path, metavar="TWEEDE", help="map van de tweede keer")
    beside.add_argument("--json", action="store_true", help="alleen JSON op standaarduitvoer")

    shut = commands.add_parser("gate", help="faal als een cijfer aantoonbaar onder de basis zakt")
    shut.set_defaults(run=_gate)
    _run_arguments(shut)
    shut.add_argument(
        "--run", dest="run_folder", type=Path, metavar="MAP", help="gebruik deze keer, in plaats van opnieuw"
    )
    shut.add_argument("--baseline", type=Path, default=BASELINE, metavar="BESTAND", help=f"standaard {BASELINE}")
    shut.set_defaults(repeat=1, out=RUNS / "gate")  # the gate has no figure for repeating
    shut.add_argument("--update", action="store_true", help="maak van deze keer de nieuwe basis")

    new = commands.add_parser("new", help="maak een vragenbestand om in te vullen, van een index")
    new.set_defaults(run=_new)
    _index_arguments(new)
    new.add_argument("file", type=Path, metavar="BESTAND.jsonl")
    new.add_argument("-n", type=int, default=40, metavar="AANTAL", help="hoeveel vragen (standaard 40)")

    add = commands.add_parser("add", help="maak vragen van meldingen van gebruikers")
    add.set_defaults(run=_add)
    add.add_argument("source", type=Path, metavar="MELDINGEN", help="feedback.sqlite, of een uitvoer als JSON-regels")
    add.add_argument("--set", type=Path, default=SET, metavar="BESTAND", help=f"standaard {SET}")
    return parser


def _run_arguments(command: argparse.ArgumentParser) -> None:
    _index_arguments(command)
    command.add_argument("--set", type=Path, default=SET, metavar="BESTAND", help=f"standaard {SET}")
    command.add_argument("--split", choices=questions.SPLITS, default="test", help="standaard test")
    command.add_argument("--answerer", choices=("auto", "extractive", "llm"), help="wie het antwoord maakt")
    command.add_argument("--out", type=Path, metavar="MAP", help=f"waar het verslag komt (standaard onder {RUNS})")
    command.add_argument("--repeat", type=int, metavar="AANTAL", help="hoe vaak elke vraag wordt gesteld")
    command.add_argument("--judge", type=Path, metavar="MAP", help="een lokaal model dat oordeelt of een bron dekt")


def _index_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--index", metavar="MAP", help="de map van de index (standaard: index)")
    command.add_argument("--config", metavar="BESTAND", help="instellingen (standaard: raadwijzer.toml)")
