"""How much the evidence leans in, and when the reader is silent: ``python -m training.reader.tune --model FILE``.

Both settings are chosen on questions of RaadsQA train that the reader has not learned from, with a choice of evidence
that has not seen them either (the shipped one has, and would seem too good). Nothing is chosen on dev. The weight is
the one with which the first sentence is right most often, the lightest of equals; silence is set so that a tenth of the
answerable questions is refused. Prints what to put in ``rag/config.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.answerability import ANSWERABILITY
from rag.answering.llama import LlamaModel
from rag.answering.verbatim import VerbatimAnswerer
from rag.association import FILE, Associations
from rag.config import Config
from rag.evidence import SENTENCES, EvidenceFinder
from training.association import examples
from training.association import train as train_associations
from training.data import DEFAULT, Question, questions, require, word_list
from training.evidence import sentence_rows, sentence_scores, train_sentences
from training.ranker import average
from training.reader.compare import silence_figures
from training.reader.contest import put
from training.reader.prepare import held_out_passages
from training.reader.shape import FULL, Run
from training.reader.worlds import ANSWERABLE, World, raadsqa_worlds

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


def held_out_worlds(data: Path, work: Path, models: Path, most: int, run: Run = FULL) -> list[World]:
    """The worlds of ``most`` held out questions, with evidence chosen by a model that has not seen them."""
    train = questions(data, "train")
    kept = held_out_passages(train, run.held_out)
    asked = [question for question in train if question.pid in kept][:most]
    associations = unseen_associations(data, kept)
    model = unseen_evidence(data, models / "embedder", associations, train, kept)
    with TemporaryDirectory() as name:
        folder = Path(name) / "evidence"
        folder.mkdir()
        (folder / SENTENCES).write_text(model, encoding="utf-8")
        associations.save(folder / FILE)
        (folder / ANSWERABILITY).write_bytes((models / "evidence" / ANSWERABILITY).read_bytes())
        (folder.parent / "embedder").symlink_to((models / "embedder").resolve())
        finder = EvidenceFinder.load(folder)
    return raadsqa_worlds(data, work, models, asked, finder)


def unseen_associations(data: Path, kept: set[str]) -> Associations:
    """Associations from the questions that are not held out, and from the worlds."""
    held_out = {question.text for question in questions(data, "train") if question.pid in kept}
    return train_associations((e for e in examples(data) if e.question not in held_out), word_list(data))


def unseen_evidence(
    data: Path, embedder: Path, associations: Associations, train: Sequence[Question], kept: set[str]
) -> str:
    """A choice of evidence from the questions that are not held out; those that are only tell how sure it may be."""
    groups = {
        held_out: sentence_rows(
            data, embedder, associations, [q for q in train if q.evidence and (q.pid in kept) == held_out], under=False
        )
        for held_out in (False, True)
    }
    boosters = train_sentences(groups[False])
    scores = sentence_scores(average(boosters), groups[True])
    line = LogisticRegression(C=1e6).fit(scores[:, None], np.concatenate([right for _, right in groups[True]]))
    return average(boosters, float(line.coef_[0, 0]), float(line.intercept_[0]))


def right_first(model: LlamaModel, worlds: Sequence[World], weight: float) -> float:
    """How often the first sentence that the model chooses is one that answers; it may not refuse here."""
    config = replace(Config(), llm_evidence_weight=weight, llm_silence=-1e6)
    answerer = VerbatimAnswerer(model, config)
    asked = [world for world in worlds if world.kind == ANSWERABLE]
    return float(np.mean([put(world, answerer.stream, asked_anyway=True).first for world in asked]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/reader"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--most", type=int, default=200, help="questions")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    worlds = held_out_worlds(require(options.data), options.work, options.models, options.most)
    model = LlamaModel(Config(llm=str(options.model), llm_threads=options.threads))
    found = {}
    for weight in WEIGHTS:
        found[weight] = right_first(model, worlds, weight)
        print(f"weight {weight}: first sentence right {found[weight]:.3f}", flush=True)
    best = max(WEIGHTS, key=lambda weight: (found[weight], -weight))
    silence = silence_figures(model, worlds)
    print(f"llm_evidence_weight = {best}\nllm_silence = {silence['llm_silence']}\n{silence}")


if __name__ == "__main__":
    main()
