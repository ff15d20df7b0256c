"""The grammar's text, and reading claims back while they stream in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.grammar import MAX_MARKS, ClaimReader, answer_grammar


def read(text: str, size: int) -> tuple[list[tuple[str, tuple[int, ...]]], str]:
    reader = ClaimReader()
    claims = [claim for start in range(0, len(text), size) for claim in reader.feed(text[start : start + size])]
    return claims + list(reader.finish()), reader.rest


def test_only_existing_numbers_are_in_the_grammar():
    assert answer_grammar(3).splitlines()[-1] == 'number ::= "1" | "2" | "3"'
    assert '"geen antwoord"' in answer_grammar(1)
    with pytest.raises(ValueError, match="at least one"):
        answer_grammar(0)


CLAIMS = [
    ("Ja, dat klopt. [1]", [("Ja, dat klopt.", (1,))], ""),
    ("Een zin.[1][4] Nog een.[2]", [("Een zin.", (1, 4)), ("Nog een.", (2,))], ""),
    ("Dubbel. [2][2][1]", [("Dubbel.", (2, 1))], ""),
    ("geen antwoord", [], "geen antwoord"),
    ("Af.[1] Niet af", [("Af.", (1,))], "Niet af"),
    ("Niet af.[1", [], "Niet af.[1"),
    ("", [], ""),
]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(("text", "claims", "rest"), CLAIMS)
def test_reading_claims(text, claims, rest, size):
    assert read(text, size) == (claims, rest)


def test_a_claim_is_read_as_soon_as_it_is_complete():
    reader = ClaimReader()
    assert list(reader.feed("Een zin.[1]")) == []  # another mark may follow
    assert list(reader.feed(" N")) == [("Een zin.", (1,))]
    assert list(reader.feed("og een.[1][2][3]")) == [("Nog een.", (1, 2, 3))]  # no more marks are allowed


sentence = st.text(st.characters(blacklist_characters="[]", blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30)
claim = st.tuples(sentence.filter(str.strip), st.lists(st.integers(1, 24), min_size=1, max_size=MAX_MARKS, unique=True))


@given(st.lists(claim, max_size=4), st.integers(1, 20))
def test_what_the_grammar_admits_is_read_back_in_any_pieces(claims, size):
    text = " ".join(f"{text}{''.join(f'[{n}]' for n in numbers)}" for text, numbers in claims)
    assert read(text, size)[0] == [(text.strip(), tuple(numbers)) for text, numbers in claims]
