"""Abbreviations are learned where a document defines them."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.abbreviations import Abbreviations, abbreviations

CKM = "Centrum tegen Kinderhandel en Mensenhandel"
WODC = "Wetenschappelijk Onderzoek- en Documentatiecentrum"
RAPPORTEUR = "Nationaal Rapporteur Mensenhandel en Seksueel Geweld tegen Kinderen"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (f"het {CKM} (CKM) een", [("CKM", CKM)]),
        (f"{CKM} (hierna CKM)", [("CKM", CKM)]),
        ("Stichting Hulp en Opvang (SHO)", [("SHO", "Stichting Hulp en Opvang")]),
        ("Stichting Hulp Opvang Prostitutie en Zo (SHOP)", [("SHOP", "Stichting Hulp Opvang Prostitutie en Zo")]),
        ("het Landelijk Gerechtelijk Spoor (hierna te noemen: LGS)", [("LGS", "Landelijk Gerechtelijk Spoor")]),
        (f"{WODC} (WODC)", [("WODC", WODC)]),
        ("de Wet maatschappelijke ondersteuning (Wmo)", [("Wmo", "Wet maatschappelijke ondersteuning")]),
        ("het ministerie van Justitie en Veiligheid (JenV)", [("JenV", "Justitie en Veiligheid")]),
        (f"van de {RAPPORTEUR} (hierna: Nationaal Rapporteur)", [("Nationaal Rapporteur", RAPPORTEUR)]),
        ("de leden Kuik (CDA), Bikker (ChristenUnie) en Verkuijlen (VVD)", []),
        ("meerderjarig (60%) en de overige minderjarig (40%)", []),
        ("Dat was zo. (CKM)", []),
        ("(", []),
        ("", []),
    ],
)
def test_abbreviations_are_learned_from_their_definition(text, pairs):
    assert abbreviations(text) == pairs


def test_abbreviation_and_full_form_find_each_other():
    known = Abbreviations(
        [("CKM", CKM), ("OM", "Openbaar Ministerie"), ("CKM", "Centrum Kinderhandel en Mensenhandel")]
    )
    assert "kinderhandel" in known.expansions("Wat zegt het CKM?")
    assert known.expansions("Wat zegt het Centrum tegen kinderhandel en mensenhandel?") == ["ckm"]
    assert known.expansions("Wat is het plan voor de wijk?") == []
    assert known.pairs[1] == ("OM", "Openbaar Ministerie")


@given(st.text(alphabet=string.ascii_letters + "äéïöü -'.,()0123456789\n", max_size=200))
def test_abbreviations_are_texts_that_stand_there(text):
    for short, long in abbreviations(text):
        joined = " ".join(text.split())
        assert short in joined and long in joined


def test_a_hundred_thousand_characters_take_no_time():
    started = time.perf_counter()
    for text in ("a" * 100_000, "(A" * 50_000, "a (B) " * 16_000, "(" * 100_000):
        abbreviations(text)
    assert time.perf_counter() - started < 5
