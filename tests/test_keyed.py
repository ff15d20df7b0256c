"""Strings that keep their numbers from one generation of an index to the next, known by their keys alone."""

from __future__ import annotations

import numpy as np

from rag.keyed import Keyed, keys, keys_in_order
from rag.store import duplicates
from rag.words import key


def saved(folder, base, *lines: str) -> Keyed:
    strings = Keyed(base)
    folder.mkdir()
    for each in lines:
        strings.of(each)
    strings.save(folder)
    return strings


def test_numbers_go_on_from_those_of_the_base(tmp_path, kernel):
    saved(tmp_path / "a", None, "school\nplein\n", "plein\nboom\n")
    strings = Keyed(tmp_path / "a")
    assert strings.of("boom\nnieuw\nschool\n").tolist() == [2, 3, 0]
    assert strings.of("nieuw\nplein\nzee\n").tolist() == [3, 1, 4]
    assert len(strings) == 5
    assert strings.new() == "nieuw\nzee\n"


def test_in_parts_the_files_are_the_same_to_the_byte(tmp_path, kernel):
    words = [f"{'woord' * (number % 12)}{number}" for number in range(200)]
    lines = [f"{word}\n" for word in words]
    saved(tmp_path / "once", None, "".join(lines))
    saved(tmp_path / "first", None, "".join(lines[:70]))
    saved(tmp_path / "second", tmp_path / "first", "".join(lines[60:61]))
    saved(tmp_path / "third", tmp_path / "second", "".join(lines[50:]))
    for file in sorted((tmp_path / "once").iterdir()):
        assert (tmp_path / "third" / file.name).read_bytes() == file.read_bytes(), file.name
    assert keys_in_order(tmp_path / "once").tolist() == list(map(key, words))


def test_keys_of_words_of_any_length_and_letters(kernel):
    words = ["a", "x" * 32, "y" * 33, "é" * 32, "é" * 33, "🙂" * 32, "z" * 200, "\ud800"]
    assert keys(words).tolist() == list(map(key, words))
    assert not len(keys([]))


def test_rows_that_agree_in_a_band_are_near():
    dice = np.random.default_rng(0)
    table = dice.integers(0, 1 << 32, (500, duplicates.HASHES + 1), dtype=np.uint32)
    table[7, 4:6] = table[400, 4:6]  # two hashes of a band, and the same numbers
    table[7, -1] = table[400, -1]
    table[9, 5:7] = table[400, 5:7]  # of two bands
    table[9, -1] = table[400, -1]
    table[11, :-1] = table[400, :-1]  # but other numbers
    assert duplicates.Bands(table[400:401]).near(table).tolist() == [7, 400]
    assert not len(duplicates.Bands(table[:0]).near(table))
