"""What ranking matches by, on disk: the same as worked out anew from the texts, also after changes."""

from pathlib import Path

import numpy as np
import pytest

from rag.config import Config
from rag.embeddings import load_encoder
from rag.errors import IndexDamaged
from rag.features import Analyzer, Texts
from rag.indexing import build_index
from rag.keyed import keys_in_order
from rag.ranking import Candidate, Ranker, segments
from rag.retrieval import Retriever
from rag.store import Store
from rag.store import matching as module
from rag.words import content, key

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
QUESTION = "Hoeveel meldingen van seksuele uitbuiting van jongeren waren er in 2020?"


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(Config().embedder_path)


@pytest.fixture
def docs(tmp_path):
    """Three of the seeds, to change."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for file in sorted(SEEDS.glob("*.txt"))[:3]:
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def stored(where, encoder):
    """Every passage by its id: its texts as they were stored, and how they match; and the store."""
    store = Store.open(where, encoder.fingerprint)
    units, starts = store.windows(store.vectors.units)
    firsts = units[starts]
    analyzer = Analyzer(encoder)
    found = {}
    for passage, number in zip(*store.at(store.vectors.units.searchsorted(firsts)), strict=True):
        texts = store.matching.texts(np.array([number]))
        found[passage] = texts, analyzer.matcher.match(analyzer.question(QUESTION), texts, store.matching.vocabulary)
    return found, store


def anew(store, passage, encoder):
    """A passage worked out from its texts."""
    searched = store.search_texts([passage])[passage]
    candidate = Candidate(passage, searched.title, searched.question, searched.body, 0, 0, 0)
    analyzer = Analyzer(encoder)
    analyses = analyzer.analyse_all([(passage, lambda: segments(candidate))])
    return Texts.of(analyses), analyzer.match(analyzer.question(QUESTION), analyses)


def assert_same(one, other):
    for field in ("hard", "soft", "cosine", "bounds", "lengths", "offers", "pairs", "frequency"):
        assert np.allclose(getattr(one, field), getattr(other, field), atol=1e-5), field


def check(where, encoder):
    found, store = stored(where, encoder)
    assert len(found) == len(store.matching) > 10
    for passage, (texts, match) in found.items():
        again, expected = anew(store, passage, encoder)
        assert np.allclose(texts.norms, again.norms, rtol=1e-4)
        assert_same(match, expected)
    return store


def test_every_passage_matches_as_its_text_does(docs, tmp_path, encoder):
    build_index([docs], tmp_path / "index", encoder)
    check(tmp_path / "index", encoder)


def test_it_is_right_after_documents_came_changed_and_left(docs, tmp_path, encoder):
    where = tmp_path / "index"
    build_index([docs], where, encoder)
    (docs / "nieuw.txt").write_text("Verslag\n\nDe zwanenvijver is uitgebaggerd. Dat kostte 5.000 euro.", "utf-8")
    build_index([docs], where, encoder)
    assert key("zwanenvijver") in known(check(where, encoder))
    (docs / "nieuw.txt").write_text("Verslag\n\nDe eendenkooi is hersteld.", encoding="utf-8")
    build_index([docs], where, encoder)
    found = known(check(where, encoder))
    assert key("eendenkooi") in found
    assert key("zwanenvijver") not in found
    (docs / "nieuw.txt").unlink()
    build_index([docs], where, encoder)
    store = check(where, encoder)
    used = set(content("\n".join(" ".join(said(store, p)) for p in ids(store))))
    assert set(known(store)) == set(map(key, used))


def ids(store):
    units, starts = store.windows(store.vectors.units)
    return store.ids_of(units[starts])


def said(store, passage):
    searched = store.search_texts([passage])[passage]
    return searched.title, searched.question, searched.body


def known(store):
    """The keys of all words."""
    return keys_in_order(store.generation / module.FOLDER).tolist()


def test_search_ranks_alike_with_and_without_it(docs, tmp_path, encoder):
    build_index([docs], tmp_path / "index", encoder)
    store = Store.open(tmp_path / "index", encoder.fingerprint)
    search = Retriever(store, encoder, Ranker.load(Path(Config().reranker_path), encoder), Config()).search
    fast = search(QUESTION)
    store.matching = None
    slow = search(QUESTION)
    assert [hit.passage for hit in fast] == [hit.passage for hit in slow]
    assert np.allclose([hit.score for hit in fast], [hit.score for hit in slow], atol=1e-4)


def test_many_words_and_long_sentences_fit(docs, tmp_path, encoder, monkeypatch):
    monkeypatch.setattr(module, "RARE", 40)  # so that most words are stored apart
    build_index([docs], tmp_path / "index", encoder)
    check(tmp_path / "index", encoder)
    monkeypatch.setattr(module, "MOST_WORDS", 5)
    build_index([docs], tmp_path / "short", encoder)
    found, _ = stored(tmp_path / "short", encoder)
    assert max(match.lengths.max() for _, match in found.values()) == 5


@pytest.mark.parametrize("part", ["passages", "segments", "common", "words", "keys.npy"])
def test_a_part_that_is_cut_off_is_damage(docs, tmp_path, encoder, part):
    build_index([docs], tmp_path / "index", encoder)
    file = Store.open(tmp_path / "index", encoder.fingerprint).generation / module.FOLDER / part
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(IndexDamaged, match=part):
        Store.open(tmp_path / "index", encoder.fingerprint)


def test_a_passage_that_is_not_there_is_an_error(docs, tmp_path, encoder):
    build_index([docs], tmp_path / "index", encoder)
    store = Store.open(tmp_path / "index", encoder.fingerprint)
    with pytest.raises(KeyError, match="999999"):
        store.matching.texts(np.array([999_999]))
