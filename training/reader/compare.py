"""The reader beside the other ways to answer: ``python -m training.reader.compare --model models/reader/….gguf``.

Everybody gets the same evidence. Two sets of questions (``worlds.py``): RaadsQA dev with five passages each, and the
dev questions of the project's own eval set. Without ``--model`` the bars alone. ``--anyway`` asks a language model also
where the evidence itself says that nothing answers, which measures its own silence; the product does not do so. Prints
tables in Markdown and writes everything to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from rag.answering.llama import LlamaModel
from rag.config import Config
from rag.evaluation.statistics import Figure, mean_figure, paired_difference
from training.data import DEFAULT, questions, require
from training.reader.contest import PICKS, Outcome, answerers, put, shown_to, silences
from training.reader.speed import speed
from training.reader.worlds import ANSWERABLE, NEAR_MISS, TAKEN_AWAY, World, raadsqa_worlds, seeds_worlds

WRONGLY = 0.1  # of the answerable questions that may be refused
BASE = "extractive"


def share(figure: Figure) -> str:
    """A figure with its interval."""
    return "–" if figure.value is None else f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def picks(worlds: Sequence[World]) -> dict[str, list[float]]:
    """For each bar, and for each answerable question, whether the sentence it takes answers."""
    asked = [world for world in worlds if world.kind == ANSWERABLE]
    found: dict[str, list[float]] = {}
    for name, pick in PICKS.items():
        chosen = [(world, pick(world.evidence)) for world in asked]
        found[name] = [float(s is not None and w.is_right(w.evidence.hits[s.hit], s)) for w, s in chosen]
    return found


def contest_table(rows: dict[str, list[Outcome]]) -> list[str]:
    """A line for each answerer: means over the questions it is about, with 95% intervals."""
    lines = [
        "| answerer | wanted facts | first sentence right | a sentence right | words | refused, answerable "
        "| refused, near misses | refused, passage away | first word, ms | whole answer, ms | exact |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, outcomes in rows.items():
        asked = [o for o in outcomes if o.kind == ANSWERABLE]
        said = [o for o in outcomes if not o.refused]
        cells = [share(mean_figure([getattr(o, key) for o in asked])) for key in ("facts", "first", "right")]
        cells.append(f"{np.mean([o.words for o in said]):.0f}" if said else "–")
        for kind in (ANSWERABLE, NEAR_MISS, TAKEN_AWAY):
            cells.append(share(mean_figure([float(o.refused) for o in outcomes if o.kind == kind])))
        cells += [f"{np.median([getattr(o, key) for o in outcomes]):.0f}" for key in ("first_ms", "total_ms")]
        cells.append(f"{np.mean([o.exact for o in outcomes]):.3f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def differences(rows: dict[str, list[Outcome]]) -> dict[str, dict[str, float]]:
    """Each answerer's wanted facts minus the extractive answer's, over the same answerable questions."""
    base = [o.facts for o in rows[BASE] if o.kind == ANSWERABLE]
    return {
        name: asdict(paired_difference(base, [o.facts for o in outcomes if o.kind == ANSWERABLE]))
        for name, outcomes in rows.items()
        if name != BASE
    }


def silence_figures(model: LlamaModel, worlds: Sequence[World]) -> dict[str, float]:
    """How many questions without an answer the model itself refuses where it refuses a tenth of those with one.

    ``llm_silence`` is the setting that brings it there.
    """
    likings = np.array(silences(model, worlds, Config().evidence_passages))
    kinds = np.array([world.kind for world in worlds])
    threshold = float(np.quantile(likings[kinds == ANSWERABLE], 1 - WRONGLY))
    refused = {
        f"refused, {kind}": float(np.mean(likings[kinds == kind] > threshold))
        for kind in (ANSWERABLE, NEAR_MISS, TAKEN_AWAY)
        if (kinds == kind).any()
    }
    shown = [shown_to(model, world, Config().evidence_passages) for world in worlds if world.kind == ANSWERABLE]
    return {"right sentence in the prompt": float(np.mean(shown)), "llm_silence": round(-threshold, 3), **refused}


def compare(
    worlds: Sequence[World], model: Path | None, others: Sequence[Path], *, threads: int, anyway: bool
) -> dict[str, object]:
    """Put every question to everybody; prints the tables as they are ready."""
    bars = {name: asdict(mean_figure(values)) for name, values in picks(worlds).items()}
    print("\n| bar | right sentence first |\n|---|---|")
    for name, values in picks(worlds).items():
        print(f"| {name} | {share(mean_figure(values))} |", flush=True)
    rows = {
        name: [put(world, stream, asked_anyway=anyway and name != BASE) for world in worlds]
        for name, stream in answerers(model, others, threads).items()
    }
    print("\n" + "\n".join(contest_table(rows)), flush=True)
    silent = {
        file.stem: silence_figures(LlamaModel(Config(llm=str(file), llm_threads=threads)), worlds)
        for file in [*([model] if model else []), *others]
    }
    for name, figures in silent.items():
        print(f"\n{name}: {figures}", flush=True)
    return {
        "bars": bars,
        "outcomes": {name: [asdict(o) for o in outcomes] for name, outcomes in rows.items()},
        "facts above extractive": differences(rows),
        "silence": silent,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/reader"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--model", type=Path, help="the reader")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help="other GGUF files, for instance a large one")
    parser.add_argument("--only", choices=("raadsqa", "seeds"))
    parser.add_argument("--share", type=int, default=1, help="one in so many questions of RaadsQA, when in a hurry")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--anyway", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("training/runs/reader/compare.json"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    found: dict[str, object] = {"load": os.getloadavg()}
    how = {"threads": options.threads, "anyway": options.anyway}
    if options.only != "seeds":
        print("\n## RaadsQA dev, five passages", flush=True)
        asked = questions(require(options.data), "dev")[:: options.share]
        worlds = raadsqa_worlds(options.data, options.work, options.models, asked)
        found["raadsqa"] = compare(worlds, options.model, options.other, **how)
    if options.only != "raadsqa":
        print("\n## The eval set, dev", flush=True)
        worlds = seeds_worlds(Path("eval/questions.jsonl"), Path("seeds"))
        found["seeds"] = compare(worlds, options.model, options.other, **how)
    if options.model:
        found["speed"] = speed(options.model, options.threads)
        print(f"\n{found['speed']}", flush=True)
    options.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
