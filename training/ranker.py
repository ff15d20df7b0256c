"""Train the learned ranking: ``python -m training.ranker``.

Features (rag/ranking.py) of the best 40 of the fused sum, for every answerable question of RaadsQA train and of the
invented worlds (``training/worlds.py``). The features of a question come from an embedder that has not seen it
(``training.embedder_last --fold``; the shipped one has seen no worlds); those of dev from the shipped one. LightGBM's
LambdaMART; several models with other seeds are averaged by putting their trees in one file.
"""

from __future__ import annotations

import argparse
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import lightgbm
import numpy as np

from rag.association import FILE, Associations
from rag.embeddings import load_encoder
from rag.features import Analyzer
from rag.ranking import MODEL, NAMES, Candidate, candidate_features
from training.benchmark import fused, in_chunks, recall, summary
from training.bm25 import Bm25, Units
from training.data import DEFAULT, FOLDS, Question, answerable, corpus, require
from training.worlds import Group, Models, ask_fold

COUNT = 40
OF_WORLDS = "ranking-worlds.pickle"
PARAMETERS = {
    "objective": "lambdarank",
    "learning_rate": 0.05,
    "num_leaves": 24,
    "min_child_samples": 40,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "lambda_l2": 5.0,
    "lambdarank_truncation_level": 10,
    "verbose": -1,
    "num_threads": 1,
}
TREES = 200


def features(data: Path, work: Path, embedder: Path, questions: list[Question]) -> tuple[np.ndarray, np.ndarray]:
    """Features (questions, 40, features) and which candidate is right (questions, 40)."""
    texts = corpus(data)
    units = Units.of(texts, work)
    bm25 = Bm25.of(Units.whole(texts), work)
    encoder = load_encoder(embedder)
    analyzer = Analyzer(encoder, passages=len(texts), words=2_000_000)
    dense = units.rows(encoder, work)  # (units, dim)
    rows = encoder.encode([question.text for question in questions])
    matrix, right = [], []
    for question, cosines in zip(questions, in_chunks(rows, dense), strict=True):
        lexical, cosine = bm25.scores(question.text), units.best(cosines)
        order, score = fused(lexical, cosine)
        candidates = [
            Candidate(texts[i].pid, texts[i].title, "", texts[i].body, float(lexical[i]), float(cosine[i]), float(s))
            for i, s in zip(order[:COUNT], score[:COUNT], strict=True)
        ]
        matrix.append(candidate_features(analyzer, question.text, candidates))
        right.append([texts[i].pid == question.pid for i in order[:COUNT]])
    return np.stack(matrix), np.array(right)


def kept_features(data: Path, work: Path, embedder: Path, name: str, fold: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Features of a fold of train (or of dev), from ``work`` when they are there."""
    file = work / f"ranking-{name}.npz"
    if not file.is_file():
        split = "dev" if fold is None else "train"
        asked = [q for q in answerable(data, split) if fold is None or q.fold == fold]
        matrix, right = features(data, work, embedder, asked)
        np.savez(file, matrix=matrix, right=right)
    stored = np.load(file)
    return stored["matrix"], stored["right"]


def kept_groups(data: Path, work: Path, embedder: Path, name: str, fold: int) -> list[Group]:
    """The candidates of each question of a fold of train of which one is right."""
    matrix, right = kept_features(data, work, embedder, name, fold)
    return [group for group in zip(matrix, right, strict=True) if group[1].any()]


def world_groups(models: Path, fold: int) -> list[Group]:
    """The same of the worlds of a fold. What the shipped ranking thinks of them plays no part."""
    associations = Associations.load(models / "evidence" / FILE)
    found = ask_fold(Models(models, models / "ranker" / MODEL, associations), fold)
    return [one.ranking for one in found if one.teaches and one.ranking[1].any()]


def train(groups: list[Group], models: int, trees: int = TREES) -> str:
    """A LightGBM model file with the trees of several models, each tree's leaves divided by their number."""
    matrix, right = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    sizes = [len(group[1]) for group in groups]
    boosters = []
    for seed in range(models):
        rows = lightgbm.Dataset(matrix, right.astype(int), group=sizes, feature_name=list(NAMES))
        boosters.append(lightgbm.train(PARAMETERS | {"seed": seed}, rows, trees))
    return average(boosters)


def average(boosters: list[lightgbm.Booster], slope: float = 1.0, offset: float = 0.0) -> str:
    """Several models as one with scores ``slope * mean + offset``: all trees, with that worked into their leaves."""
    head, trees = "", []
    for booster in boosters:
        text = booster.model_to_string()
        before, _, rest = text.partition("\nTree=")
        head = before
        trees += ("\nTree=" + rest.partition("end of trees")[0]).split("\nTree=")[1:]
    lines = [line for line in head.splitlines() if not line.startswith("tree_sizes")]
    share, added = slope / len(boosters), offset / len(trees)
    parts = [_renumbered(tree, number, share, added) for number, tree in enumerate(trees)]
    sizes = "tree_sizes=" + " ".join(str(len(part.encode()) + 1) for part in parts)
    return "\n".join([*lines, sizes, "", *parts, "end of trees\n"])


def _renumbered(tree: str, number: int, share: float, added: float) -> str:
    lines = tree.rstrip("\n").splitlines()[1:]
    for index, line in enumerate(lines):
        if line.startswith("leaf_value="):
            values = (share * float(value) + added for value in line.removeprefix("leaf_value=").split())
            lines[index] = "leaf_value=" + " ".join(f"{value:.6g}" for value in values)
    kept = [line for line in lines if not line.startswith(("split_gain", "leaf_weight", "leaf_count", "internal_"))]
    return "\n".join([f"Tree={number}", *kept, "", ""])


def ranks_by(score: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The rank of the right candidate per question, 0 when it is not among them: (questions, 40) twice."""
    order = np.argsort(-score, axis=1, kind="stable")
    hit = np.take_along_axis(right, order, axis=1)
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--embedder", type=Path, default=Path("models/embedder"))
    parser.add_argument("--models", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("models/ranker"))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    require(options.data)
    names = [f"fold{fold}" for fold in range(FOLDS)]
    with ProcessPoolExecutor(2) as pool:
        dev = pool.submit(kept_features, options.data, options.work, options.embedder, "dev", None)
        asked = [
            pool.submit(kept_groups, options.data, options.work, options.work / name, name, fold)
            for fold, name in enumerate(names)
        ]
        invented = [pool.submit(world_groups, options.out.parent, fold) for fold in range(FOLDS)]
        groups, of_worlds = [job.result() for job in asked], [job.result() for job in invented]
        matrix, right = dev.result()
    (options.work / OF_WORLDS).write_bytes(pickle.dumps(of_worlds))
    text = train([group for fold in (*groups, *of_worlds) for group in fold], options.models)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / MODEL).write_text(text, encoding="utf-8")
    shape = matrix.shape
    score = lightgbm.Booster(model_str=text).predict(matrix.reshape(-1, shape[2])).reshape(shape[:2])
    print("sum   ", summary(ranks_by(-np.arange(COUNT)[None] + np.zeros(shape[:2]), right)), flush=True)
    print("ranked", summary(ranks_by(score, right)), f"of 40: {recall(ranks_by(score, right), COUNT):.3f}")


if __name__ == "__main__":
    main()
