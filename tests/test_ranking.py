"""The learned ranking, its trees and its features, on small literal cases."""

import dataclasses
from functools import partial

import numpy as np
import pytest
from doubles import WordEmbedder

from rag.config import models_folder
from rag.embeddings import load_encoder
from rag.errors import ModelInvalid, ModelMissing
from rag.features import Analyzer
from rag.ranking import MODEL, NAMES, Candidate, Ranker, candidate_features, segments
from rag.trees import load_forest

RANKER = models_folder() / "ranker"
CANDIDATES = (
    Candidate(
        "a",
        "Beantwoording schriftelijke vragen over opvang",
        "Hoeveel plekken zijn er in de opvang?",
        "Er zijn 25 plekken in de opvang. Daarvan zijn er vijf voor gezinnen.",
        7.0,
        0.6,
        0.9,
    ),
    Candidate(
        "b",
        "Beantwoording schriftelijke vragen over opvang",
        "Wie betaalt de opvang?",
        "De gemeente betaalt de opvang uit de eigen middelen.",
        6.0,
        0.5,
        0.6,
    ),
    Candidate("c", "Verslag", "", "De bus rijdt elk kwartier. Het station is open.", 0.0, 0.1, 0.0),
)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(models_folder() / "embedder")


@pytest.fixture(scope="module")
def ranker(encoder):
    return Ranker.load(RANKER, encoder)


def test_the_passage_that_answers_comes_first(ranker):
    assert np.argmax(ranker.rank("Hoeveel plekken heeft de opvang?", CANDIDATES)) == 0
    assert np.argmax(ranker.rank("Welke instantie betaalt voor de opvang?", CANDIDATES)) == 1


def test_scores_lie_between_0_and_1_and_are_the_same_each_time(ranker, encoder):
    scores = ranker.rank("Hoeveel plekken heeft de opvang?", CANDIDATES)
    assert ((scores > 0) & (scores < 1)).all()
    again = Ranker.load(RANKER, encoder).rank("Hoeveel plekken heeft de opvang?", CANDIDATES)
    assert np.array_equal(scores, again)


def test_scores_do_not_depend_on_the_order_of_candidates_that_differ(ranker):
    question = "Hoeveel plekken heeft de opvang?"
    backwards = ranker.rank(question, CANDIDATES[::-1])[::-1]
    assert np.allclose(ranker.rank(question, CANDIDATES), backwards)


@pytest.mark.parametrize("question", ["", "?", "de het een", "hoeveel", "😀", "a" * 2000, "SELECT * FROM x; --"])
def test_any_question_is_ranked(ranker, question):
    assert np.isfinite(ranker.rank(question, CANDIDATES)).all()


def test_one_empty_candidate_and_no_candidates(ranker):
    assert len(ranker.rank("Wie betaalt?", [Candidate("leeg", "", "", "", 0.0, 0.0, 0.0)])) == 1
    assert len(ranker.rank("Wie betaalt?", [])) == 0


def test_features_have_a_column_for_each_name(encoder):
    rows = candidate_features(Analyzer(encoder), "Hoeveel plekken heeft de opvang in 2021?", CANDIDATES)
    assert rows.shape == (3, len(NAMES))
    assert np.isfinite(rows).all()
    column = dict(zip(NAMES, rows.T, strict=True))
    assert column["mass"][0] > column["mass"][1] > column["mass"][2] == 0
    assert column["lexical_rank"].tolist() == [0, 1, 2]
    assert column["numbers"].tolist() == [0, 0, 0]
    assert column["asks_hoeveel"].tolist() == [1, 1, 1]


def test_an_analyzer_forgets_without_changing_its_answers(encoder):
    small, large = Analyzer(encoder, passages=1, words=10), Analyzer(encoder)
    for question in ("Wie betaalt de opvang?", "Hoeveel plekken zijn er?", "Wie betaalt de opvang?"):
        rows = [candidate_features(analyzer, question, CANDIDATES) for analyzer in (small, large)]
        assert np.allclose(rows[0], rows[1], atol=1e-5)


def test_trees_give_what_lightgbm_gives():
    import lightgbm

    forest = load_forest(RANKER / MODEL)
    rows = np.random.default_rng(0).normal(size=(50, len(NAMES))).astype(np.float32)
    expected = lightgbm.Booster(model_file=str(RANKER / MODEL)).predict(rows, raw_score=True)
    assert np.allclose(forest.predict(rows), expected, atol=1e-6)


def test_a_missing_ranking_names_its_place(tmp_path):
    with pytest.raises(ModelMissing, match=MODEL):
        Ranker.load(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "geen model", "tree\nend of trees", "tree\nfeature_names=a\n\nTree=0\nend of trees"]
)
def test_a_damaged_ranking_is_refused(tmp_path, text, encoder):
    (tmp_path / MODEL).write_text(text, encoding="utf-8")
    with pytest.raises(ModelInvalid):
        Ranker.load(tmp_path, encoder)


def test_a_ranking_for_other_features_is_refused(tmp_path, encoder):
    text = (RANKER / MODEL).read_text(encoding="utf-8").replace(NAMES[0], "iets_anders", 1)
    (tmp_path / MODEL).write_text(text, encoding="utf-8")
    with pytest.raises(ModelInvalid, match="andere versie"):
        Ranker.load(tmp_path, encoder)


def test_candidates_are_values():
    assert dataclasses.replace(CANDIDATES[0]) == CANDIDATES[0]


def test_texts_analysed_together_are_those_analysed_alone(encoder):
    together, alone = Analyzer(encoder, passages=2), Analyzer(encoder)
    wanted = [(c.passage_id, partial(segments, c)) for c in [*CANDIDATES, CANDIDATES[0]]]
    for one, (name, parts) in zip(together.analyse_all(wanted), wanted, strict=True):
        other = alone.analyse(name, parts)
        for field in ("ids", "starts", "offers"):
            assert np.array_equal(getattr(one, field), getattr(other, field))
        assert np.allclose(one.norms, other.norms)
        assert (one.kinds, one.texts) == (other.kinds, other.texts)


def test_an_embedder_that_is_no_table_is_refused():
    with pytest.raises(ModelInvalid, match="statisch"):
        Analyzer(WordEmbedder())
