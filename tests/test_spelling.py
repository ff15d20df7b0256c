"""Typing errors are mended; names, numbers and good words are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rag.spelling import Vocabulary, mend

VOCABULARY = {"aanmeldingen": 3, "slachtoffers": 5, "uitbuiting": 5, "lockdown": 1, "loverboys": 2, "politie": 4}
DUTCH = {"hoeveel", "waren", "voor", "kregen", "aanmelding"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hoeveel aanmeldigen", "hoeveel aanmeldingen"),  # two letters too few
        ("uitbuitting van slachtofers", "uitbuiting van slachtoffers"),  # too many, too few
        ("de poltiie", "de politie"),  # swapped
        ("lokdown", "lockdown"),
        ("Hoeveel aanmeldingen?", "Hoeveel aanmeldingen?"),  # nothing to mend
        ("één aanmelding", "één aanmelding"),  # known to Dutch
        ("Loverbooys", "Loverbooys"),  # a capital: may be a name
        ("poli", "poli"),  # too short
        ("xylofoonspeler", "xylofoonspeler"),  # nothing is near
        ("", ""),
    ],
)
def test_mend(typed, meant):
    assert mend(typed, VOCABULARY, DUTCH.__contains__) == meant


def test_of_words_that_are_equally_near_the_most_common_is_meant():
    assert mend("meldingez", {"meldingen": 1, "meldinges": 9}, DUTCH.__contains__) == "meldinges"


WORDS = st.text("abcdeeëéßα", min_size=1, max_size=8)


@given(WORDS, st.lists(WORDS, unique=True, max_size=20), st.integers(1, 2))
def test_no_word_that_is_near_is_overlooked(word, words, slips):
    near = Vocabulary((other, 1) for other in words).near(word, slips)
    assert set(near) >= {other for other in words if OSA.distance(word, other) <= slips}
    assert set(near) <= set(words)
