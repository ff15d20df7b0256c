"""Dutch numbers and dates in one form each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.quantities import dates, other_readings, quantities, spoken_number

NUMBERS = [
    ("1.013 zaken", [("1013", "")]),
    ("5.000,50 euro", [("5000.5", "€")]),
    ("€ 125.000", [("125000", "€")]),
    ("€ 5 miljoen", [("5000000", "€")]),
    ("2,5 mln. euro", [("2500000", "€")]),
    ("2,5 procent", [("2.5", "%")]),
    ("87.3%", [("87.3", "%")]),
    ("tussen 10 en 20 procent", [("10", "%"), ("20", "%")]),
    ("2015–2019", [("2015", ""), ("2019", "")]),
    ("één op de zes", [("1", ""), ("6", "")]),
    ("een op de drie", [("3", "")]),  # the article is no number
    ("drieënveertig meldingen", [("43", "")]),
    ("tweehonderdvijftig", [("250", "")]),
    ("vijfduizend", [("5000", "")]),
    ("anderhalf miljoen", [("1500000", "")]),
    ("de 2e vraag", [("2", "")]),
    ("de derde keer", [("3", "")]),
    ("14:30 uur", [("14.3", "")]),
    ("14.30 uur", [("14.3", "")]),
    ("RIS312672 en 2020Z02502", []),
    ("16-jarige", [("16", "")]),
    ("hoofdstuk 2.1.3 Honderd dagen", [("2.1.3", ""), ("100", "")]),
    ("1.2.3 miljoen", [("1.2.3", "")]),
    ("geen getallen", []),
]


@pytest.mark.parametrize(("text", "found"), NUMBERS)
def test_numbers(text, found):
    assert [(q.value, q.unit) for q in quantities(text)] == found


DATES = [
    ("20 oktober 2022", [(2022, 10, 20)]),
    ("20-10-2022", [(2022, 10, 20)]),
    ("2022-10-20", [(2022, 10, 20)]),
    ("20/10/22", [(2022, 10, 20)]),
    ("3 mrt. 2021", [(2021, 3, 3)]),
    ("oktober 2022", [(2022, 10, None)]),
    ("op 5 mei", [(None, 5, 5)]),
    ("1 en 20 oktober 2022", [(2022, 10, 1), (2022, 10, 20)]),
    ("in mei", [(None, 5, None)]),
    ("20-13-2022", []),
    ("2015-2019", []),
]


@pytest.mark.parametrize(("text", "found"), DATES)
def test_dates(text, found):
    assert [(d.year, d.month, d.day) for d in dates(text)] == found


def test_one_date_says_what_another_says():
    full, month = dates("20 oktober 2022 en oktober 2022")
    assert full.covers(month)
    assert not month.covers(full)


def test_other_readings():
    assert other_readings("28 638 en 1,013") == {"28638", "1013"}


@pytest.mark.parametrize("word", ["een", "honderden", "meldingen", "achterstand", "tiental", "duizendpoot"])
def test_words_that_are_no_numbers(word):
    assert spoken_number(word) is None


@given(st.integers(0, 10**9))
def test_every_way_of_writing_a_whole_number_is_the_same(number):
    plain, dotted = str(number), f"{number:,}".replace(",", ".")
    assert [q.value for q in quantities(f"er zijn {plain} zaken")] == [plain]
    assert [q.value for q in quantities(f"er zijn {dotted} zaken")] == [plain]


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    for quantity in quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)
    dates(text)
    other_readings(text)
