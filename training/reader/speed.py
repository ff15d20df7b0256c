"""How fast a reader is and what it takes: ``python -m training.reader.speed FILE.gguf``; figures do not need training.

A prompt of 900 tokens, of which the fixed part is known from the question before, as in use; three quoted sentences.
Measured in a process of its own, best of some tries: wall-clock on a busy machine measures the neighbours, so processor
time is given as well. ``--new`` makes a model of the real shape with random weights first.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")
TRIES = 5
QUOTES = 3
WORDS = ("het", "college", "heeft", "op", "grond", "van", "de", "verordening", "besloten", "dat", "een", "aanvraag")


def speed(file: Path, threads: int) -> dict[str, float]:
    """The figures of a model, measured in a process of its own."""
    command = [sys.executable, "-m", "training.reader.speed", str(file), "--threads", str(threads), "--inside"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def resident_mb() -> float:
    """The memory of this process, as the system counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(file: Path, threads: int) -> dict[str, float]:
    """The same, in this process."""
    from rag.answering.llama import LlamaModel
    from rag.answering.prompts import CHOOSING, MAX_PROMPT_TOKENS
    from rag.config import Config

    before = resident_mb()
    model, load = timed(lambda: LlamaModel(Config(llm=str(file), llm_threads=threads)))
    options = ["geen antwoord", *(f"[{n}] {sentence(n)}" for n in range(1, 25))]
    material = "Vraag: Wat is er besloten?\n\n" + "\n".join(options[1:]) + "\n\nVraag: Wat is er besloten?"
    fixed, rest = model.prompt_tokens(CHOOSING, material)
    while len(fixed) + len(rest) > MAX_PROMPT_TOKENS:
        material = material.replace(f"\n{options.pop()}", "")
        fixed, rest = model.prompt_tokens(CHOOSING, material)
    leanings = [-1e6, *[0.0] * (len(options) - 1)]
    found: dict[str, float] = {"prompt_tokens": len(fixed) + len(rest), "load_ms": round(1000 * load[0])}
    firsts, wholes = [], []
    for _ in range(TRIES + 1):
        chosen = model.choose(CHOOSING, material, options, most=QUOTES, leanings=leanings)
        _, first = timed(lambda chosen=chosen: next(chosen))
        _, rest_ = timed(lambda chosen=chosen: list(chosen))
        firsts.append(first)
        wholes.append((first[0] + rest_[0], first[1] + rest_[1]))
    for name, times in (("first_word", firsts[1:]), ("whole_answer", wholes[1:])):
        for place, clock in enumerate(("ms", "processor_ms")):
            found[f"{name}_{clock}"] = round(1000 * min(pair[place] for pair in times))
    found["memory_mb"] = round(resident_mb() - before)
    found["process_mb"] = round(resident_mb())
    return found


def timed(work: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    """What ``work`` gives, and its seconds on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    value = work()
    return value, (time.perf_counter() - clock, time.process_time() - processor)


def sentence(number: int) -> str:
    """A sentence of some thirty tokens that begins as many others do."""
    chance = np.random.default_rng(number)
    return "In " + " ".join(chance.choice(WORDS, 24)) + f" {number}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--inside", action="store_true", help="measure here, and print one line")
    parser.add_argument("--new", type=Path, metavar="TOKENIZER", help="make the file first, with random weights")
    parser.add_argument("--kind", default="Q8_0")
    parser.add_argument("--layers", type=int, help="fewer layers than the real shape")
    options = parser.parse_args()
    if options.new:
        random_model(options.file, options.new, options.kind, options.layers)
    found = (measure if options.inside else speed)(options.file, options.threads)
    print(json.dumps(found if options.inside else {**found, "load": os.getloadavg()[0]}))


def random_model(file: Path, tokenizer: Path, kind: str, layers: int | None) -> None:
    """A model of the real shape that says anything."""
    from dataclasses import replace

    import torch

    from training.reader.export import export
    from training.reader.model import Reader
    from training.reader.shape import FULL

    torch.manual_seed(0)
    shape = replace(FULL.shape, layers=layers or FULL.shape.layers)
    tensors = {name: weight.detach().numpy() for name, weight in Reader(shape).named_parameters()}
    export(file, shape, tensors, tokenizer, kind)


if __name__ == "__main__":
    main()
