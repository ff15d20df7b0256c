"""Make and measure the encoder and the cross-encoder.

``python -m training.encoder encoder --minutes 30`` and ``python -m training.encoder cross --minutes 60``; each goes on
where it was stopped. Before, ``training.embedder``, ``training.embedder_last`` (with its folds), ``training.ranker``
and ``training.evidence`` have been run: ``--runs`` is their ``--work``.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer

from training.data import DEFAULT, FOLDS, Question, require
from training.encoder.body import Shape
from training.encoder.cross import RELATIONS, CrossEncoder, CrossShape
from training.encoder.keep import keep
from training.encoder.loop import Budget, Loop, device_of
from training.encoder.measure import see, summary
from training.encoder.pairs import FACTS, Pairs
from training.encoder.prepare import PASSAGES, Library, Listed, list_file, prepare
from training.encoder.pretrain import Contrast, Masked, questions_and_texts, running_text
from training.encoder.report import Trained, answerability, milliseconds, ranking_and_evidence
from training.encoder.rerank import Lesson, Lessons
from training.encoder.start import STARTS, started
from training.encoder.vectors import DIM, load_table, word_vectors
from training.encoder.worlds import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

HELD_OUT = 3  # one question in so many of fold 0 is kept apart
ROOM = 112  # words of a passage that are read


def is_held_out(question: Question) -> bool:
    """Whether a question is kept apart, to choose by; with its passage's other questions."""
    return question.fold == 0 and zlib.crc32(question.pid.encode()) // 3 % HELD_OUT == 0


def load(work: Path) -> tuple[Library, dict[str, list[Listed]]]:
    """Passages, and the lists: "train", "held out" and "dev"."""
    library = pickle.loads((work / PASSAGES).read_bytes())
    folds = [pickle.loads(list_file(work, fold).read_bytes()) for fold in range(FOLDS)]
    known = [listed for fold in folds for listed in fold]
    dev = pickle.loads(list_file(work, None).read_bytes())
    apart = [listed for listed in known if is_held_out(listed.question)]
    return library, {"train": [one for one in known if not is_held_out(one.question)], "held out": apart, "dev": dev}


def learn_cross(options: argparse.Namespace) -> None:
    """Train the cross-encoder, and say what it is worth on the held out questions."""
    prepare(require(options.data), options.work, options.runs)
    library, lists = load(options.work)
    device = device_of(options.device)
    vectors = torch.from_numpy(word_vectors(library, load_table(options.runs))).to(device)
    body = Shape(options.dim, options.layers, max(options.dim // 32, 2), 2 * options.dim, RELATIONS, options.dropout)
    torch.manual_seed(0)
    model = CrossEncoder(CrossShape(body, vectors.shape[1], FACTS)).to(device)
    pairs = Pairs(library, options.room, helped=options.helped > 0)
    lesson = Lesson(options.questions, options.passages, options.together, options.helped)
    lessons = Lessons(model, vectors, pairs, lists["train"], lesson, device)

    def look() -> dict[str, float]:
        return summary(see(model, vectors, pairs, lists["held out"][:: options.every], 10))

    file = options.work / f"{options.name}.pt"
    budget = Budget(options.minutes, options.steps)
    Loop(model, file, budget, options.rate, look=look, looks=options.looks).go(lessons.loss)
    settings = {key: value for key, value in vars(options).items() if not isinstance(value, Path)}
    file.with_suffix(".json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def learn_encoder(options: argparse.Namespace) -> None:
    """Train the encoder in its two stages."""
    data, work = require(options.data), options.work
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file("models/embedder/tokenizer.json")
    static = np.load(options.runs / "weak.npy").astype(np.float32)
    shape = Shape(options.dim, options.layers, max(options.dim // 32, 2), 4 * options.dim)
    device = device_of(options.device)
    encoder = started(options.start, shape, tokenizer, static, options.minilm).to(device)
    for stage, minutes, rate in (("masked", options.masked_minutes, 5e-4), ("contrast", options.minutes, 3e-4)):
        if minutes <= 0:
            continue
        if stage == "masked":
            loss = Masked(encoder, running_text(data, tokenizer, options.texts), device).loss
        else:
            loss = Contrast(encoder, *questions_and_texts(data, tokenizer, options.texts), device).loss
        loop = Loop(encoder, work / f"{options.name}-{stage}.pt", Budget(minutes, options.steps), rate, looks=40)
        if not loop.go(loss):
            return


def keep_cross(options: argparse.Namespace) -> None:
    """Put the trained cross-encoder where models are."""
    settings, model = trained_cross(options)
    keep(model, load_table(options.runs), settings["room"], options.out)


def trained_cross(options: argparse.Namespace) -> tuple[dict[str, Any], CrossEncoder]:
    """How it was trained, and its weights."""
    settings = json.loads((options.work / f"{options.name}.json").read_text(encoding="utf-8"))
    body = Shape(settings["dim"], settings["layers"], max(settings["dim"] // 32, 2), 2 * settings["dim"], RELATIONS)
    model = CrossEncoder(CrossShape(body, DIM, FACTS))
    model.load_state_dict(torch.load(options.work / f"{options.name}.pt", weights_only=True)["model"])
    return settings, model


def measure(options: argparse.Namespace) -> None:
    """The table of figures on dev, each beside what ships."""
    library, lists = load(options.work)
    torch.set_num_threads(options.threads)
    settings, model = trained_cross(options)
    vectors = torch.from_numpy(word_vectors(library, load_table(options.runs)))
    trained = Trained(model, vectors, Pairs(library, settings["room"], helped=settings["helped"] > 0))
    milliseconds(trained, lists["dev"][:40])
    ranking_and_evidence(trained, lists)
    apart, dev = (
        recorded(library, require(options.data), options.work, options.runs, chosen) for chosen in (is_held_out, None)
    )
    answerability(trained, apart, dev)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("encoder", "cross", "measure", "keep"):
        one = commands.add_parser(command)
        one.add_argument("--data", type=Path, default=DEFAULT)
        one.add_argument("--work", type=Path, default=Path("training/runs/encoder"))
        one.add_argument("--runs", type=Path, default=Path("training/runs/embedder"))
        one.add_argument("--name", default="encoder" if command == "encoder" else "cross")
        one.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "2")))
        if command in {"encoder", "cross"}:
            one.add_argument("--minutes", type=float, default=60, help="of learning (encoder: of the second stage)")
            one.add_argument("--steps", type=int, default=None, help="instead of minutes")
            one.add_argument("--device", default="auto")
            one.add_argument("--dim", type=int, default=384 if command == "encoder" else 128)
            one.add_argument("--layers", type=int, default=6 if command == "encoder" else 2)
        if command == "keep":
            one.add_argument("--out", type=Path, default=Path("training/runs/crossencoder"))
        if command == "cross":
            one.add_argument("--rate", type=float, default=1e-3)
            one.add_argument("--questions", type=int, default=16, help="of a step")
            one.add_argument("--passages", type=int, default=6, help="for each question")
            one.add_argument("--together", type=int, default=32, help="pairs that go through the model at once")
            one.add_argument("--helped", type=float, default=1.0, help="weight of ranking and trees; 0: alone")
            one.add_argument("--room", type=int, default=ROOM, help="words of a passage")
            one.add_argument("--dropout", type=float, default=0.0)
            one.add_argument("--looks", type=int, default=6)
            one.add_argument("--every", type=int, default=1, help="look at one held out question in so many")
        if command == "encoder":
            one.add_argument("--start", choices=STARTS, default="nothing")
            one.add_argument("--minilm", type=Path, default=None, help="folder of MiniLM's weights")
            one.add_argument("--masked-minutes", type=float, default=20)
            one.add_argument("--texts", type=int, default=400_000, help="paragraphs, and pairs, that are read")
    return parser.parse_args(given)


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    commands = {"encoder": learn_encoder, "cross": learn_cross, "measure": measure, "keep": keep_cross}
    commands[options.command](options)


if __name__ == "__main__":
    main()
