"""The embedder's last stage, on RaadsQA: ``python -m training.embedder_last [--fold 0]``.

Question → passage with hard negatives from BM25 and from the embedder itself. The first ranks are left out, for they
hold near duplicates of the right passage. A text is seen as the index sees it: whole, as a window of a few sentences,
with or without its title.

``--fold`` leaves out one third of the questions. The learned ranking needs features from an embedder that has not seen
the question (with one that has, it learns to trust the embedder too much: shared/design/models.md).
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from training.benchmark import best
from training.bm25 import Bm25, Units
from training.data import DEFAULT, Question, Text, answerable, corpus, require, rows
from training.embedder import SCALE, Bags, Table, encode, export, load_table

BATCH, EXTRA, NEGATIVES = 256, 128, 3
EPOCHS, RATE = 8, 6e-3
DROPPED = 0.0  # share of the pieces left out; not tried above 0
WHOLE, TITLED = 0.6, 0.8  # how often a text is seen whole, and with its title
LENGTH = 256
FROM, TO = 5, 40  # ranks that negatives come from
QUESTIONS_AND_ANSWERS = ("be_parliament_qa", "minvws_corona_faq", "msdocs_m365_faq", "msdocs_d365_fo_faq")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, its passage and the indices of its evidence, and the corpus positions of hard negatives."""

    question: Question
    text: Text
    negatives: tuple[int, ...]


def examples(data: Path, texts: list[Text], work: Path, fold: int | None) -> list[Example]:
    """Training questions outside the fold, each with its hard negatives (kept in ``work``: folds share them)."""
    asked = answerable(data, "train")
    place = {text.pid: index for index, text in enumerate(texts)}
    if not (work / "negatives.npy").is_file():
        np.save(work / "negatives.npy", hard_negatives(asked, texts, work))
    negatives = np.load(work / "negatives.npy")  # (questions, NEARBY)
    known = []
    for question, near in zip(asked, negatives, strict=True):
        right = place[question.pid]
        if question.fold != fold:
            known.append(Example(question, texts[right], tuple(int(i) for i in near if i != right)))
    return known


def hard_negatives(asked: list[Question], texts: list[Text], work: Path) -> np.ndarray:
    """What BM25 and the first stage's embedder rank high, but not highest: positions (questions, NEARBY)."""
    bm25 = Bm25.of(Units.whole(texts), work)
    table, tokenizer = np.load(work / "weak.npy"), Tokenizer.from_file(str(work / "tokenizer.json"))
    dense = encode(tokenizer, table, [f"{text.title} {text.body}" for text in texts])  # (texts, dim)
    rows_ = encode(tokenizer, table, [question.text for question in asked])
    return np.stack(
        [
            np.concatenate([best(bm25.scores(question.text), TO)[FROM:], best(dense @ row, TO // 2)[FROM:]])
            for question, row in zip(asked, rows_, strict=True)
        ]
    )


class Pieces:
    """Every text cut once: its title and its sentences (a distractor is one sentence) as arrays of word pieces."""

    def __init__(self, tokenizer: Tokenizer, texts: list[Text]) -> None:
        flat = [part for text in texts for part in (text.title, *(text.sentences or (text.body,)))]
        bags = Bags.cut(tokenizer, flat, LENGTH)
        cuts = np.split(bags.ids, bags.starts[1:-1])
        sizes = [1 + len(text.sentences or (text.body,)) for text in texts]
        ends = np.cumsum(sizes)
        self.parts = {text.pid: cuts[end - size : end] for text, end, size in zip(texts, ends, sizes, strict=True)}

    def whole(self, text: Text) -> np.ndarray:
        """Title and body."""
        return np.concatenate(self.parts[text.pid])[:LENGTH]

    def view(self, text: Text, evidence: tuple[int, ...], chance: random.Random) -> np.ndarray:
        """The passage as an index may hold it: whole, or the window around its evidence, mostly with the title."""
        title, *body = self.parts[text.pid]
        if evidence and chance.random() > WHOLE:
            body = body[max(0, min(evidence) - chance.randrange(3)) : max(evidence) + 1 + chance.randrange(3)]
        return np.concatenate([title, *body] if chance.random() < TITLED else body)[:LENGTH]


def train(table: Table, tokenizer: Tokenizer, data: Path, work: Path, fold: int | None) -> None:
    """A few passes over the questions, mixed with real questions and answers from other sources."""
    chance = random.Random(0)
    texts = corpus(data)
    known = examples(data, texts, work, fold)
    pieces = Pieces(tokenizer, texts)
    asked = {
        example.question: one
        for example, one in zip(known, cut(tokenizer, [e.question.text for e in known]), strict=True)
    }
    pairs = [(r["q"], r["a"][:1500]) for name in QUESTIONS_AND_ANSWERS for r in rows(data, f"pairs/{name}.jsonl.xz")]
    extra = list(zip(*(cut(tokenizer, [pair[side] for pair in pairs]) for side in (0, 1)), strict=True))
    optimizer = torch.optim.Adam(table.parameters(), lr=RATE)
    steps, step = EPOCHS * (len(known) // BATCH), 0
    for epoch in range(EPOCHS):
        chance.shuffle(known)
        for begin in range(0, len(known) - BATCH + 1, BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(0.0, 1 - step / steps)
            batch, more = known[begin : begin + BATCH], chance.sample(extra, EXTRA)
            wrong = [texts[i] for example in batch for i in chance.sample(example.negatives, NEGATIVES)]
            right = [pieces.view(example.text, example.question.evidence, chance) for example in batch]
            loss = batch_loss(
                table([asked[example.question] for example in batch] + [question for question, _ in more]),
                table(right + [text for _, text in more] + [pieces.whole(text) for text in wrong]),
                [e.text.pid for e in batch] + [f"extra {i}" for i in range(EXTRA)],
                [text.pid for text in wrong],
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        print(f"epoch {epoch} loss {loss.item():.3f}", flush=True)


def batch_loss(asked: torch.Tensor, texts: torch.Tensor, right: list[str], wrong: list[str]) -> torch.Tensor:
    """InfoNCE over all texts of the batch and the hard negatives; the same passage is never its own negative."""
    names, own = np.array(right + wrong), np.array(right)
    same = own[:, None] == names[None]
    np.fill_diagonal(same, val=False)
    scores = (asked @ texts.T * SCALE).masked_fill(torch.from_numpy(same), -1e4)
    return functional.cross_entropy(scores, torch.arange(len(own)))


def cut(tokenizer: Tokenizer, texts: list[str]) -> list[np.ndarray]:
    """Word pieces of each text."""
    bags = Bags.cut(tokenizer, texts, LENGTH)
    return np.split(bags.ids, bags.starts[1:-1])


def thinned(text: np.ndarray) -> np.ndarray:
    """A text without a random share of its pieces."""
    kept = text[np.random.default_rng(int(torch.randint(2**31, (1,)))).random(len(text)) >= DROPPED]
    return kept if len(kept) else text


class ListTable(Table):
    """A table that takes lists of arrays of word pieces."""

    def forward(self, texts: list[np.ndarray]) -> torch.Tensor:  # type: ignore[override]
        """Unit rows (texts, dim); a share of the pieces is left out, so that no single one is relied upon."""
        texts = [thinned(text) for text in texts]
        sizes = np.array([len(text) for text in texts])
        offsets = np.cumsum(sizes) - sizes
        return super().forward(torch.from_numpy(np.concatenate(texts)), torch.from_numpy(offsets))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--fold", type=int, default=None)
    parser.add_argument(
        "--out", type=Path, default=None, help="by default models/embedder, or a fold's place in --work"
    )
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    table = load_table(options.work, ListTable)
    train(table, tokenizer, require(options.data), options.work, options.fold)
    fold_place = options.work / f"fold{options.fold}"
    export(table.folded(), tokenizer, options.out or (Path("models/embedder") if options.fold is None else fold_place))


if __name__ == "__main__":
    main()
