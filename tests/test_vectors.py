"""Nearest units by cosine: exact while that is cheap, nearly so above, in the same order everywhere."""

import numpy as np
import pytest

from rag import vectors
from rag.vectors import VectorIndex, quantize, write_vectors


def unit_rows(n, dim=64, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def built(folder, rows, units=None):
    units = np.arange(len(rows), dtype=np.int64) * 3 + 1 if units is None else np.asarray(units, np.int64)
    write_vectors(folder, units, *quantize(rows))
    return VectorIndex(folder)


def exact(rows, question, k, allowed=None):
    """Units 3n+1 of the best rows."""
    scores = rows @ question
    units = np.arange(len(rows)) * 3 + 1
    if allowed is not None:
        scores = np.where(np.isin(units, allowed), scores, -9.0)
    return units[np.argsort(-scores)[:k]]


def test_quantized_rows_are_nearly_the_same():
    rows = unit_rows(100)
    codes, scales = quantize(rows)
    assert np.abs(codes * scales[:, None] - rows).max() < 0.002


def test_zeros_stay_zeros():
    codes, scales = quantize(np.zeros((2, 4), np.float32))
    assert not codes.any()
    assert not scales.any()


def test_finds_the_nearest_first_with_their_cosine(tmp_path):
    rows = unit_rows(500)
    index = built(tmp_path, rows)
    found = index.search(rows[7], 5)
    assert found[0] == (22, pytest.approx(1.0, abs=0.01))
    assert {unit for unit, _ in found[:3]} <= set(exact(rows, rows[7], 8).tolist())
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_equal_rows_come_in_order_of_unit(tmp_path):
    rows = np.repeat(unit_rows(3), 40, axis=0)
    index = built(tmp_path, rows, units=range(119, -1, -1))
    found = index.search(rows[0], 40)
    assert len({score for _, score in found}) == 1
    assert [unit for unit, _ in found] == list(range(80, 120))


def test_a_filter_is_exact(tmp_path):
    rows = unit_rows(400)
    index = built(tmp_path, rows)
    allowed = index.units[::5]
    found = [unit for unit, _ in index.search(rows[3], 10, allowed)]
    assert set(found) <= set(allowed.tolist())
    assert len(set(found) & set(exact(rows, rows[3], 10, allowed).tolist())) >= 9
    assert index.search(rows[3], 10, allowed[:0]) == []


def test_units_without_a_row_are_no_result(tmp_path):
    index = built(tmp_path, unit_rows(10))
    assert index.search(unit_rows(1)[0], 5, np.array([2, 5, 100], np.int64)) == []
    assert index.scores(unit_rows(1)[0], [2])[2] == 0.0


def test_scores_are_those_of_the_search(tmp_path):
    rows = unit_rows(50)
    index = built(tmp_path, rows)
    found = dict(index.search(rows[0], 50))
    assert index.scores(rows[0], list(found)) == found


def test_order_of_writing_does_not_matter(tmp_path):
    rows = unit_rows(200)
    order = np.random.default_rng(1).permutation(200)
    one = built(tmp_path / "one", rows)
    other = built(tmp_path / "other", rows[order], order * 3 + 1)
    assert one.search(rows[5], 20) == other.search(rows[5], 20)


def test_an_empty_index_finds_nothing(tmp_path):
    assert built(tmp_path, np.zeros((0, 8), np.float32)).search(np.ones(8, np.float32), 5) == []


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    rows = unit_rows(vectors.EXACT + 5_000, dim=32)
    return rows, built(tmp_path_factory.mktemp("many"), rows)


@pytest.mark.parametrize("share", [None, 2, 30])
def test_many_rows_are_searched_by_codes_with_little_loss(many, share):
    rows, index = many
    allowed = None if share is None else index.units[::share]
    recalls = []
    for question in unit_rows(30, dim=32, seed=5):
        found = {unit for unit, _ in index.search(question, 20, allowed)}
        recalls.append(len(found & set(exact(rows, question, 20, allowed).tolist())) / 20)
    assert np.mean(recalls) >= 0.95  # random rows are the hardest there are; eval/bench.py measures real ones


def test_codes_are_the_same_every_time(many, tmp_path):
    rows, index = many
    again = built(tmp_path, rows)
    for question in unit_rows(5, dim=32, seed=9):
        assert again.search(question, 20) == index.search(question, 20)


def test_parts_that_do_not_belong_together_are_refused(tmp_path):
    built(tmp_path, unit_rows(5))
    np.save(tmp_path / "units.npy", np.arange(4))
    with pytest.raises(ValueError, match="belong together"):
        VectorIndex(tmp_path)


def test_codes_trained_in_parts_are_those_trained_at_once(tmp_path, monkeypatch):
    import faiss

    monkeypatch.setattr(vectors, "EXACT", 10)
    index = built(tmp_path, unit_rows(300))
    whole = faiss.IndexPQFastScan(index.dim, index.dim // 2, 4, faiss.METRIC_INNER_PRODUCT)
    codes, scales = index.rows(index.units)
    whole.train(codes * scales[:, None])
    centroids = [faiss.vector_to_array(one.pq.centroids) for one in (whole, index.coarse)]
    assert np.array_equal(*centroids)
