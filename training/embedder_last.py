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
from training.bm25 import Bm25
from training.data import DEFAULT, Question, Text, answerable, corpus, require, rows
from training.embedder import SCALE, Bags, encode, export, load_table

EPOCHS, BATCH, EXTRA, NEGATIVES, RATE = 8, 256, 128, 3, 2e-3
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
    bm25 = Bm25.of(texts, work)
    table, tokenizer = np.load(work / "weak.npy"), Tokenizer.from_file(str(work / "tokenizer.json"))
    dense = encode(tokenizer, table, [f"{text.title} {text.body}" for text in texts])  # (texts, dim)
    rows_ = encode(tokenizer, table, [question.text for question in asked])
    return np.stack(
        [
            np.concatenate([best(bm25.scores(question.text), TO)[FROM:], best(dense @ row, TO // 2)[FROM:]])
            for question, row in zip(asked, rows_, strict=True)
        ]
    )


def view(text: Text, evidence: tuple[int, ...], chance: random.Random) -> str:
    """The passage as an index may hold it: whole, or the window around its evidence, mostly with the title."""
    title = text.title + " " if chance.random() < 0.8 else ""
    if not evidence or chance.random() < 0.6:
        return title + text.body
    first, last = max(0, min(evidence) - chance.randrange(3)), max(evidence) + 1 + chance.randrange(3)
    return title + " ".join(text.sentences[first:last])


def train(table: torch.nn.Module, tokenizer: Tokenizer, data: Path, work: Path, fold: int | None) -> None:
    """Eight passes over the questions, mixed with real questions and answers from other sources."""
    chance = random.Random(0)
    texts = corpus(data)
    known = examples(data, texts, work, fold)
    extra = [(r["q"], r["a"][:1500]) for name in QUESTIONS_AND_ANSWERS for r in rows(data, f"pairs/{name}.jsonl.xz")]
    optimizer = torch.optim.Adam(table.parameters(), lr=RATE)
    steps, step = EPOCHS * (len(known) // BATCH), 0
    for epoch in range(EPOCHS):
        chance.shuffle(known)
        for begin in range(0, len(known) - BATCH + 1, BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(0.0, 1 - step / steps)
            batch = known[begin : begin + BATCH]
            loss = batch_loss(table, tokenizer, batch, chance.sample(extra, EXTRA), texts, chance)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        print(f"epoch {epoch} loss {loss.item():.3f}", flush=True)


def batch_loss(
    table: torch.nn.Module,
    tokenizer: Tokenizer,
    batch: list[Example],
    extra: list[tuple[str, str]],
    texts: list[Text],
    chance: random.Random,
) -> torch.Tensor:
    """InfoNCE over all texts of the batch and the hard negatives; other questions' right passages count as wrong."""
    asked = [example.question.text for example in batch] + [question for question, _ in extra]
    right = [view(example.text, example.question.evidence, chance) for example in batch] + [text for _, text in extra]
    wrong = [texts[i] for example in batch for i in chance.sample(example.negatives, NEGATIVES)]
    passages = right + [f"{text.title} {text.body}" for text in wrong]
    names = [example.text.pid for example in batch] + [""] * len(extra) + [text.pid for text in wrong]
    scores = rows_of(table, tokenizer, asked) @ rows_of(table, tokenizer, passages).T * SCALE
    same = torch.tensor([[bool(a) and a == b for b in names] for a in names[: len(asked)]])
    same.fill_diagonal_(False)
    return functional.cross_entropy(scores.masked_fill(same, -1e4), torch.arange(len(asked)))


def rows_of(table: torch.nn.Module, tokenizer: Tokenizer, texts: list[str]) -> torch.Tensor:
    """Unit rows (texts, dim) that gradients flow through."""
    bags = Bags.cut(tokenizer, texts, LENGTH)
    rows_: torch.Tensor = table(*bags.take(np.arange(len(texts))))
    return rows_


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--fold", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None, help="by default models/embedder, or a fold's place in --work")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    table = load_table(options.work)
    train(table, tokenizer, require(options.data), options.work, options.fold)
    fold_place = options.work / f"fold{options.fold}"
    export(table.folded(), tokenizer, options.out or (Path("models/embedder") if options.fold is None else fold_place))


if __name__ == "__main__":
    main()
