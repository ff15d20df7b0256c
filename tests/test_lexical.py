"""BM25 over units: the order is total, and depends on nothing but what is in the index."""

import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import lexical
from rag.lexical import LexicalIndex, LexicalWriter

WORDS = ["raad", "wijk", "zorg", "school", "opvang", "jeugd", "subsidie", "verkeer"]


def built(folder, units, per_segment=None):
    """An index of ``{unit: "terms"}``, written in order, in segments of ``per_segment`` units."""
    items = list(units.items())
    for begin in range(0, len(items), per_segment or max(len(items), 1)):
        writer = LexicalWriter(folder)
        for unit, terms in items[begin : begin + (per_segment or len(items))]:
            writer.add(unit, terms)
        writer.close()
    if not items:
        LexicalWriter(folder).close()
    return LexicalIndex(folder)


def test_scores_are_bm25(tmp_path):
    index = built(tmp_path, {1: "raad wijk", 2: "raad raad", 3: "zorg opvang"})
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expected = idf * 2.2 * 2 / (2 + 1.2)  # tf 2, length equal to the mean, k1 1.2
    assert index.search({"raad": 1.0}, 5)[0] == (2, pytest.approx(expected, rel=1e-4))


def test_best_first_and_equal_scores_by_unit(tmp_path):
    index = built(tmp_path, {9: "raad wijk", 4: "raad wijk", 7: "raad raad", 5: "zorg"})
    assert [unit for unit, _ in index.search({"raad": 1.0}, 10)] == [7, 4, 9]


def test_weights_count(tmp_path):
    index = built(tmp_path, {1: "raad x", 2: "wijk x"})
    assert index.search({"raad": 1.0, "wijk": 0.5}, 2)[0][0] == 1
    assert index.search({"raad": 0.5, "wijk": 1.0}, 2)[0][0] == 2


@pytest.mark.parametrize("terms", [{}, {"onbekend": 1.0}, {"raad": 0.0}])
def test_nothing_to_search_for_finds_nothing(tmp_path, terms):
    assert built(tmp_path, {1: "raad"}).search(terms, 5) == []


def test_an_empty_index_finds_nothing(tmp_path):
    assert built(tmp_path, {}).search({"raad": 1.0}, 5) == []


def test_no_index_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no lexical index"):
        LexicalIndex(tmp_path)


def test_terms_may_hold_marks_of_a_query_language(tmp_path):
    index = built(tmp_path, {1: 'a" OR b:* (c', 2: "raad"})
    assert index.search({'a"': 1.0, "OR": 1.0, "b:*": 1.0}, 5) == [
        (1, pytest.approx(index.search({'a"': 1.0}, 1)[0][1] * 3, rel=1e-4))
    ]


@pytest.mark.parametrize("listed", [0, 400])
def test_a_filter_keeps_the_scores_and_the_order(tmp_path, listed, monkeypatch):
    monkeypatch.setattr(lexical, "LISTED", listed)
    random_words = random.Random(1)
    units = {unit: " ".join(random_words.choices(WORDS, k=random_words.randint(1, 9))) for unit in range(300)}
    index = built(tmp_path, units)
    everything = index.search({"raad": 1.0, "wijk": 0.7, "zorg": 1.0}, 300)
    allowed = np.array(sorted(random_words.sample(range(300), 60)), np.int64)
    expected = [pair for pair in everything if pair[0] in allowed]
    assert index.search({"raad": 1.0, "wijk": 0.7, "zorg": 1.0}, 10, allowed) == expected[:10]
    assert index.search({"raad": 1.0}, 10, allowed[:0]) == []


def test_scores_of_given_units_are_those_of_the_search(tmp_path):
    index = built(tmp_path, {1: "raad wijk", 2: "raad", 3: "zorg"})
    found = dict(index.search({"raad": 1.0, "wijk": 1.0}, 3))
    assert index.scores({"raad": 1.0, "wijk": 1.0}, [1, 2, 3, 3]) == {**found, 3: 0.0}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), min_size=1, max_size=30),
    seed=st.integers(0, 1000),
)
def test_the_order_of_writing_and_the_segments_do_not_matter(tmp_path_factory, texts, seed):
    units = {10 * n: " ".join(words) for n, words in enumerate(texts)}
    shuffled = list(units.items())
    random.Random(seed).shuffle(shuffled)
    one = built(tmp_path_factory.mktemp("one"), units)
    other = built(tmp_path_factory.mktemp("other"), dict(shuffled), per_segment=7)
    terms = {"raad": 1.0, "wijk": 0.7, "zorg": 0.3, "jeugd": 1.0}
    assert one.search(terms, 12) == other.search(terms, 12)
