"""The cross-encoder: computes what transformers computes, and what its opinion does to sentences and estimates."""

import json
import shutil
import threading

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from rag.answerability import ANSWERABILITY, Answerability, answerability_of, load_answerability
from rag.close_reading import BEST, COUNT, FEW, MEAN, SHORT, SPARING, CloseReader, Joined, Line, Opinion, worth_reading
from rag.config import models_folder
from rag.cross_encoder import SHAPE, TOKENIZER, CrossEncoder, Reading
from rag.errors import ModelInvalid, ModelMissing
from training import close_reading
from training.close_reading import REFUSED, Questions, estimate_of, report, sentence_line
from training.cross_encoder import CrossEncoder as Trained
from training.cross_encoder import chosen, export, go_further, loss_of, step_of, train
from training.lessons import Lesson

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (*MARKS, "how", "many", "reports", "were", "there", "in", "the", "city", "of", "noise", "twelve", "and", "?")
READINGS = [
    Reading("Er waren twaalf meldingen.", "Hoeveel meldingen waren er?"),
    Reading("De stad.", ""),
    Reading("Er was in de stad herrie, en er waren meldingen van herrie in de stad.", "De stad", "Twaalf meldingen."),
]
QUESTION = "Hoeveel meldingen waren er?"
PARTS = ["model.safetensors", TOKENIZER, SHAPE, "joined.json", ANSWERABILITY, SHORT]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A tiny model in the layout of MiniLM."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("start")
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=len(WORDS), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=48
    )
    BertModel(shape, add_pooling_layer=False).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / TOKENIZER))
    return folder


@pytest.fixture(scope="module")
def trained(start):
    return Trained(start).eval()


@pytest.fixture
def folder(trained, start, tmp_path):
    export(trained, tmp_path, start)
    line = {"sentence": {"before": 1.0, "reading": 2.0, "bias": 0.5}, "unread": 1.0}
    coefficients = {
        "x": {"mean": 0.0, "scale": 1.0, "weight": 1.0},
        BEST: {"mean": 0.0, "scale": 1.0, "weight": 2.0},
    }
    estimate = {"threshold": 0.4, "bias": 0.5, "coefficients": coefficients}
    for name, stored in (("joined.json", line), (ANSWERABILITY, estimate), (SHORT, estimate)):
        (tmp_path / name).write_text(json.dumps(stored), encoding="utf-8")
    return tmp_path


def test_numpy_computes_what_transformers_does(trained, folder):
    import torch

    found = CrossEncoder.load(folder).odds(QUESTION, READINGS)
    with torch.no_grad():
        expected = trained([trained.cutter.text(QUESTION, reading) for reading in READINGS]).numpy()
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=5e-3)  # matrices are in 8 bits


def test_training_goes_further_from_what_ships(start, folder, tmp_path_factory):
    again, other = tmp_path_factory.mktemp("again"), Trained(start).eval()
    assert not np.array_equal(other.head.weight.detach().numpy()[0], CrossEncoder.load(folder)._weights["head"])
    go_further(other, folder)
    export(other, again, start)
    found = CrossEncoder.load(again).odds(QUESTION, READINGS)
    assert np.allclose(found, CrossEncoder.load(folder).odds(QUESTION, READINGS), atol=1e-5)


def test_texts_do_not_see_each_other(folder):
    encoder = CrossEncoder.load(folder)
    together = encoder.odds(QUESTION, READINGS)
    alone = [encoder.odds(QUESTION, [reading])[0] for reading in READINGS]
    assert np.allclose(together, alone, atol=1e-5)
    assert encoder.odds(QUESTION, []).shape == (0,)


def test_long_texts_are_cut_and_odd_ones_are_read(folder):
    odd = [Reading("herrie " * 5000, "stad " * 500), Reading("", ""), Reading("\x00 ½ 🙂 <b>'\";--", "…")]
    assert np.isfinite(CrossEncoder.load(folder).odds("hoeveel " * 3000, odd)).all()


def test_threads_read_at_the_same_time(folder):
    encoder = CrossEncoder.load(folder)
    expected, found = encoder.odds(QUESTION, READINGS), {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: encoder.odds(QUESTION, READINGS)})) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[n], expected) for n in range(6))


@pytest.mark.parametrize("name", PARTS)
def test_a_missing_part_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing):
        CloseReader.load(folder)


@pytest.mark.parametrize("name", PARTS)
def test_a_damaged_part_is_refused(folder, name):
    (folder / name).write_bytes(b'{"broken')
    with pytest.raises(ModelInvalid):
        CloseReader.load(folder)


def test_only_what_comes_near_the_best_is_read():
    odds = np.array([-3.0, 1.0, 0.5, -1.0])
    assert worth_reading(odds).tolist() == [1, 2, 3]
    assert worth_reading(odds, sparing=True).tolist() == [1, 2]
    assert worth_reading(np.array([1.0] * 9)).tolist() == list(range(COUNT))
    assert len(worth_reading(np.array([1.0] * 9), sparing=True)) == SPARING[0] < COUNT
    assert worth_reading(np.zeros(0)).tolist() == []


class Opinionated:
    """A reader with a fixed opinion of each sentence."""

    def __init__(self, opinions):
        self.opinions = opinions

    def odds(self, question, readings):
        return np.array([self.opinions[reading.sentence] for reading in readings], np.float32)


def estimate_by(**weights):
    """An estimate that weighs features as they are."""
    ones = np.ones(len(weights), np.float32)
    return Answerability(tuple(weights), 0 * ones, ones, np.array([*weights.values()], np.float32), 0.0, 0.5)


def test_reading_can_put_another_sentence_first_but_none_that_was_not_read():
    joined = Joined(Line(1.0, 1.0, 0.0), 0.0)
    estimates = estimate_by(**{"x": 1.0, BEST: 0.5, MEAN: 2.0}), estimate_by(x=-1.0)
    reader = CloseReader(Opinionated({"a": -4.0, "b": 3.0}), joined, *estimates)
    readings = [Reading(name, "") for name in ("a", "b", "c")]
    odds = np.array([1.0, 0.0, -3.0])
    opinion = reader.read("?", readings, odds)
    assert np.argsort(-opinion.odds).tolist() == [1, 0, 2]
    assert opinion.read.tolist() == [-4.0, 3.0]
    long, short = {"x": 0.5, "question words": FEW + 1.0}, {"x": 0.5, "question words": float(FEW)}
    assert reader.estimate(0.5, long, opinion) == pytest.approx(1 / (1 + np.exp(-1)))
    assert reader.estimate(0.5, short, opinion) == pytest.approx(1 / (1 + np.exp(0.5)))  # an estimate of its own


def test_where_nothing_is_read_the_estimate_before_is_moved_to_the_threshold():
    reader = CloseReader(Opinionated({}), Joined(Line(1, 1, 0), 1.0), estimate_by(x=1.0), estimate_by(x=1.0))
    assert not len(reader.read("?", [], np.zeros(0)).read)
    moved = reader.estimate(0.3, {"x": 0.0}, Opinion(np.zeros(0), np.zeros(0)))
    assert np.log(moved / (1 - moved)) == pytest.approx(np.log(0.3 / 0.7) + 1.0)


def lesson(odds, marks):
    readings = tuple(Reading(f"Zin {place}", "") for place in range(len(odds)))
    return Lesson("Vraag?", "own", True, any(marks), readings, np.array(odds), np.array(marks, bool), {})


def test_a_lesson_is_of_evidence_and_of_what_looks_like_it():
    right, others = chosen(lesson([3.0, 2.0, 1.0, 0.0, -1.0, -2.0], [False, True, False, False, False, False]))
    assert right == [1] and len(others) == 3 and 1 not in others
    assert chosen(lesson([1.0, 0.0, -1.0], [False] * 3))[0] == []
    assert lesson([1.0, 0.0, -1.0], [False] * 3).teaches and not lesson([1.0], [False]).teaches


def test_the_loss_falls_when_evidence_is_put_first():
    import torch

    groups = [(1, 3), (0, 2)]
    good, bad = torch.tensor([4.0, -4, -4, -4, -4]), torch.tensor([-4.0, 4, 4, 4, 4])
    assert loss_of(good, groups) < 0.2 < loss_of(bad, groups)


def test_a_few_steps_learn_what_is_asked(start):
    import torch

    torch.manual_seed(0)
    model = Trained(start).train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-3)
    known = Lesson(QUESTION, "own", True, True, tuple(READINGS), np.zeros(3), np.array([True, False, False]), {})
    losses = [step_of(model, [known, known], optimizer) for _ in range(25)]
    assert losses[-1] < losses[0] / 2


def test_training_goes_on_where_it_was_stopped(start, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("training.cross_encoder.CHECKPOINT", 0)
    known = [Lesson(QUESTION, "own", True, True, tuple(READINGS), np.zeros(3), np.array([True, False, False]), {})]
    train(Trained(start), known, tmp_path, 0.02)
    import torch

    kept = torch.load(tmp_path / "cross_encoder.pt")
    train(Trained(start), known, tmp_path, kept["seconds"] / 60 + 0.02)
    assert torch.load(tmp_path / "cross_encoder.pt")["step"] > kept["step"] > 0


def test_what_the_opinion_counts_for_is_fitted(capsys):
    """An opinion that knows, beside one that guesses: the reading decides, and silence shows in low opinions."""
    chance = np.random.default_rng(0)
    before = Answerability(("x",), np.zeros(1, np.float32), np.ones(1, np.float32), np.ones(1, np.float32), 0.0, 0.5)
    known, opinions = [], {}
    for number in range(120):
        answerable, right = number % 3 > 0, int(chance.integers(3))
        marks = np.arange(3) == right if answerable else np.zeros(3, bool)
        readings = tuple(Reading(f"{number} {place}", "") for place in range(3))
        told = np.where(marks, 2.0, -2.0) + chance.normal(size=3)
        opinions |= {reading.sentence: value for reading, value in zip(readings, told, strict=True)}
        odds, features = chance.normal(size=3), {"x": float(chance.normal())}
        known.append(Lesson("?", "own", bool(number % 2), answerable, readings, odds, marks, features))
    asked = Questions(known, Opinionated(opinions), before)
    sentence, stored = sentence_line(asked), estimate_of(asked)
    assert sentence.reading > sentence.before > 0
    assert stored["coefficients"][BEST]["weight"] > abs(stored["coefficients"]["x"]["weight"])
    estimate = answerability_of(stored)
    report(asked, sentence, estimate)
    assert capsys.readouterr().out.count("evidence first") == 2
    likely = [estimate.probability(row) for row, answered in zip(asked.rows, asked.answered, strict=True) if answered]
    assert 0 < np.mean(np.array(likely) < estimate.threshold) <= REFUSED


def test_short_questions_are_fitted_apart(tmp_path, monkeypatch, capsys):
    """Of them the opinion tells all, and of others a feature."""
    chance = np.random.default_rng(1)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "cross_encoder").mkdir()
    shutil.copy(models_folder() / "evidence" / ANSWERABILITY, tmp_path / "evidence")
    names = load_answerability(tmp_path / "evidence" / ANSWERABILITY).names
    known, opinions = [], {}
    for number in range(400):
        short, answerable = number % 2 > 0, number % 4 > 1
        marks = np.array([answerable, False, False])
        readings = tuple(Reading(f"{number} {place}", "") for place in range(3))
        told = chance.normal(size=3) + (4 * answerable if short else 0)
        opinions |= {reading.sentence: value for reading, value in zip(readings, told, strict=True)}
        features = dict.fromkeys(names, 0.0) | {"mass": 0.0 if short else answerable + chance.normal() / 4}
        features["question words"] = float(FEW if short else FEW + 2)
        invented = number % 3 > 0
        known.append(Lesson("?", "own", invented, answerable, readings, chance.normal(size=3), marks, features))
    monkeypatch.setattr(close_reading, "lessons", lambda *_, **__: known)
    monkeypatch.setattr(close_reading.CrossEncoder, "load", lambda _: Opinionated(opinions))
    monkeypatch.setattr(close_reading, "require", lambda data: data)
    monkeypatch.setattr("sys.argv", ["close_reading", "--models", str(tmp_path)])
    close_reading.main()
    long, few = (load_answerability(tmp_path / "cross_encoder" / name) for name in (ANSWERABILITY, SHORT))
    weight = [dict(zip(estimate.names, estimate.weights, strict=True)) for estimate in (long, few)]
    assert weight[0]["mass"] > 1 > weight[1]["mass"]
    assert weight[1][BEST] + weight[1][MEAN] > 1 > weight[0][BEST] + weight[0][MEAN]
    assert long.threshold == few.threshold
    assert capsys.readouterr().out.count("evidence first") == 4


@pytest.mark.slow
def test_what_ships_reads_dutch():
    encoder = CrossEncoder.load(models_folder() / "cross_encoder")
    question = "Hoe vaak werd er geklaagd over herrie?"
    answer = Reading("In 2022 kwamen er 312 meldingen van geluidsoverlast binnen.", "Hoeveel klachten waren er?")
    beside = Reading("De wethouder vindt een leefbare buurt belangrijk.", "Wat vindt het college hiervan?")
    odds = encoder.odds(question, [answer, beside])
    assert odds[0] > odds[1] + 2
