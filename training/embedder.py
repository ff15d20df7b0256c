"""Train the static Dutch embedder: ``python -m training.embedder --minutes 10``.

A table with one vector per word piece; a text is the weighted mean of its pieces, at unit length. Stages, each kept in
``--work`` so that a run that was stopped goes on where it was:

1. a WordPiece vocabulary from the law and parliamentary texts;
2. weak pairs and paragraphs (training/pairs.py), cut into pieces once;
3. contrastive training (InfoNCE, van den Oord et al. 2018) for ``--minutes``, by turns on pairs and on paragraphs: a
   random sentence of each against the rest. A batch is made of runs of neighbours, from the same law or debate, so that
   it holds hard negatives. A share of all pieces is left out each time, so that no single one is relied upon;
then ``training/embedder_last.py``: the last stage on RaadsQA, and export as a sentence-transformers folder.

On a GPU when there is one, else on two threads.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch.nn import functional

from training.data import DEFAULT, law_files, require, sampled
from training.pairs import OTHER_TEXTS, PARLIAMENT, all_pairs, paragraphs

SPECIAL = ["[PAD]", "[UNK]"]
BATCH = 1024
RATE = 0.02
SCALE = 20.0
LENGTHS = (48, 192)  # word pieces of question and text
RUN = 8  # neighbours in a batch
DROPPED = 0.2  # share of the pieces
KEPT = 0.1  # how often a sentence stays in its paragraph: exact words must count as well


def train_tokenizer(data: Path, size: int, prefix: str) -> Tokenizer:
    """A lower-cased, accent-free WordPiece vocabulary."""
    chance = random.Random(0)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", continuing_subword_prefix=prefix))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.StripAccents()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL, min_frequency=3, continuing_subword_prefix=prefix, show_progress=False
    )
    texts = [*sampled(data, law_files(data), 0.2, chance), *sampled(data, (PARLIAMENT, *OTHER_TEXTS), 1.0, chance)]
    texts += sampled(data, ("text/vl_studievoortgang_rulings.txt.xz", "text/msdocs_m365.txt.xz"), 0.2, chance)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class Bags:
    """Texts cut into word pieces, kept flat: ``ids`` of all texts, text i is ``ids[starts[i]:starts[i + 1]]``."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray) -> None:
        self.ids, self.starts = ids, starts

    @classmethod
    def cut(cls, tokenizer: Tokenizer, texts: list[str], length: int) -> Bags:
        """Cut texts into at most ``length`` pieces each; an empty text becomes one unknown piece."""
        known: dict[str, list[int]] = {}
        parts, counts = [], []
        for begin in range(0, len(texts), 20_000):
            split = [text.split() for text in texts[begin : begin + 20_000]]
            new = [word for word in dict.fromkeys(chain.from_iterable(split)) if word not in known]
            encodings = tokenizer.encode_batch_fast(new, add_special_tokens=False)
            known.update((word, encoding.ids) for word, encoding in zip(new, encodings, strict=True))
            for words in split:
                pieces = list(chain.from_iterable(map(known.__getitem__, words)))[:length] or [1]
                parts.append(np.array(pieces, np.int32))
                counts.append(len(pieces))
        return cls(np.concatenate(parts), np.cumsum([0, *counts]))

    def places(self, chosen: np.ndarray) -> Pieces:
        """The pieces of the chosen texts, flat, and which text each belongs to."""
        places, owner = ranges(self.starts[chosen], self.starts[chosen + 1])
        return self.ids[places], owner

    def take(self, chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The pieces of the chosen texts, flat, and where each text begins."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        offsets = np.cumsum(lengths) - lengths
        places = np.repeat(self.starts[chosen] - offsets, lengths) + np.arange(lengths.sum())
        return torch.from_numpy(self.ids[places]), torch.from_numpy(offsets)


class Table(torch.nn.Module):
    """Piece vectors with a learned weight each; the weight is folded into the vector at export."""

    def __init__(self, pieces: int, dim: int, weights: np.ndarray) -> None:
        super().__init__()
        self.vectors = torch.nn.Parameter(torch.randn(pieces, dim) * 0.1)
        self.weights = torch.nn.Parameter(torch.from_numpy(np.log(weights).astype(np.float32)))

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """(pieces,), (texts,) → unit rows (texts, dim)."""
        device = self.vectors.device
        ids, offsets = ids.to(device, torch.int64), offsets.to(device)
        weights = torch.exp(self.weights)[ids]
        summed = functional.embedding_bag(ids, self.vectors, offsets, mode="sum", per_sample_weights=weights)
        return functional.normalize(summed, dim=1)

    def folded(self) -> np.ndarray:
        """One array (pieces, dim) that gives the same direction for every text as a plain mean."""
        return (self.vectors * torch.exp(self.weights)[:, None]).detach().cpu().numpy()


def inverse_frequency(bags: Bags, pieces: int) -> np.ndarray:
    """Smooth inverse frequency a / (a + p) of every piece (Arora et al. 2017), at least 0.02."""
    share = np.bincount(bags.ids, minlength=pieces) / len(bags.ids)
    return np.maximum(1e-3 / (1e-3 + share), 0.02)


def contrastive(question: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    """InfoNCE in both directions over a batch (n, dim)."""
    scores = question @ text.T * SCALE
    right = torch.arange(len(question), device=scores.device)
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2


@dataclass(frozen=True, slots=True)
class Weak:
    """Everything of the first stage in pieces. Paragraph p has the sentences ``paragraphs[p]:paragraphs[p + 1]``."""

    questions: Bags
    texts: Bags
    sentences: Bags
    paragraphs: np.ndarray

    def pairs(self, chance: np.random.Generator) -> tuple[Pieces, Pieces]:
        """A batch of pairs."""
        chosen = runs(len(self.questions.starts) - 1, chance)
        return thinned(self.questions.places(chosen), chance), thinned(self.texts.places(chosen), chance)

    def cloze(self, chance: np.random.Generator) -> tuple[Pieces, Pieces]:
        """A batch of sentences, each with the rest of its paragraph (sometimes with all of it)."""
        chosen = runs(len(self.paragraphs) - 1, chance)
        first, last = self.paragraphs[chosen], self.paragraphs[chosen + 1]
        sentence = first + chance.integers(0, last - first)
        starts, ends = self.sentences.starts[sentence], self.sentences.starts[sentence + 1]
        begin, stop = self.sentences.starts[first], self.sentences.starts[last]
        places, owner = ranges(begin, np.minimum(stop, begin + LENGTHS[1] + ends - starts))
        hidden = (places >= starts[owner]) & (places < ends[owner]) & (chance.random(BATCH) >= KEPT)[owner]
        question = ranges(starts, np.minimum(ends, starts + LENGTHS[0]))
        rest = places[~hidden], owner[~hidden]
        return thinned((self.sentences.ids[question[0]], question[1]), chance), thinned(
            (self.sentences.ids[rest[0]], rest[1]), chance
        )


Pieces = tuple[np.ndarray, np.ndarray]  # word pieces of a batch, flat, and the text (0…) that each belongs to


def runs(count: int, chance: np.random.Generator) -> np.ndarray:
    """``BATCH`` positions: random runs of neighbours."""
    first = chance.integers(0, count - RUN, BATCH // RUN)
    return (first[:, None] + np.arange(RUN)).ravel()


def ranges(starts: np.ndarray, ends: np.ndarray) -> Pieces:
    """All places of several ranges, and the range that each belongs to."""
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    places = np.repeat(starts - offsets, lengths) + np.arange(lengths.sum())
    return places, np.repeat(np.arange(len(starts)), lengths)


def thinned(pieces: Pieces, chance: np.random.Generator) -> Pieces:
    """Without a random share of the pieces; the first of each text stays."""
    ids, owner = pieces
    kept = chance.random(len(ids)) >= DROPPED
    kept[np.flatnonzero(np.diff(owner, prepend=-1))] = True
    return ids[kept], owner[kept]


def as_tensors(pieces: Pieces) -> tuple[torch.Tensor, torch.Tensor]:
    """Pieces and where each text begins (every text has at least one)."""
    return torch.from_numpy(pieces[0]), torch.from_numpy(np.flatnonzero(np.diff(pieces[1], prepend=-1)))


def train_weak(table: Table, weak: Weak, minutes: float, checkpoint: Path) -> None:
    """Contrastive training for ``minutes``; goes on from the checkpoint if there is one."""
    slow = {"params": [table.weights], "slower": 0.25}
    optimizer = torch.optim.Adam([{"params": [table.vectors], "slower": 1.0}, slow], lr=RATE)
    spent, step = 0.0, 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        table.load_state_dict(state["table"])
        optimizer.load_state_dict(state["optimizer"])
        spent, step = state["spent"], state["step"]
    chance, begun, saved = np.random.default_rng(step), time.monotonic() - spent, time.monotonic()
    while (done := (time.monotonic() - begun) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = (RATE * (1 - done) + 1e-4) * group["slower"]
        question, text = weak.cloze(chance) if step % 2 else weak.pairs(chance)
        if len(np.unique(text[1])) < BATCH:
            continue  # a paragraph whose one long sentence was hidden: draw again
        loss = contrastive(table(*as_tensors(question)), table(*as_tensors(text)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 101 == 0:
            print(f"step {step} loss {loss.item():.3f} seconds {time.monotonic() - begun:.0f}", flush=True)
        if time.monotonic() - saved > 60:
            saved = time.monotonic()
            save_checkpoint(checkpoint, table, optimizer, saved - begun, step)
    save_checkpoint(checkpoint, table, optimizer, 60 * minutes, step)


def save_checkpoint(path: Path, table: Table, optimizer: torch.optim.Optimizer, spent: float, step: int) -> None:
    """Everything that is needed to go on; a run that is stopped while this is written keeps the one before."""
    state = {"table": table.state_dict(), "optimizer": optimizer.state_dict(), "spent": spent, "step": step}
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def prepare(data: Path, work: Path, size: int, prefix: str) -> tuple[Tokenizer, Weak]:
    """Stages 1 and 2, from ``work`` when they are there."""
    vocabulary, cut = work / "tokenizer.json", work / "weak.npz"
    if not vocabulary.is_file():
        train_tokenizer(data, size, prefix).save(str(vocabulary))
    tokenizer = Tokenizer.from_file(str(vocabulary))
    if not cut.is_file():
        pairs = all_pairs(data, random.Random(0))
        sides = [Bags.cut(tokenizer, [pair[i] for pair in pairs], LENGTHS[i]) for i in (0, 1)]
        parts = list(paragraphs(data, random.Random(0)))
        sentences = Bags.cut(tokenizer, [sentence for part in parts for sentence in part], LENGTHS[1])
        starts = np.cumsum([0, *map(len, parts)])
        bags = {"q": sides[0], "t": sides[1], "s": sentences}
        flat = {f"{name}{kind}": getattr(bag, kind) for name, bag in bags.items() for kind in ("ids", "starts")}
        np.savez(cut, paragraphs=starts, **flat)
        print(f"pairs {len(pairs)}, paragraphs {len(parts)}, pieces {len(sentences.ids)}", flush=True)
    stored = np.load(cut)
    bags_ = (Bags(stored[f"{name}ids"], stored[f"{name}starts"]) for name in "qts")
    return tokenizer, Weak(*bags_, stored["paragraphs"])


def load_table(work: Path, kind: type[Table] = Table) -> Table:
    """The table of the first stage, with its weights folded in."""
    vectors = np.load(work / "weak.npy")
    table = kind(*vectors.shape, np.ones(len(vectors)))
    table.vectors.data = torch.from_numpy(vectors)
    return table


def encode(tokenizer: Tokenizer, vectors: np.ndarray, texts: list[str]) -> np.ndarray:
    """Unit rows (texts, dim) from a folded table (pieces, dim)."""
    bags = Bags.cut(tokenizer, texts, 100_000)
    sums = (
        np.add.reduceat(vectors[bags.ids], bags.starts[:-1])
        if len(bags.ids) < 2e6
        else np.stack([vectors[bags.ids[a:b]].sum(0) for a, b in pairwise(bags.starts)])
    )
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def export(vectors: np.ndarray, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a folder that ``SentenceTransformer(folder)`` loads: 8-bit rows, each with its scale."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.maximum(np.abs(vectors).max(axis=1), 1e-8) / 127
    table = np.rint(vectors / scale[:, None]).astype(np.int8)
    save_file({"embeddings": table, "weights": scale.astype(np.float32)}, folder / "model.safetensors")
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=1) + "\n", encoding="utf-8")
    settings = {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine", "prompts": {}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pieces", type=int, default=30_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--prefix", default="##", help="what marks a piece inside a word; empty: nothing does")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    options.work.mkdir(parents=True, exist_ok=True)
    tokenizer, weak = prepare(require(options.data), options.work, options.pieces, options.prefix)
    table = Table(
        tokenizer.get_vocab_size(), options.dim, inverse_frequency(weak.sentences, tokenizer.get_vocab_size())
    )
    table.to("cuda" if torch.cuda.is_available() else "cpu")
    train_weak(table, weak, options.minutes, options.work / "checkpoint.pt")
    np.save(options.work / "weak.npy", table.folded())


if __name__ == "__main__":
    main()
