"""Typing errors are mended; names, numbers and good words are left alone."""

from __future__ import annotations

import pytest

from rag.spelling import mend

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
