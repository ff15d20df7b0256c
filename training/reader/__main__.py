"""Make the reader: ``python -m training.reader --data ../shared/data --out models/reader --minutes 25``.

``--data`` is the data folder, or a folder that ``training.reader.prepare`` packed. Stopped at any moment it goes on
where it was when it is called again; with ``--piece 9`` it stops by itself after nine minutes. Every call ends with a
GGUF file of what there is so far, and says in its last line whether the run is done. README.md beside this file says
how to run it on a machine that has a GPU and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import torch

from training.data import DEFAULT
from training.reader.export import KINDS, export, split
from training.reader.pack import Pack, is_pack
from training.reader.shape import SIZES
from training.reader.train import WEIGHTS, Budget, Training

FILE = "raadwijzer-lezer.gguf"
RUN = "run.json"


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    pack = Pack.load(_packed(options.data, work, options.size))
    run = SIZES[options.size]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    workers = options.workers if options.workers is not None else (max(1, cores - 2) if device == "cuda" else 0)
    print(f"{device}, {run.shape.parameters / 1e6:.1f} million weights, {len(pack.text)} tokens of text", flush=True)
    budget = Budget(options.minutes, options.piece, options.piece_steps)
    training = Training(pack, run, work, budget, workers=workers, device=device)
    if training.resumed:
        print(f"goes on at stage {training.state.stage}, step {training.state.step}", flush=True)
    done = training.go()
    options.out.mkdir(parents=True, exist_ok=True)
    weights = torch.load(work / WEIGHTS, map_location="cpu") if done else training.state.model.state_dict()
    tensors = {name: weight.float().cpu().numpy() for name, weight in weights.items()}
    file = export(options.out / FILE, run.shape, tensors, pack.tokenizer, options.kind)
    _write_run(options.out / RUN, training, options, pack.origin(), done=done)
    if options.parts:
        split(file, options.parts)
    state = training.state
    print("done" if done else f"not done: stage {state.stage}, step {state.step}; call again", flush=True)


def _packed(data: Path, work: Path, size: str) -> Path:
    """The packed folder: given, or made here from the data folder."""
    if is_pack(data):
        return data
    folder = work / "pack"
    if not is_pack(folder):
        from training.data import require
        from training.reader.prepare import LIMIT_MIB, prepare

        prepare(require(data), folder, work, size, LIMIT_MIB)
    return folder


def _write_run(file: Path, training: Training, options: argparse.Namespace, origin: object, *, done: bool) -> None:
    """What happened, for the card."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    told = {
        "done": done,
        "size": options.size,
        "kind": options.kind,
        "minutes": options.minutes,
        "device": name,
        "stage": training.state.stage,
        "step": training.state.step,
        "looks": training.state.log,
        "text": origin,
    }
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--out", type=Path, default=Path("models/reader"))
    parser.add_argument("--work", type=Path, default=Path("training/runs/reader"))
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--minutes", type=float, help="for learning, all calls together; else a fixed number of steps")
    parser.add_argument("--piece", type=float, help="minutes after which this call stops")
    parser.add_argument("--piece-steps", type=int, help="steps after which this call stops")
    parser.add_argument("--workers", type=int, help="processes that make tasks")
    parser.add_argument("--kind", choices=KINDS, default="Q8_0", help="how the weights are stored")
    parser.add_argument("--parts", type=Path, help="a folder for the model in parts of 15 MiB")
    return parser


if __name__ == "__main__":
    main()
