"""Fit answerability for documents with questions and answers: ``python -m training.exchanges``, after the other.

RaadsQA's passages are mostly running text; in an exchange the question that was asked says much about what is
answered. The coefficients are fitted on RaadsQA's training worlds and, with as much weight in all, on the dev split of
the project's own questions over ``seeds/``, searched by the product itself. The test split is never read. The
threshold is the highest at which the share of answerable questions that is refused lies below ``REFUSED`` with 95%
certainty (Clopper and Pearson 1934), by estimates of models that have not seen them or a rephrasing of them.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

from rag.config import Config
from rag.embeddings import load_encoder
from rag.evidence import EXCHANGES, EvidenceFinder
from rag.indexing import build_index
from rag.ranking import Ranker
from rag.retrieval import Retriever
from rag.spelling import mend
from rag.store import Store
from training.evidence import REFUSED, WORLDS, World, estimate, fit

PARTS = 6  # of the questions, each estimated by a model of the others
HITS = 10


def project_worlds(questions: Path, seeds: Path, finder: EvidenceFinder) -> list[tuple[int, World]]:
    """For each dev question its part and its features, found by the product in an index of the seeds."""
    config, rows = Config(), [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    encoder = load_encoder(config.embedder_path)
    with tempfile.TemporaryDirectory() as folder:
        build_index([seeds], Path(folder), encoder)
        store = Store.open(Path(folder), encoder.fingerprint)
        retriever = Retriever(store, encoder, Ranker.load(Path(config.reranker_path), encoder), config)
        found = []
        for row in (row for row in rows if row["split"] == "dev"):
            asked = mend(row["q"], store.words())
            _, features = finder.weigh(asked, retriever.search(asked, HITS), store.text)
            part = zlib.crc32((row.get("variant_of") or row["id"]).encode()) % PARTS
            found.append((part, World("project", False, features, row["answerable"])))
    return found


def allowed(count: int) -> int:
    """How many of ``count`` may be refused so that the true share is below ``REFUSED`` with 95% certainty."""
    return next(k for k in range(count) if beta.ppf(0.95, k + 1, count - k) >= REFUSED) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"), help="that of training.evidence")
    parser.add_argument("--questions", type=Path, default=Path("eval/questions.jsonl"))
    parser.add_argument("--seeds", type=Path, default=Path("seeds"))
    parser.add_argument("--out", type=Path, default=Path("models/evidence"))
    options = parser.parse_args()
    folds, _ = pickle.loads((options.work / WORLDS).read_bytes())
    raadsqa = [world for fold in folds for world in fold if world.label is not None]
    finder = EvidenceFinder.load(options.out, load_encoder(Config().embedder_path))
    project = project_worlds(options.questions, options.seeds, finder)
    weight = len(raadsqa) / len(project)
    project = [(part, replace(world, weight=weight)) for part, world in project]
    likely = np.zeros(len(project))
    for part in range(PARTS):
        stored = fit(raadsqa + [world for other, world in project if other != part])
        inside = [place for place, (own, _) in enumerate(project) if own == part]
        likely[inside] = estimate(stored, [project[place][1] for place in inside])
    label = np.array([bool(world.label) for _, world in project])
    threshold = float(np.sort(likely[label])[allowed(int(label.sum()))])
    print(
        f"dev, unseen: AUROC {roc_auc_score(label, likely):.3f}, refused: answerable "
        f"{np.mean(likely[label] < threshold):.3f}, unanswerable {np.mean(likely[~label] < threshold):.3f}"
    )
    rule = (
        f"with 95% certainty less than {REFUSED:.0%} of answerable questions like those of the dev split of "
        "eval/questions.jsonl are refused (out of part)"
    )
    stored = fit(raadsqa + [world for _, world in project])
    text = json.dumps({"threshold": round(threshold, 4), "rule": rule, **stored}, indent=1)
    (options.out / EXCHANGES).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
