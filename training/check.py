"""Recompute every figure that the cards in models/ claim: ``python -m training.check`` (``make models-check``).

From the shipped files and RaadsQA dev. Each card holds a table between two marks; a figure that differs from what is
computed here by more than ``TOLERANCE`` is an error. ``--write`` puts the computed figures into the cards, with 95%
bootstrap intervals (Efron 1979), and draws the reliability diagram.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pickle
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.answerability import ANSWERABILITY, load_answerability
from rag.association import FILE, Associations
from rag.close_reading import CloseReader
from rag.config import Config, own_reader
from rag.embeddings import Encoder, StaticEncoder, load_encoder
from rag.evidence import SENTENCES
from rag.ranking import MODEL, Ranker
from rag.retrieval import Retriever
from rag.trees import load_forest
from training.data import DEFAULT, Question, answerable, corpus, questions
from training.evidence import Search, World, contexts, parts, sentence_rows
from training.lessons import Lesson, found_by, readings_of
from training.reliability import draw, expected_error
from training.shelf import Shelf

if TYPE_CHECKING:
    from rag.store import Store

MODELS = Path("models")
TOLERANCE = 0.002
SAMPLES = 1000
MARKS = ("<!-- figures: made by training/check.py -->", "<!-- end of figures -->")
PROTOTYPE = {  # shared/design/models.md and the issue, on the same benchmark
    "BM25": (0.435, 0.719, 0.824),
    "embedder": (0.327, 0.631, 0.802),
    "sum": (0.453, 0.756, 0.884),
    "ranked": (0.527, 0.820, 0.908),
}
CUTS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95% interval, and the prototype's where there was one."""

    name: str
    value: float
    low: float
    high: float
    prototype: float | None = None

    def row(self) -> str:
        """A row of a card's table."""
        prototype = "–" if self.prototype is None else f"{self.prototype:.3f}"
        return f"| {self.name} | {self.value:.3f} | {self.low:.3f}–{self.high:.3f} | {prototype} |"


def figure(name: str, values: np.ndarray, prototype: float | None = None) -> Figure:
    """The mean of a value per question."""
    chance = np.random.default_rng(0)
    means = [values[chance.integers(0, len(values), len(values))].mean() for _ in range(SAMPLES)]
    return Figure(name, float(values.mean()), *(float(q) for q in np.quantile(means, (0.025, 0.975))), prototype)


def recalls(name: str, found: np.ndarray) -> list[Figure]:
    """Recall at 1, 5 and 20 from the ranks of right passages (0: not found)."""
    before = PROTOTYPE.get(name, (None,) * 3)
    return [
        figure(f"{name}, recall@{cut}", ((found > 0) & (found <= cut)).astype(float), old)
        for cut, old in zip(CUTS, before, strict=True)
    ]


def area(name: str, likely: np.ndarray, label: np.ndarray) -> Figure:
    """Area under the ROC curve."""
    chance = np.random.default_rng(0)
    areas = []
    for _ in range(SAMPLES):
        drawn = chance.integers(0, len(label), len(label))
        if 0 < label[drawn].sum() < len(drawn):
            areas.append(roc_auc_score(label[drawn], likely[drawn]))
    return Figure(name, float(roc_auc_score(label, likely)), *(float(q) for q in np.quantile(areas, (0.025, 0.975))))


def found_at(shelf: Shelf, encoder: Encoder, ranker: Ranker | None, asked: list[Question], weight: float) -> np.ndarray:
    """The rank (1–20) of each question's passage in what the product's search gives, 0 when it is not there."""
    retriever = Retriever(cast("Store", shelf), encoder, ranker, Config(fusion_weight=weight))
    orders = [[hit.passage.passage_id for hit in retriever.search(question.text, CUTS[-1])] for question in asked]
    return np.array([1 + o.index(q.pid) if q.pid in o else 0 for o, q in zip(orders, asked, strict=True)])


def search_figures(data: Path, work: Path) -> tuple[list[Figure], list[Figure]]:
    """Search by words, by meaning and by both, and then ranked, with the product's own index and retriever."""
    texts, asked, encoder = corpus(data), answerable(data, "dev"), load_encoder(MODELS / "embedder")
    ranker = Ranker.load(MODELS / "ranker", encoder)
    with TemporaryDirectory() as folder:
        shelf = Shelf.build(texts, encoder, Path(folder), work)
        found: list[Figure] = []
        for name, weight in (("BM25", 1.0), ("embedder", 0.0), ("sum", Config().fusion_weight)):
            found += recalls(name, found_at(shelf, encoder, None, asked, weight))
        return found, recalls("ranked", found_at(shelf, encoder, ranker, asked, Config().fusion_weight))


def evidence_figures(data: Path, work: Path) -> tuple[list[Figure], np.ndarray, np.ndarray]:
    """Evidence given the right passage; answerability over four kinds of index, with all estimates and labels."""
    dev = [question for question in questions(data, "dev") if question.evidence]
    found = []
    forest, associations = load_forest(MODELS / "evidence" / SENTENCES), Associations.load(MODELS / "evidence" / FILE)
    for under, name in ((False, "evidence on top"), (True, "evidence on top, with the question above it")):
        groups = sentence_rows(data, MODELS / "embedder", associations, dev, under=under)
        right = [marks[int(np.argmax(forest.predict(matrix)))] for matrix, marks in groups]
        found.append(figure(name, np.array(right, float)))
    worlds = dev_worlds(data, work)
    model = load_answerability(MODELS / "evidence" / ANSWERABILITY)
    likely = np.array([model.probability(world.features) for world in worlds])
    label = np.array([bool(world.label) for world in worlds])
    parts = {
        "AUROC": np.ones(len(label), bool),
        "AUROC, near misses": np.array([bool(w.label) or w.near_miss for w in worlds]),
        "AUROC, passage taken out": np.array([bool(w.label) or not w.near_miss for w in worlds]),
        "AUROC, small index": np.array([w.kind.startswith("small") for w in worlds]),
    }
    found += [area(name, likely[part], label[part]) for name, part in parts.items()]
    found.append(figure("answerable refused", (likely[label] < model.threshold).astype(float)))
    found.append(figure("unanswerable refused", (likely[~label] < model.threshold).astype(float)))
    error = expected_error(likely, label)
    return [*found, Figure("expected calibration error", error, error, error)], likely, label


def close_reading_figures(data: Path, work: Path) -> list[Figure]:
    """What reading closely makes of the figures of evidence, the same questions and indexes; and of the estimate."""
    reader = CloseReader.load(MODELS / "cross_encoder")
    dev = [question for question in questions(data, "dev") if question.evidence]
    texts, above = {text.pid: text for text in corpus(data)}, contexts(data)
    forest, associations = load_forest(MODELS / "evidence" / SENTENCES), Associations.load(MODELS / "evidence" / FILE)
    found = []
    for under, name in ((False, "evidence on top"), (True, "evidence on top, with the question above it")):
        right = []
        groups = sentence_rows(data, MODELS / "embedder", associations, dev, under=under)
        for question, (matrix, marks) in zip(dev, groups, strict=True):
            readings = readings_of(parts(texts[question.pid], above.get(question.pid, "") if under else ""))
            right.append(marks[int(np.argmax(reader.read(question.text, readings, forest.predict(matrix)).odds))])
        found.append(figure(name, np.array(right, float)))
    estimate = load_answerability(MODELS / "evidence" / ANSWERABILITY)
    known = [lesson for lesson in dev_lessons(data, work) if lesson.teaches]
    likely = np.array(
        [
            reader.estimate(
                estimate.probability(lesson.features),
                lesson.features,
                reader.read(lesson.question, lesson.readings, lesson.odds),
            )
            for lesson in known
        ]
    )
    label = np.array([lesson.answerable for lesson in known])
    found.append(area("AUROC, near misses", likely, label))
    found.append(figure("answerable refused", (likely[label] < reader.threshold).astype(float)))
    found.append(figure("near misses refused", (likely[~label] < reader.threshold).astype(float)))
    return found


def dev_lessons(data: Path, work: Path) -> list[Lesson]:
    """All questions of dev in the whole index and a small one, as the shipped models find sentences for them."""
    kept = work / f"lessons-{_digest()}.pickle"
    if not kept.is_file():
        associations = Associations.load(MODELS / "evidence" / FILE)
        ranking, chosen = MODELS / "ranker" / MODEL, MODELS / "evidence" / SENTENCES
        search = Search(data, work, MODELS / "embedder", ranking, associations, chosen)
        kept.write_bytes(pickle.dumps(list(found_by(search, questions(data, "dev"), every=True))))
    found: list[Lesson] = pickle.loads(kept.read_bytes())
    return found


def _digest() -> str:
    """Of the models and the code that searches and chooses sentences."""
    files = [MODELS / "embedder" / "model.safetensors", MODELS / "ranker" / MODEL, MODELS / "evidence" / SENTENCES]
    files += [MODELS / "evidence" / FILE]
    names = ("features", "ranking", "evidence", "answerability", "sentence_features", "association")
    files += [Path("rag") / f"{name}.py" for name in names]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def dev_worlds(data: Path, work: Path) -> list[World]:
    """All questions of dev asked of two kinds of index each; those without a label are left out.

    Kept in ``work`` until a model or the code that they come from changes; the coefficients of answerability take no
    part in them.
    """
    kept = work / f"worlds-{_digest()}.pickle"
    if not kept.is_file():
        asked = questions(data, "dev")
        with ProcessPoolExecutor(2) as pool:
            halves = list(pool.map(_worlds, [data] * 2, [work] * 2, [asked[::2], asked[1::2]]))
        kept.write_bytes(pickle.dumps([world for half in halves for world in half]))
    found: list[World] = pickle.loads(kept.read_bytes())
    return [world for world in found if world.label is not None]


def _worlds(data: Path, work: Path, asked: list[Question]) -> list[World]:
    associations = Associations.load(MODELS / "evidence" / FILE)
    ranking, chosen = MODELS / "ranker" / MODEL, MODELS / "evidence" / SENTENCES
    search = Search(data, work, MODELS / "embedder", ranking, associations, chosen)
    return search.all_worlds(asked, every=False)


def speed() -> str:
    """How fast the embedder loads and reads, on this machine (not part of any claim)."""
    begun = time.perf_counter()
    encoder = load_encoder(MODELS / "embedder")
    loaded = time.perf_counter()
    assert isinstance(encoder, StaticEncoder)
    text = "Het college heeft de raad hierover op 3 maart per brief geïnformeerd. " * 12
    encoder.encode([text] * 100)
    read = time.perf_counter()
    encoder.encode([text] * 2000)
    return (
        f"embedder loads in {1000 * (loaded - begun):.0f} ms, reads {2000 / (time.perf_counter() - read):.0f} texts/s"
    )


def compare(card: Path, figures: list[Figure], *, write: bool) -> list[str]:
    """What a card claims that is not so; with ``write``, the card is made to say what is."""
    text = card.read_text(encoding="utf-8")
    before, found, rest = text.partition(MARKS[0])
    claimed, _, after = rest.partition(MARKS[1])
    if not found:
        return [f"{card}: the marks around the figures are missing"]
    if write:
        head = "| on RaadsQA dev | value | 95% interval | prototype |\n|---|---|---|---|\n"
        table = f"\n\n{head}" + "\n".join(f.row() for f in figures) + "\n\n"
        card.write_text(before + MARKS[0] + table + MARKS[1] + after, encoding="utf-8")
        return []
    claims = dict(re.findall(r"^\| (.+?) \| (-?[\d.]+) \|", claimed, re.MULTILINE))
    wrong = [f"{card}: {f.name} is claimed to be {claims.get(f.name, 'nothing')}, it is {f.value:.3f}" for f in figures
             if f.name not in claims or abs(float(claims[f.name]) - f.value) > TOLERANCE]  # fmt: skip
    unknown = sorted(set(claims) - {f.name for f in figures})
    return wrong + [f"{card}: {name} is claimed and not computed" for name in unknown]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/check"))
    parser.add_argument("--only", choices=("search", "evidence", "reader"), help="a part of the work")
    parser.add_argument("--write", action="store_true", help="put the figures into the cards")
    options = parser.parse_args()
    if not (options.data / "raadsqa").is_dir():
        sys.exit(
            f"De cijfers zijn niet na te rekenen: RaadsQA staat niet in {options.data}. Die gegevens horen niet bij "
            "het project; geef de map ermee op: make models-check DATA=MAP.\n"
            f"Cannot check the figures: RaadsQA is not at {options.data}, and is no part of the project. "
            "Give its folder: make models-check DATA=FOLDER."
        )
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    options.work.mkdir(parents=True, exist_ok=True)
    print(speed(), flush=True)
    wrong = []
    found: dict[str, list[Figure]] = {}
    if options.only in (None, "search"):
        found["embedder"], found["ranker"] = search_figures(options.data, options.work)
    if options.only in (None, "evidence"):
        found["evidence"], likely, label = evidence_figures(options.data, options.work)
        if options.write:
            (MODELS / "evidence" / "reliability.svg").write_text(draw(likely, label), encoding="utf-8")
        found["cross_encoder"] = close_reading_figures(options.data, options.work)
    reader = own_reader()
    if options.only in (None, "reader") and reader is not None:
        from training.reader.card import reader_figures

        found["reader"] = reader_figures(options.data, reader, MODELS)
    for name, figures in found.items():
        print(f"\n{name}\n" + "\n".join(f.row() for f in figures), flush=True)
        wrong += compare(MODELS / name / "README.md", figures, write=options.write)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
