"""Train the choice of evidence and the estimate of answerability: ``python -m training.evidence``.

0. Associations: which words of a sentence go with which questions (``training/association.py``).
1. Sentences: boosted trees (LambdaMART) that put the evidence (RaadsQA's ``ev``) first among the sentences of all that
   search found, in the whole index and in a small one, and among those of its passage alone, that of our own questions
   over its passages, and the evidence of the invented worlds (``training/worlds.py``) among what the product finds in
   theirs; their scores stretched by a line to the log-odds of being evidence, fitted out of fold.
2. Answerability: a logistic regression over what search found. Unanswerable are the near-miss questions, and answerable
   ones that were altered, whose passage (with near duplicates) was taken out of the index, or that are asked of an
   index about something else. Half the indexes are made small (30–200 passages) so that the estimate holds for a
   folder of five documents as well.
3. The threshold: the highest at which at most ``REFUSED`` of the answerable questions of train (of those whose passage
   was found) are refused, by out-of-fold estimates.
4. Calibration: near misses and altered questions weigh more in 2 than they occur, which makes estimates low. A line
   through the log-odds of out-of-fold estimates, fitted on the usual mix, is worked into the coefficients. It moves
   estimates and threshold alike, so it changes no decision.

Embedder and ranking are the fold's own throughout, as in ``training/ranker.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import re
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.answerability import ANSWERABILITY, answerability_features
from rag.association import FILE, Associations
from rag.embeddings import load_encoder
from rag.evidence import READ, SENTENCES
from rag.features import Analysis, Analyzer, Asked
from rag.ranking import MODEL, Candidate, candidate_features, sigmoid
from rag.sentence_features import SENTENCE_NAMES, sentence_features
from rag.sentences import sentences
from rag.trees import load_forest
from training.association import examples
from training.association import train as train_associations
from training.benchmark import fused, in_chunks
from training.bm25 import Bm25, Units
from training.data import DEFAULT, FOLDS, Question, Text, corpus, own_questions, questions, require, rows, word_list
from training.ranker import COUNT, OF_WORLDS, average, kept_groups, train
from training.worlds import Group, Models, ask_fold

REFUSED = 0.02  # of the 5% that may be: premises (rag/premises.py) refuse some as well, and people ask in other words
WORLDS = "worlds.pickle"
INVENTED = 2.0  # what a question of the invented worlds weighs beside one of RaadsQA, for the choice of sentences
SENTENCE_TREES, SENTENCE_MODELS = 400, 1
SENTENCE_PARAMETERS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 5,
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_child_samples": 30,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "lambda_l2": 5.0,
    "verbose": -1,
    "num_threads": 1,
}


def contexts(data: Path) -> dict[str, str]:
    """The question that a passage was an answer to, where there was one."""
    return {row["pid"]: row["context"] for row in rows(data, "raadsqa/passages.jsonl.xz") if row["context"]}


def parts(text: Text, context: str) -> list[tuple[str, str]]:
    """A passage as rag.evidence.View sees it."""
    cut = text.sentences or [text.body[span.start : span.end] for span in sentences(text.body)]
    under = [("context", context[span.start : span.end]) for span in sentences(context)]
    return [("title", text.title), *under, *(("candidate", sentence) for sentence in cut)]


def sentence_rows(
    data: Path, embedder: Path, associations: Associations, asked: list[Question], *, under: bool
) -> list[Group]:
    """For each question the features of its passage's sentences, with nothing beside it, and which are evidence."""
    texts = {text.pid: text for text in corpus(data)}
    context = contexts(data) if under else {}
    analyzer = Analyzer(load_encoder(embedder), passages=10_000, words=2_000_000)
    found = []
    for question in asked:
        text = texts[question.pid]
        analysis = analyzer.analyse(text.pid, lambda text=text: parts(text, context.get(text.pid, "")))
        known = analyzer.question(question.text)
        matrix = sentence_features(known, [analysis], analyzer.match(known, [analysis]), associations)
        found.append((matrix, np.isin(np.arange(len(matrix)), question.evidence)))
    return found


def train_sentences(groups: list[Group], invented: Sequence[Group] = ()) -> list[lightgbm.Booster]:
    """Several models, to be averaged."""
    matrix, label = (np.concatenate(arrays) for arrays in zip(*groups, *invented, strict=True))
    sizes = [len(group[1]) for group in (*groups, *invented)]
    weight = np.repeat([1.0] * len(groups) + [INVENTED] * len(invented), sizes)
    return [
        lightgbm.train(
            SENTENCE_PARAMETERS | {"seed": seed},
            lightgbm.Dataset(matrix, label.astype(int), group=sizes, weight=weight, feature_name=list(SENTENCE_NAMES)),
            SENTENCE_TREES,
        )
        for seed in range(SENTENCE_MODELS)
    ]


def sentence_scores(model: str, groups: list[Group]) -> np.ndarray:
    """The scores of all sentences of several groups, in order."""
    return lightgbm.Booster(model_str=model).predict(np.concatenate([group[0] for group in groups]), raw_score=True)


def top_is_evidence(model: str, groups: list[Group]) -> np.ndarray:
    """Whether the best sentence is evidence, for each question."""
    split = np.split(sentence_scores(model, groups), np.cumsum([len(group[0]) for group in groups])[:-1])
    return np.array([group[1][int(np.argmax(score))] for group, score in zip(groups, split, strict=True)])


@dataclass(frozen=True, slots=True)
class World:
    """What is in the index when a question is asked. ``label`` is None where there is no telling."""

    kind: str  # "whole", "small", "whole without", "small without"
    near_miss: bool
    features: dict[str, float]
    label: bool | None
    altered: bool = False  # the question, or the index: made so that nothing answers


class Search:
    """The whole way from question to answerability features, over any part of the benchmark's passages."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it searches, and what by
        self,
        data: Path,
        work: Path,
        embedder: Path,
        ranking: Path,
        associations: Associations,
        sentence_model: Path | None,
    ) -> None:
        self.texts = corpus(data)
        self.place = {text.pid: index for index, text in enumerate(self.texts)}
        self.units = Units.of(self.texts, work)
        self.bm25 = Bm25.of(Units.whole(self.texts), work)
        self.context = contexts(data)
        self.encoder = load_encoder(embedder)
        self.analyzer = Analyzer(self.encoder, passages=80_000, words=2_000_000)
        self.unit_rows = self.units.rows(self.encoder, work)
        summed = np.add.reduceat(self.unit_rows, self.units.starts[:-1])
        self.rows = summed / np.linalg.norm(summed, axis=1, keepdims=True)  # (texts, dim)
        self.ranking = load_forest(ranking)
        self.associations = associations
        self.sentence_model = load_forest(sentence_model) if sentence_model else None

    def all_worlds(self, asked: list[Question], *, every: bool) -> list[World]:
        """The worlds of many questions."""
        rows_ = self.encoder.encode([question.text for question in asked])
        cosines = in_chunks(rows_, self.unit_rows)
        return [
            world for q, cosine in zip(asked, cosines, strict=True) for world in self.worlds(q, cosine, every=every)
        ]

    def sentence_rows(self, asked: list[Question]) -> list[Group]:
        """The features of all sentences that are found, and which are evidence, of questions whose passage is found.

        Each question is asked of the whole index and of a small one.
        """
        rows_ = self.encoder.encode([question.text for question in asked])
        found = []
        for question, cosines in zip(asked, in_chunks(rows_, self.unit_rows), strict=True):
            lexical, cosine, right = self.bm25.scores(question.text), self.units.best(cosines), self.place[question.pid]
            small = np.union1d(self.small(right, random.Random(zlib.crc32(question.text.encode()))), [right])
            for members in (np.arange(len(self.texts)), small):
                hits, scores = self.hits(question, members, lexical, cosine)
                if right in hits:
                    known, analyses = self.analysed(question, hits)
                    match = self.analyzer.match(known, analyses)
                    matrix = sentence_features(known, analyses, match, self.associations, scores)
                    counts = [sum(kind == "candidate" for kind in text.kinds) for text in analyses]
                    own = np.repeat(np.array(hits) == right, counts)
                    place = np.concatenate([np.arange(count) for count in counts])
                    found.append((matrix, own & np.isin(place, question.evidence)))
        return found

    def worlds(self, question: Question, cosines: np.ndarray, *, every: bool) -> list[World]:
        """The question asked of several indexes (of all four kinds, or of a fitting choice of them)."""
        chance = random.Random(zlib.crc32(question.text.encode()))
        lexical = self.bm25.scores(question.text)
        cosine = self.units.best(cosines)
        right = self.place[question.pid]
        same = self.duplicates(right)
        small = self.small(right, chance)
        inside = {"whole": np.arange(len(self.texts)), "small": np.union1d(small, [right])}
        if question.answer is not None:
            inside |= {f"{kind} without": np.setdiff1d(members, same) for kind, members in list(inside.items())}
        chosen = list(inside) if every or question.answer is None else chance.sample(list(inside), 2)
        return [self.world(kind, question, inside[kind], lexical, cosine) for kind in chosen]

    def world(
        self, kind: str, question: Question, members: np.ndarray, lexical: np.ndarray, cosine: np.ndarray
    ) -> World:
        """The question asked of an index that holds ``members`` only."""
        hits, scores = self.hits(question, members, lexical, cosine)
        there = self.place[question.pid] in hits
        unanswerable = question.answer is None or "without" in kind
        label = False if unanswerable else (True if there else None)
        return World(kind, question.answer is None, self.describe(question, hits, scores), label)

    def hits(
        self, question: Question, members: np.ndarray, lexical: np.ndarray, cosine: np.ndarray
    ) -> tuple[list[int], list[float]]:
        """The passages (positions in the corpus) that are read, best first, and their scores."""
        order, score = fused(lexical[members], cosine[members])
        places = members[order[:COUNT]]
        candidates = [
            Candidate(text.pid, text.title, "", text.body, float(lexical[i]), float(cosine[i]), float(s))
            for i, s in zip(places, score[:COUNT], strict=True)
            for text in (self.texts[i],)
        ]
        ranked = sigmoid(self.ranking.predict(candidate_features(self.analyzer, question.text, candidates)))
        top = np.argsort(-ranked, kind="stable")[:READ]
        return [int(places[i]) for i in top], [float(ranked[i]) for i in top]

    def analysed(self, question: Question, hits: list[int]) -> tuple[Asked, list[Analysis]]:
        """A question and the passages that were found for it, taken apart."""
        return self.analyzer.question(question.text), [
            self.analyzer.analyse(
                f"evidence {i}", lambda i=i: parts(self.texts[i], self.context.get(self.texts[i].pid, ""))
            )
            for i in hits
        ]

    def describe(self, question: Question, hits: list[int], scores: list[float]) -> dict[str, float]:
        """The answerability features of a search's best hits (positions in the corpus)."""
        assert self.sentence_model is not None
        asked, analyses = self.analysed(question, hits)
        match = self.analyzer.match(asked, analyses)
        rows_ = sentence_features(asked, analyses, match, self.associations, scores)
        likely = sigmoid(self.sentence_model.predict(rows_))
        return answerability_features(asked, analyses, match, likely, scores)

    def duplicates(self, right: int) -> np.ndarray:
        """The passage itself and others that say nearly the same (their vectors' cosine is over 0.9)."""
        return np.flatnonzero(self.rows @ self.rows[right] > 0.9)

    def small(self, right: int, chance: random.Random) -> np.ndarray:
        """A small index: the passages nearest in the file (mostly the same dossier) and some from the same source."""
        count, source = chance.choice([30, 60, 120, 200]), self.texts[right].pid.split("-")[0]
        near = np.arange(max(0, right - count // 4), right + count // 4)
        same = [i for i in chance.sample(range(4110), 4 * count) if self.texts[i].pid.startswith(source)]
        return np.union1d(near[near < 4110], np.array(same[: count // 2] + chance.sample(range(4110), count // 4)))


def names_in(question: str) -> list[str]:
    """Words with a capital that do not begin the question."""
    return [name for name in re.findall(r"(?<=\w )[A-Z][a-zà-ÿ]{3,}", question) if not name.startswith("Woo")]


def altered(question: Question, text: Text, names: list[str], chance: random.Random) -> Question | None:
    """The question about another year, number or name, of which its passage says nothing; None when it has none."""
    body = f"{text.title} {text.body}"
    numbers, own = re.findall(r"\b\d{1,4}\b", question.text), names_in(question.text)
    if not numbers and not own:
        return None
    old = chance.choice(numbers + own)
    if old.isdigit():
        drawn = [str(int(old) + step) for step in (-4, -3, -2, -1, 1, 2, 3, 4) if int(old) + step > 0]
    else:
        drawn = chance.sample(names, 8)
    new = next((word for word in drawn if word not in body), None)
    if new is None:
        return None
    return Question(question.pid, re.sub(rf"\b{old}\b", new, question.text, count=1), None, ())


def altered_worlds(search: Search, asked: list[Question], count: int) -> list[World]:
    """Worlds of questions that were altered so that nothing answers them."""
    chance = random.Random(0)
    names = sorted({name for question in asked for name in names_in(question.text)})
    known = [question for question in asked if question.answer is not None]
    made = (altered(q, search.texts[search.place[q.pid]], names, chance) for q in chance.sample(known, len(known)))
    worlds = search.all_worlds([question for question in made if question][:count], every=False)
    return [replace(world, altered=True) for world in worlds]


def elsewhere_worlds(search: Search, asked: list[Question], count: int) -> list[World]:
    """Worlds of questions that are asked of a small index about something else."""
    chance, found = random.Random(1), []
    known = [question for question in asked if question.answer is not None]
    for question in chance.sample(known, min(count, len(known))):
        lexical = search.bm25.scores(question.text)
        cosine = search.units.best(search.encoder.encode([question.text])[0] @ search.unit_rows.T)
        same = search.duplicates(search.place[question.pid])
        members = np.setdiff1d(search.small(chance.randrange(4110), chance), same)
        found.append(replace(search.world("small without", question, members, lexical, cosine), altered=True))
    return found


def fold_worlds(  # noqa: PLR0913, PLR0917 - one job of a pool of processes
    data: Path, work: Path, embedder: Path, name: str, fold: int | None, share: float
) -> list[World]:
    """All worlds of a fold's questions (or of dev's, fold None), with models that have not seen them."""
    split = "dev" if fold is None else "train"
    asked = [q for q in questions(data, split) if fold is None or q.fold == fold]
    asked = random.Random(0).sample(asked, int(share * len(asked)))
    associations = Associations.load(work / f"{name}-{FILE}")
    ranking, chosen = work / f"{MODEL}-{name}", work / f"{SENTENCES}-{name}"
    search = Search(data, work, embedder, ranking, associations, chosen)
    worlds = search.all_worlds(asked, every=fold is None)
    if fold is None:
        return worlds
    return worlds + altered_worlds(search, asked, len(asked) // 2) + elsewhere_worlds(search, asked, len(asked) // 4)


def matrix_of(worlds: list[World]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features (n, features), labels (n,) and the features' names, of the worlds that have a label."""
    known = [world for world in worlds if world.label is not None]
    names = list(known[0].features)
    matrix = np.array([[world.features[name] for name in names] for world in known], np.float64)
    return matrix, np.array([world.label for world in known]), names


def fit(worlds: list[World]) -> dict[str, object]:
    """The coefficients, as stored; near misses weigh more, for they are few and hardest."""
    matrix, label, names = matrix_of(worlds)
    known = [world for world in worlds if world.label is not None]
    return logistic(
        matrix, label, names, np.array([3.0 if world.near_miss and not world.altered else 1.0 for world in known])
    )


def logistic(
    matrix: np.ndarray, label: np.ndarray, names: Sequence[str], weight: np.ndarray | None = None
) -> dict[str, object]:
    """The coefficients of a regression on features (n, features), as rag/answerability.py reads them."""
    mean, scale = matrix.mean(axis=0), 1 / np.maximum(matrix.std(axis=0), 1e-6)
    rows_ = np.clip((matrix - mean) * scale, -4, 4)
    model = LogisticRegression(C=0.1, max_iter=2000).fit(rows_, label, sample_weight=weight)
    coefficients = {
        name: {"mean": round(float(m), 5), "scale": round(float(s), 5), "weight": round(float(w), 5)}
        for name, m, s, w in zip(names, mean, scale, model.coef_[0], strict=True)
    }
    return {"bias": round(float(model.intercept_[0]), 5), "coefficients": coefficients}


def line(likely: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """The line through log-odds that makes estimates come true as often as they say (Platt 1999): slope and height."""
    odds = np.log(likely / (1 - likely))[:, None]
    model = LogisticRegression(C=1e6).fit(odds, label)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def on_line(likely: np.ndarray, stretch: tuple[float, float]) -> np.ndarray:
    """Estimates moved by a line."""
    return sigmoid(stretch[0] * np.log(likely / (1 - likely)) + stretch[1])


def calibrated(stored: dict, stretch: tuple[float, float]) -> dict[str, object]:
    """The coefficients with a line worked into them; what is above what stays as it is."""
    slope, height = stretch
    rows_ = {k: row | {"weight": round(slope * row["weight"], 5)} for k, row in stored["coefficients"].items()}
    return {"bias": round(slope * stored["bias"] + height, 5), "coefficients": rows_}


def estimate(stored: dict, worlds: list[World]) -> np.ndarray:
    """The estimated likelihood for each labelled world."""
    matrix, _, names = matrix_of(worlds)
    rows_ = stored["coefficients"]
    mean, scale, weight = (np.array([rows_[name][key] for name in names]) for key in ("mean", "scale", "weight"))
    return sigmoid(stored["bias"] + np.clip((matrix - mean) * scale, -4, 4) @ weight)


def report(name: str, likely: np.ndarray, worlds: list[World], threshold: float) -> None:
    known = [world for world in worlds if world.label is not None]
    for kind in ("", "whole", "small"):
        for near in (True, False):
            chosen = [i for i, w in enumerate(known) if w.kind.startswith(kind) and (w.label or w.near_miss == near)]
            label = np.array([bool(known[i].label) for i in chosen])
            part = likely[chosen]
            if label.all():
                continue
            print(
                f"{name} {kind or 'all':6} {'near miss' if near else 'taken out'} n={len(label)} "
                f"AUROC {roc_auc_score(label, part):.3f} refused: answerable {np.mean(part[label] < threshold):.3f} "
                f"unanswerable {np.mean(part[~label] < threshold):.3f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--embedder", type=Path, default=Path("models/embedder"))
    parser.add_argument("--ranker", type=Path, default=Path("models/ranker"))
    parser.add_argument("--out", type=Path, default=Path("models/evidence"))
    parser.add_argument("--folds", type=int, nargs="*", default=list(range(FOLDS)), help="fewer when in a hurry")
    parser.add_argument("--estimate-only", action="store_true", help="keep the sentences that are in --work and --out")
    parser.add_argument("--share", type=float, default=1.0, help="of the questions for answerability, when in a hurry")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    data, work = require(options.data), options.work
    options.out.mkdir(parents=True, exist_ok=True)
    folds = [(work / f"fold{fold}", f"fold{fold}", fold) for fold in range(FOLDS) if fold in options.folds]
    if not options.estimate_only:
        associations_stage(data, work, options.out, folds)
        rankings_stage(data, work, options.ranker, folds)
        sentences_stage(data, work, options.embedder, options.out, folds)
    with ProcessPoolExecutor(2) as pool:
        of = [*folds, (options.embedder, "dev", None)]
        jobs = [(data, work, *fold, options.share) for fold in of]
        *parts_, dev = list(pool.map(fold_worlds, *zip(*jobs, strict=True)))
    (work / WORLDS).write_bytes(pickle.dumps((parts_, dev)))
    likely, known = [], []
    for fold in range(len(folds)):
        stored = fit([world for other in range(len(folds)) if other != fold for world in parts_[other]])
        likely.append(estimate(stored, parts_[fold]))
        known += [world for world in parts_[fold] if world.label is not None]
    held_out = np.concatenate(likely)
    answerable_ = np.array([bool(world.label) for world in known])
    threshold = float(np.quantile(held_out[answerable_], REFUSED))
    report("train", held_out, known, threshold)
    usual = np.array([not world.altered for world in known])
    stretch = line(held_out[usual], answerable_[usual])
    stored = calibrated(fit([world for part in parts_ for world in part]), stretch)
    threshold = float(on_line(np.array([threshold]), stretch)[0])
    report("dev  ", estimate(stored, dev), dev, threshold)
    rule = (
        f"at most {REFUSED:.0%} of the answerable training questions whose passage was found are refused (out of fold)"
    )
    text = json.dumps({"threshold": round(threshold, 4), "rule": rule, **stored}, indent=1)
    (options.out / ANSWERABILITY).write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Groups:
    """The sentences among which a question's evidence must come first: features and marks, for each question."""

    found: list[Group]  # all sentences that search found
    alone: list[Group]  # those of the right passage, without and with the question above it
    invented: list[Group]  # all that the product found for the questions of the invented worlds

    @classmethod
    def of(cls, data: Path, work: Path, out: Path, embedder: Path, name: str, fold: int) -> Groups:  # noqa: PLR0913, PLR0917 - one job of a pool
        """Those of a fold's questions, with the fold's embedder and ranking; of worlds with the shipped embedder."""
        asked = [q for q in questions(data, "train") if q.evidence and q.fold == fold]
        associations, ranking = Associations.load(work / f"{name}-{FILE}"), work / f"{MODEL}-{name}"
        search = Search(data, work, embedder, ranking, associations, None)
        without, above = (sentence_rows(data, embedder, associations, asked, under=under) for under in (False, True))
        found = ask_fold(Models(out.parent, ranking, associations), fold)
        invented = [one.sentences for one in found if one.teaches and one.sentences[1].any()]
        own = [q for q in own_questions() if q.evidence and q.fold == fold and q.pid in search.place]
        return cls(search.sentence_rows(asked + own), without + above, invented)


def joined(groups: Iterable[Groups]) -> tuple[list[Group], list[Group]]:
    """Those of RaadsQA and those of the worlds, of several folds."""
    parts_ = list(groups)
    return [row for part in parts_ for row in part.found + part.alone], [
        row for part in parts_ for row in part.invented
    ]


def sentences_stage(data: Path, work: Path, embedder: Path, out: Path, folds: list[tuple[Path, str, int]]) -> None:
    """Train the choice of sentences, out of fold and on everything."""
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(Groups.of, data, work, out, *fold) for fold in folds]
        groups = [job.result() for job in jobs]
        others = [joined(g for other, g in enumerate(groups) if other != fold) for fold in range(len(folds))]
        every, *models = pool.map(train_sentences, *zip(joined(groups), *others, strict=True))
    plain = [average(boosters) for boosters in models]
    unseen = np.concatenate([sentence_scores(model, group.found) for model, group in zip(plain, groups, strict=True)])
    right = np.concatenate([marks for group in groups for _, marks in group.found])
    line_ = LogisticRegression(C=1e6).fit(unseen[:, None], right)
    slope, offset = float(line_.coef_[0, 0]), float(line_.intercept_[0])
    for kind in ("found", "alone", "invented"):
        on_top = [top_is_evidence(model, getattr(g, kind)).mean() for model, g in zip(plain, groups, strict=True)]
        print(f"evidence on top of what is {kind}, out of fold: {np.mean(on_top):.3f}", flush=True)
    for (_, name, _), boosters in zip(folds, models, strict=True):
        (work / f"{SENTENCES}-{name}").write_text(average(boosters, slope, offset), encoding="utf-8")
    model = average(every, slope, offset)
    (work / f"{SENTENCES}-dev").write_text(model, encoding="utf-8")
    (out / SENTENCES).write_text(model, encoding="utf-8")
    dev = [question for question in questions(data, "dev") if question.evidence]
    associations = Associations.load(out / FILE)
    for under in (False, True):
        right = top_is_evidence(model, sentence_rows(data, embedder, associations, dev, under=under))
        print(
            f"evidence on top, dev, {'with' if under else 'without'} the question above it: {right.mean():.3f}",
            flush=True,
        )


def associations_stage(data: Path, work: Path, out: Path, folds: list[tuple[Path, str, int]]) -> None:
    """Associations that have not seen a fold's questions, and those that ship."""
    known, listed = examples(data), word_list(data)
    for _, name, fold in folds:
        train_associations((example for example in known if example.fold != fold), listed).save(work / f"{name}-{FILE}")
    every = train_associations(known, listed)
    every.save(work / f"dev-{FILE}")
    every.save(out / FILE)


def rankings_stage(data: Path, work: Path, ranker: Path, folds: list[tuple[Path, str, int]]) -> None:
    """Rankings that have not seen a fold's questions, from the features that training/ranker.py kept."""
    of_worlds = pickle.loads((work / OF_WORLDS).read_bytes())
    kept = [kept_groups(data, work, folder, name, fold) + of_worlds[fold] for folder, name, fold in folds]
    for fold, (_, name, _) in enumerate(folds):
        others = [group for other in range(len(folds)) if other != fold for group in kept[other]]
        (work / f"{MODEL}-{name}").write_text(train(others, 1), encoding="utf-8")
    (work / f"{MODEL}-dev").write_text((ranker / MODEL).read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
