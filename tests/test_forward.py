"""The forward index: the scores that Tantivy gives, native and not, and units that come and go."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rag import native
from rag.forward import KINDS, RARE, ForwardIndex, ForwardWriter, weights
from rag.lexical import LexicalIndex, LexicalWriter
from rag.native import library

WORDS = [f"woord{number}" for number in range(300)]


def drawn(seed: int, count: int = 400) -> list[str]:
    """Units with terms, some of which are usual and some rare, and some units without any."""
    dice = random.Random(seed)
    sizes = [dice.choice((0, 1, 3, 20, 41, 90, 700)) for _ in range(count)]
    return [" ".join(dice.choices(WORDS, [1 / (place + 1) for place in range(300)], k=size)) for size in sizes]


def written(folder, units: list[str], base=None, stays=None) -> ForwardIndex:
    writer = ForwardWriter(folder, base, stays)
    writer.add(units)
    writer.close()
    return ForwardIndex(folder)


def test_units_come_back_as_they_were_written(tmp_path, kernel):
    units = drawn(0)
    index = written(tmp_path / "terms", units)
    rows = np.array([5, 3, 399, 0, 3])
    assert list(index.texts(rows)) == [units[row] for row in rows.tolist()]
    assert len(index) == 400


def test_scores_are_those_of_a_search(tmp_path, kernel):
    units = drawn(1)
    writer = LexicalWriter(tmp_path / "lexical")
    for number, terms in enumerate(units):
        writer.add(number, terms)
    writer.close()
    forward = written(tmp_path / "terms", units)
    searched = LexicalIndex(tmp_path / "lexical")
    scored = LexicalIndex(tmp_path / "lexical", forward.scores)
    everyone = np.arange(400)
    for seed in range(30):
        dice = random.Random(seed)
        terms = {term: dice.choice((0.5, 0.7, 1.0)) for term in dice.sample([*WORDS, "onbekend"], 12)}
        expected = searched.scores_of(terms, everyone)
        assert expected.any()
        np.testing.assert_allclose(scored.scores_of(terms, everyone), expected, rtol=2e-5)
        assert (scored.scores_of(terms, everyone) > 0).tolist() == (expected > 0).tolist()
    assert not scored.scores_of({"onbekend": 1.0}, everyone).any()
    assert not scored.scores_of({}, everyone).any()


def test_numbers_that_do_not_fit_sixteen_bits(tmp_path, kernel):
    many = " ".join(f"term{number}" for number in range(RARE + 10))
    units = [many, f"term3 term{RARE + 5} term{RARE + 5}", f"term{RARE - 1} term{RARE}"]
    index = written(tmp_path / "terms", units)
    assert list(index.texts(np.arange(3))) == units
    term = f"term{RARE + 5}"
    scores = index.scores([term], weights([2], 3, [1.0]), np.arange(3))
    assert scores[0] > 0
    assert scores[1] > scores[0]
    assert scores[2] == 0


@pytest.mark.skipif(not native.available(), reason="no native kernel was built")
def test_native_scores_are_the_same_to_the_bit(tmp_path):
    index = written(tmp_path / "terms", drawn(2))
    dice = np.random.default_rng(0)
    for _ in range(50):
        terms = [WORDS[place] for place in dice.choice(300, 9, replace=False)]
        given = weights(dice.integers(1, 400, 9).tolist(), 400, dice.choice([0.5, 1.0], 9).tolist())
        rows = np.sort(dice.choice(400, 50, replace=False))
        here = index.scores(terms, given, rows)
        library.switch(off=True)
        try:
            there = index.scores(terms, given, rows)
        finally:
            library.switch(off=False)
        assert here.tolist() == there.tolist()
    with pytest.raises(IndexError):
        index.scores(terms, given, np.array([400]))


def test_what_is_added_stands_behind_what_there_was(tmp_path, kernel):
    first, second = drawn(3), drawn(4)
    written(tmp_path / "a", first)
    both = written(tmp_path / "b", second, tmp_path / "a")
    at_once = written(tmp_path / "c", [*first, *second])
    assert list(both.texts(np.arange(800))) == [*first, *second]
    for name in (*KINDS, "forms", "keys.npy", "of.npy"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()
    assert len(at_once) == 800


def test_added_in_parts_it_is_the_same_to_the_byte(tmp_path, kernel):
    units = [f"{unit} term{number} {'x' * (number % 7)}" for number, unit in enumerate(drawn(3))]
    written(tmp_path / "once", units)
    written(tmp_path / "first", units[:150])
    written(tmp_path / "second", units[150:151], base=tmp_path / "first")
    written(tmp_path / "third", units[151:], base=tmp_path / "second")
    for file in sorted((tmp_path / "once").iterdir()):
        assert (tmp_path / "third" / file.name).read_bytes() == file.read_bytes(), file.name


def test_of_what_left_no_term_stays(tmp_path, kernel):
    units = ["school geheim", "school plein", "", "geheim"]
    written(tmp_path / "a", units)
    left = written(tmp_path / "b", ["nieuw"], tmp_path / "a", np.array([1, 2]))
    assert list(left.texts(np.arange(3))) == ["school plein", "", "nieuw"]
    assert not any(b"geheim" in file.read_bytes() for file in (tmp_path / "b").iterdir())


def test_an_index_without_units(tmp_path, kernel):
    index = written(tmp_path / "terms", [])
    assert len(index) == 0
    assert not len(index.scores(["school"], weights([1], 1, [1.0]), np.zeros(0, np.int64)))


def test_parts_that_do_not_belong_together_are_refused(tmp_path):
    written(tmp_path / "terms", ["school plein"])
    np.save(tmp_path / "terms" / "of.npy", np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="do not belong together"):
        ForwardIndex(tmp_path / "terms")
