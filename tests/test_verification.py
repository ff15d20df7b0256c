"""What a source says passes, in other words too; what it does not say is caught, with the reason in Dutch."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.quantities import other_readings, quantities
from rag.sentences import sentences
from rag.verification import verify

SEEDS = sorted((Path(__file__).resolve().parent.parent / "seeds").glob("*.txt"))
SENTENCES = [text[s.start : s.end] for file in SEEDS for text in [file.read_text("utf-8")] for s in sentences(text)]

SOURCE = "In 2021 zijn in Rotterdam 1.013 meldingen gedaan, 2,5 procent meer dan in 2020."
BUDGET = "Het college stelt per 1 januari 2023 € 5.000 per jaar beschikbaar voor het Centrum Kinderhandel Mensenhandel."
DENIAL = "Het college ziet geen aanleiding om het beleid te wijzigen, maar blijft de cijfers volgen."
TABLE = "In 2021 ging het om 43 meldingen en 12 aangiften, in 2022 om 57 meldingen."
MONEY = "Van het bedrag gaat € 300 naar de opvang van slachtoffers en € 900 naar voorlichting op scholen."
YES = "Ja, het college is bekend met dit onderzoek."
NO = "Nee, deze cijfers zijn niet beschikbaar."

SUPPORTED = [
    (SOURCE, SOURCE),
    ("In 2021 zijn er 1013 meldingen gedaan.", SOURCE),
    ("In Rotterdam zijn in 2021 1.013 meldingen gedaan, 2,5% meer dan in 2020.", SOURCE),
    ("Er is € 5.000 per jaar beschikbaar voor het CKM.", BUDGET),
    ("Vanaf 01-01-2023 is 5.000 euro per jaar beschikbaar.", BUDGET),
    ("Het college ziet geen aanleiding het beleid te wijzigen.", DENIAL),
    ("Nee, het college ziet geen aanleiding om het beleid te wijzigen.", DENIAL),
    ("Het college blijft de cijfers volgen.", DENIAL),
    ("Ja, het college kent dit onderzoek: het is ermee bekend.", YES),
    ("Ja.", YES),
    ("Nee.", NO),
    ("De cijfers zijn niet beschikbaar.", NO),
    ("In 2022 waren er 57 meldingen.", TABLE),
    ("Eén op de zes jongeren is slachtoffer.", "Van de jongeren is 1 op de 6 slachtoffer geworden."),
    ("Drieënveertig meldingen in 2021.", TABLE),
]

WRONG = [
    ("In 2021 zijn er 1.014 meldingen gedaan.", SOURCE, "het getal '1.014' staat niet in de bron"),
    ("In 2019 zijn er 1.013 meldingen gedaan.", SOURCE, "het getal '2019' staat niet in de bron"),
    ("In 2020 zijn in Rotterdam 1.013 meldingen gedaan.", SOURCE, "hoort in de bron bij iets anders"),
    ("In Utrecht zijn 1.013 meldingen gedaan.", SOURCE, "de naam 'Utrecht' staat niet in de bron"),
    ("Utrecht had 1.013 meldingen.", SOURCE, "de naam 'Utrecht' staat niet in de bron"),
    ("De meldingen namen met 1.013 procent toe.", SOURCE, "een andere eenheid"),
    ("Er zijn 2,5 meldingen gedaan.", SOURCE, "een andere eenheid"),
    ("Per 2 januari 2023 is € 5.000 beschikbaar.", BUDGET, "de datum '2 januari 2023' staat niet in de bron"),
    ("Per 1 februari 2023 is € 5.000 beschikbaar.", BUDGET, "de datum '1 februari 2023' staat niet in de bron"),
    ("Er is 5 miljoen euro per jaar beschikbaar.", BUDGET, "het getal '5 miljoen euro' staat niet in de bron"),
    ("Er is € 5.000 voor de GGD beschikbaar.", BUDGET, "de naam 'GGD' staat niet in de bron"),
    ("Er staat iets in RIS312672.", BUDGET, "'RIS312672' staat niet in de bron"),
    ("Het college ziet aanleiding om het beleid te wijzigen.", DENIAL, "de bron ontkent dit"),
    ("Het college blijft de cijfers niet volgen.", DENIAL, "ontkent iets wat de bron niet ontkent"),
    ("Nee, het college is bekend met dit onderzoek.", YES, "de bron zegt niet 'nee'"),
    ("Ja, deze cijfers zijn beschikbaar.", NO, "de bron zegt niet 'ja'"),
    ("Nee, het college stelt geld beschikbaar.", BUDGET, "de bron zegt niet met zoveel woorden 'nee'"),
    ("Ja.", BUDGET, "de bron zegt niet met zoveel woorden 'ja'"),
    ("In 2022 waren er 12 meldingen.", TABLE, "hoort in de bron bij iets anders"),
    ("In 2021 waren er 57 meldingen.", TABLE, "een ander jaar dan 2021"),
    ("Er gaat € 900 naar de opvang en € 300 naar scholen.", MONEY, "hoort in de bron bij iets anders"),
    ("De politie sluit morgen alle scholen in de stad.", SOURCE, "te weinig van deze bewering"),
]


@pytest.mark.parametrize(("claim", "quote"), SUPPORTED)
def test_what_the_source_says_passes(claim, quote):
    assert verify(claim, [quote]).reason is None


@pytest.mark.parametrize(("claim", "quote", "reason"), WRONG)
def test_what_it_does_not_say_is_caught(claim, quote, reason):
    verdict = verify(claim, [quote])
    assert not verdict.supported
    assert reason in (verdict.reason or "")


def test_a_claim_may_rest_on_two_sentences_together():
    claim = "Het college is bekend met het onderzoek; in 2021 zijn er 1.013 meldingen gedaan."
    assert not verify(claim, [YES]).supported
    assert not verify(claim, [SOURCE]).supported
    assert verify(claim, [YES, SOURCE]).supported


def test_without_sources_nothing_is_supported():
    assert verify("Ja.", []).reason == "er is geen bron bij"


def test_support_is_the_share_of_content_words():
    assert verify(YES, [YES]).support == 1.0
    assert verify("Het college is bekend met olifanten.", [YES]).support == pytest.approx(2 / 3)


@pytest.mark.parametrize("sentence", SENTENCES[::3])
def test_a_verbatim_sentence_of_the_seeds_is_always_supported(sentence):
    assert verify(sentence, [sentence]).supported
    assert verify(sentence, ["Iets anders.", f"  {sentence} "]).supported


@given(st.sampled_from(SENTENCES), st.integers(0, 10**6))
def test_a_number_that_is_not_there_is_never_supported(sentence, number):
    known = {q.value for q in quantities(sentence)} | other_readings(sentence)
    assume(str(number) not in known)
    assert not verify(f"{sentence.rstrip('.')} en {number} stoelen.", [sentence]).supported


@given(st.sampled_from(SENTENCES), st.sampled_from(["Veldhoven", "Barendsen", "QXZ", "Oosterwolde"]))
def test_a_name_that_is_not_there_is_never_supported(sentence, name):
    assert not verify(f"{sentence.rstrip('.')} volgens {name}.", [sentence]).supported


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_gets_a_verdict(claim, quotes):
    verdict = verify(claim, quotes)
    assert 0 <= verdict.support <= 1
    assert verdict.supported == (verdict.reason is None)


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip(" .")))
def test_whatever_is_quoted_whole_is_supported(text):
    assert verify(text, [text]).supported or not any(c.isalnum() for c in text)
