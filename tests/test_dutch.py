"""Search terms: what a question and a document must share to find each other."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import dutch
from rag.errors import ModelInvalid, ModelMissing


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("mensenhandelzaken", ("mensenhandel", "zaken", "mensen", "handel")),
        ("opsporingsonderzoeken", ("opsporing", "onderzoeken")),
        ("gemeenteraadsverkiezingen", ("gemeenteraad", "verkiezingen", "gemeente", "raad")),
        ("kinderopvang", ("kinder", "opvang")),
        ("jeugdwet", ("jeugd", "wet")),
        ("Casusoverleg", ("casus", "overleg")),
        ("maatregelen", ()),
        ("minderjarigen", ()),
        ("verantwoordelijk", ()),
        ("persoonlijk", ()),
        ("uitbuiting", ()),
        ("overheid", ()),
        ("ja", ()),
        ("", ()),
    ],
)
def test_compounds_are_split_at_every_level(compound, parts):
    assert dutch.split_compound(compound) == parts


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("mensenhandel", "Er liepen drie mensenhandelzaken."),
        ("zaken", "Er liepen drie mensenhandelzaken."),
        ("kamerstuk 28 638", "Kamerstuk 28638, nr. 166"),
        ("5000 personen", "circa 5.000 personen"),
        ("1.250.000 euro", "€ 1 250 000"),
        ("ris305595", "Actieprogramma (RIS305595)"),
        ("RIS 305595", "Actieprogramma (RIS305595)"),
        ("305595", "Actieprogramma (RIS305595)"),
        ("2020z02502", "Kamervraag 2020Z02502"),
        ("10174395", "Ons kenmerk OCW/10174395"),
        ("Zuid Holland", "de provincie Zuid-Holland"),
        ("zuidholland", "de provincie Zuid-Holland"),
        ("coordinatie", "coördinatie"),
        ("een één", "EÉN"),
        ("collega's", "de collega’s"),
        ("8,5 procent", "8.5 procent"),
        ("dmv", "d.m.v. een vragenlijst"),
        ("zaak", "zaken"),
        ("2017", "vergaderjaar 2016–2017"),
        ("ijsberg", "het topje van de ĳsberg"),
    ],
)
def test_a_question_and_a_text_share_a_term(question, text):
    assert set(dutch.terms(question)) & set(dutch.terms(text)) or not dutch.terms(question)


def test_years_do_not_swallow_the_number_that_follows():
    assert dutch.words("In 2020 135 meldingen op 01.07.2021") == ["in", "2020", "135", "meldingen", "op", "01.07.2021"]


def test_question_words_stay_and_stop_words_go():
    assert dutch.stems("Wie heeft de vragen gesteld en waar?") == ["wie", "vraag", "stel", "waar"]


def test_words_keeps_every_word():
    assert dutch.words("De Jeugd- en gezinscoach, d.m.v. e-mail") == [
        "de", "jeugd", "en", "gezinscoach", "dmv", "email",
    ]  # fmt: skip


def test_query_terms_weigh_parts_less_than_words():
    weights = dutch.query_terms("mensenhandelzaken")
    assert weights["mensenhandelzaak"] == 1.0
    assert weights["mensenhandel"] == weights["zaak"] == dutch.PART_WEIGHT


def test_rare_terms_have_a_higher_idf_and_unknown_ones_the_highest():
    common, rare, unknown = (dutch.background_idf(t) for t in (*dutch.terms("artikel loverboy"), "xqzzy"))
    assert 0 < common < rare <= unknown


def test_a_missing_or_broken_word_list_is_named(tmp_path):
    with pytest.raises(ModelMissing, match="woordenlijst"):
        dutch.read_lexicon(tmp_path / "lexicon.txt.xz")
    (tmp_path / "lexicon.txt.xz").write_bytes(b"no xz")
    with pytest.raises(ModelInvalid, match="beschadigd"):
        dutch.read_lexicon(tmp_path / "lexicon.txt.xz")


@given(st.text())
def test_any_text_gives_terms_without_white_space(text):
    found = dutch.terms(text)
    assert all(term and not any(c.isspace() for c in term) for term in found)
    assert found == dutch.terms(text)


def test_a_hundred_thousand_characters_take_no_time():
    started = time.perf_counter()
    for text in ("a" * 100_000, "1 " * 50_000, "(A" * 50_000, "a-" * 50_000, "é" * 100_000, "1.111" * 20_000):
        dutch.terms(text)
    assert time.perf_counter() - started < 5
