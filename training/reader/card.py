"""The card of the reader: ``python -m training.reader.card``; its figures are computed, here and by ``training.check``.

The text follows from ``run.json`` beside the model, which the training wrote; the table of figures stands between the
marks of ``training/check.py``, so that ``make models-check`` holds the card to them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.answering.llama import LlamaModel
from rag.config import Config, own_reader
from rag.evaluation.statistics import paired_difference
from training.check import MARKS, Figure, compare, figure
from training.data import DEFAULT, questions, require
from training.reader.compare import picks
from training.reader.contest import answerers, put, shown_to
from training.reader.memory import LONG, OPENINGS, openings, repeated
from training.reader.speed import speed
from training.reader.worlds import ANSWERABLE, NEAR_MISS, TAKEN_AWAY, World, raadsqa_worlds

FOLDER = Path("models/reader")
WORK = Path("training/runs/reader")
FACTS = "wanted facts above extractive"


def reader_figures(data: Path, model: Path, models: Path, threads: int = 1, share: int = 1) -> list[Figure]:
    """Every figure that the card claims, on RaadsQA dev with the product's own settings."""
    WORK.mkdir(parents=True, exist_ok=True)
    worlds = raadsqa_worlds(data, WORK, models, questions(data, "dev")[::share])
    worlds = [world for world in worlds if world.kind != TAKEN_AWAY]
    found = [figure(f"right sentence first, {name}", np.array(values)) for name, values in picks(worlds).items()]
    return found + _answers(worlds, model, threads) + _repeats(data, model, threads)


def _answers(worlds: Sequence[World], model: Path, threads: int) -> list[Figure]:
    streams = answerers(model, (), threads)
    base, mine = (
        [put(world, streams[name], asked_anyway=False) for world in worlds]
        for name in ("extractive", f"{model.stem} chooses")
    )
    asked = [place for place, world in enumerate(worlds) if world.kind == ANSWERABLE]
    loaded = LlamaModel(Config(llm=str(model), llm_threads=threads))
    shown = [shown_to(loaded, worlds[place], Config().evidence_passages) for place in asked]
    change = paired_difference([base[i].facts for i in asked], [mine[i].facts for i in asked])
    said = [float(o.words) for o in mine if not o.refused] or [0.0]
    missed = [float(o.refused) for o in mine if o.kind == NEAR_MISS] or [0.0]
    return [
        figure("right sentence first", np.array([float(mine[i].first) for i in asked])),
        figure("right sentence among those it was shown", np.array(shown, float)),
        figure("wanted facts", np.array([mine[i].facts for i in asked])),
        Figure(FACTS, change.value, change.low, change.high),
        figure("answerable refused", np.array([float(mine[i].refused) for i in asked])),
        figure("near misses refused", np.array(missed)),
        figure("words in an answer", np.array(said)),
        figure("quotes that are exact", np.array([float(o.exact) for o in mine])),
    ]


def _repeats(data: Path, model: Path, threads: int) -> list[Figure]:
    loaded = LlamaModel(Config(llm=str(model), llm_threads=threads))
    words = np.array([len(text.split()) for text in repeated(loaded, openings(data))], float)
    longest = float(words.max(initial=0.0))
    return [
        figure(f"words repeated after an opening, mean of {OPENINGS}", words),
        Figure("words repeated after an opening, most", longest, longest, longest),
        figure(f"openings after which {LONG} words or more are repeated", (words >= LONG).astype(float)),
    ]


def text(run: dict[str, Any], quick: dict[str, float], model: Path) -> str:
    """The card without its figures."""
    tokens = sum(source["tokens"] for source in run["text"].values())
    last = run["looks"][-1] if run["looks"] else {}
    return CARD.format(
        file=model.name,
        megabytes=f"{model.stat().st_size / 1e6:.1f}",
        kind=run["kind"],
        device=run["device"],
        minutes=run["minutes"] or "a fixed number of steps; no",
        unfinished="" if run["done"] else "**The run was not finished.** ",
        tokens=f"{tokens / 1e6:.1f}",
        steps=run["step"] or run["looks"][-1]["step"] if run["looks"] else 0,
        held_out=f"right {last.get('right', '–')}, refused {last.get('refused', '–')}",
        sources="\n".join(
            f"| {name} | {source['tokens'] / 1e6:.2f} | {source['licence']} |" for name, source in run["text"].items()
        ),
        first=MARKS[0],
        last=MARKS[1],
        **quick,
    )


CARD = """# Reader

A small Dutch language model of this project's own that reads numbered sentences and chooses the ones that answer. It
writes no word itself: every answer is made of sentences of the documents (`rag/answering/verbatim.py`). `{file}`,
{megabytes} MB, weights as {kind}. Use: `--answerer llm`.

## Made from

{unfinished}`python -m training.reader` on {device}, {minutes} minutes of learning. Byte-level BPE of our own; a
Llama-style transformer from random weights; first {tokens} million tokens of text (over and over) with sentences to be
found by words and by number, then questions of RaadsQA train and weak pairs with what our own search finds beside the
right passage. On questions of train that were held out, without help of the search: {held_out}. Weights: CC BY 4.0,
with NOTICE; what went in:

| text | million tokens | licence |
|---|---|---|
{sources}

## Figures

Five passages as the product's search ranks them, the right one among them. "wanted facts": share of the terms of the
short answer that stand in the answer. Intervals are 95% bootstraps.

{first}
{last}

Speed on the machine that wrote this card, best of some tries: a prompt of {prompt_tokens} tokens, first word after
{first_word_ms} ms ({first_word_processor_ms} ms of processor time), three sentences after {whole_answer_ms} ms; loaded
in {load_ms} ms; {memory_mb} MB of memory.

## Limits

- It chooses; it does not combine, reckon, shorten or explain. Its general knowledge is small and is never shown.
- RaadsQA was written by a language model from reading the passages: real questions may be vaguer.
- Dutch laws and reports of a parliament are most of what it read; spoken Dutch and news are not in it.
- It sees at most 900 tokens: a sentence that the search and the choice of evidence rank too low is lost to it.
- Texts of laws that it was given often it can continue; the figures say how far. Such text is never shown as an answer.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    model = own_reader()
    if model is None:
        raise SystemExit(f"There is no reader in {FOLDER}: train one first (training/reader/README.md).")
    run = json.loads((model.parent / "run.json").read_text(encoding="utf-8"))
    card = model.parent / "README.md"
    card.write_text(text(run, speed(model, options.threads), model), encoding="utf-8")
    figures = reader_figures(require(options.data), model, model.parent.parent, options.threads)
    print("\n".join(f.row() for f in figures))
    compare(card, figures, write=True)


if __name__ == "__main__":
    main()
