"""Which words go with which questions."""

import numpy as np
import pytest

from rag.association import ALWAYS, FILE, Associations, cues_of, words_of
from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing
from training.association import Example, train


def test_a_question_is_told_by_its_kind_and_first_words():
    assert cues_of("Hoe lang duurt dat?") == (ALWAYS, "kind hoeveel", "hoe", "hoe lang")
    assert cues_of("Waarom") == (ALWAYS, "kind waarom", "waarom")
    assert cues_of("?")[0] == ALWAYS


def test_numbers_count_by_what_they_look_like():
    assert words_of("In 2021 waren er 1.250 van 3, om 12:30.") == (
        *("in", "1999", "waren", "er", "0.", "van", "0", "om", "0:", "^in"),
    )
    assert words_of("") == ()


def test_scores_are_sums_of_weights():
    weights = np.array([[1, 0], [0, 2]], np.float32)
    known = Associations([ALWAYS, "kind waarom"], ["omdat", "niet"], weights)
    sentences = ["Omdat het niet kan.", "Niet niet.", "Ja.", ""]
    assert known.scores("Waarom?", sentences).tolist() == [3, 2, 0, 0]
    assert known.scores("Waar?", sentences).tolist() == [1, 0, 0, 0]
    assert known.scores("Waar?", []).shape == (0,)


def test_what_is_saved_is_read_again(tmp_path):
    weights = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    Associations([ALWAYS, "a", "b"], ["w", "x", "y", "z"], weights).save(tmp_path / FILE)
    read = Associations.load(tmp_path / FILE)
    assert np.allclose(read.scores("a b", ["w", "x y", "z"]), _scores(weights), atol=0.1)


def _scores(weights):
    own = weights[0] + weights[1]  # ALWAYS and the first word
    return [own[0], own[1] + own[2], own[3]]


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=FILE):
        Associations.load(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ModelInvalid, match=FILE):
        Associations.load(tmp_path / FILE)
    np.savez(tmp_path / FILE, cues=np.array("a"), words=np.array("b\nc"), weights=np.zeros((1, 1), np.int8), scale=1.0)
    with pytest.raises(ModelInvalid):
        Associations.load(tmp_path / FILE)


def test_it_learns_what_goes_with_a_question():
    asked = [
        Example(0, f"Waarom is {name} dicht?", ("Het was omdat men wilde.", "Het was gisteren."), (True, False))
        for name in "abcdefghijklmnopqrst"
    ]
    asked += [
        Example(0, f"Wanneer is {name} dicht?", ("Het was omdat men wilde.", "Het was gisteren."), (False, True))
        for name in "abcdefghijklmnopqrst"
    ]
    known = train(asked, {"omdat", "men", "wilde", "het", "was"})
    because, yesterday = known.scores("Waarom ging het dicht?", ["Omdat men wilde.", "Gisteren."])
    assert because > yesterday
    assert known.scores("Wanneer?", ["Gisteren."])[0] == 0  # no word of the list
    because, yesterday = known.scores("Wanneer ging het dicht?", ["Omdat men wilde.", "Gisteren."])
    assert because < yesterday


def test_what_ships_knows_dutch():
    known = Associations.load(models_folder() / "evidence" / FILE)
    why = known.scores("Waarom werd het park gesloten?", ["Omdat er overlast was.", "Het park ligt in het noorden."])
    assert why[0] > why[1]
    cost = known.scores("Wat kost een pas?", ["Een pas kost € 12.", "De pas is in 2019 ingevoerd."])
    assert cost[0] > cost[1]
