"""Indexing by the native kernel gives what the Python code gives, whatever the text is."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import asking, dutch, native, sentences
from rag.config import Config
from rag.embeddings import _GreedyPieces, load_encoder
from rag.indexing.batch import Batch
from rag.indexing.cutting import PlainCutter
from rag.indexing.wordlist import Wordlist
from rag.numbering import PlainNumbers, Strings, joined
from rag.store import duplicates
from rag.words import Ragged, key

pytestmark = pytest.mark.skipif(not native.available(), reason="there is no native kernel")

PIECES = [
    *(
        "Den",
        "den",
        "A.",
        "B.",
        "art.",
        "nr.",
        "5",
        "12",
        "123",
        "1234",
        "p.",
        "(a",
        "iv.",
        "ix",
        "mw.",
        "e.d.",
        "jan.",
    ),
    *("1.", "…", "..", "?", "!", ".", ")", '"', "’", "“", "'", "’s H", "'t", "Joh.", "J.Th", "d.m.v.", "woord", "Het"),
    *("woorden.Daarna is", "het", "De", "– Ja", "• Ja", "www.x.nl", "https://a.b", "€ 5", "§ 3", "\n", "\r\n", " | "),
    *(
        "  ",
        "\t",
        "\u00a0",
        "lid",
        "bijlage",
        "É",
        "één",
        "e\u0301",
        "niet.",
        "Groep A.",
        "\f",
        "\x1d",
        "\x00",
        "\ud800",
    ),
    *("\x85", "\u2003", "_", "ª", "½", "x²", "ǅ", "🙂", "28 638", "RIS 305595", "5.000", "[UNK]", "ß", "ĳ", "\u00ad"),
    *("mensenhandelzaken", "a" * 61, "b" * 101, "zuid-holland", "foto's", "8,5", "~", "\x7f", "##ing"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(PIECES), max_size=14
).map("".join)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(Config().embedder_path)


@pytest.fixture(scope="module")
def cutter():
    from rag.native.indexing import Cutter

    return Cutter(sentences.LISTS)


@given(texts | st.text(max_size=40))
def test_sentences_are_cut_where_python_cuts_them(cutter, text):
    found = cutter.bounds(text)
    assert found is None or found == sentences.bounds_of(text)


@given(st.lists(texts | st.text(max_size=20), max_size=5))
def test_words_and_raw_words_get_the_same_numbers(several):
    from rag.native.indexing import Cutter

    mine, plain = Cutter(sentences.LISTS), PlainCutter()
    for text in several:
        before = plain.count, plain.sentence_count
        if not (mine.sentences(text) and plain.sentences(text)):
            for one in (mine, plain):
                one.back(*before)
                one.put(text)
                one.sentence(before[0], one.count, len(text))
        assert (mine.count, mine.sentence_count) == (plain.count, plain.sentence_count)
    numbers, places = mine.batch()
    wanted, plainly = plain.batch()
    assert np.array_equal(numbers, wanted)
    assert np.array_equal(places[:, :4], plainly[:, :4])
    count = len(plain)
    for one, other in zip(*(cut.tokens(0, count, dutch.tokens) for cut in (mine, plain)), strict=True):
        assert np.array_equal(one, other)
    assert mine.words(0, count) == plain.words(0, count)
    assert mine.raw(np.arange(mine.raw_count)) == plain.raw(np.arange(plain.raw_count))


OFFERING = [
    *("Ja", "nee,", "dat klopt", "nog niet", "- Neen", "om te", "Om", "te", "met behulp van", "omdat", "in Delft", "A"),
    *("naar de", "het Rijk", "Anne", "de", "Wit", "van der", "’s", "zin, Jan", "5%", "€ 3", "2020", "a\tB", "drie."),
    *(
        "ǅ",
        "Ω in Delft",
        "voorkomen.Daarna is",
        "28 638",
        "wethouder",
        "bij het",
        "zijin de Kamer",
        "_in Delft",
        "é",
        "Élan",
        "J. Klaassen",
        "x",
        "B’s C",
    ),
]


@given(st.lists(st.lists(st.sampled_from(OFFERING), max_size=8).map(" ".join), min_size=1, max_size=3))
def test_sentences_offer_the_same(encoder, several):
    batch = Batch(Wordlist(encoder))
    for text in several:
        batch.sentences(text)
    batch.settle()
    if not batch.segments:
        return
    offers = batch.matching([[batch.segments]])[0].offers
    wanted = [asking.offered(text[a:b]) for text in several for a, b in sentences.bounds_of(text)]
    assert offers.tolist() == wanted


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3), max_size=4),
)
def test_documents_hold_the_same_words(numbers, documents):
    from rag.native.indexing import distinct

    given_ = np.array(numbers, np.int32)
    stretches = [[sorted(min(place, len(numbers)) for place in pair) for pair in document] for document in documents]
    flat = np.array([pair for document in stretches for pair in document], np.int64).reshape(-1, 2).T.copy()
    sizes = np.array(list(map(len, documents)), np.int64)
    found = distinct(given_, (flat[0], flat[1], sizes), np.arange(10, dtype=np.int32), 5)
    for own, document in zip(found, stretches, strict=True):
        assert len(set(own.tolist())) == len(own)
        assert set(own.tolist()) == {n for begin, end in document for n in numbers[begin:end] if n & 5}


def test_words_keep_their_numbers_when_there_are_many(cutter):
    words = [f"woord{number}" for number in range(20_000)]
    known = len(cutter)
    cutter.back()
    cutter.put(" ".join(words))
    cutter.put(" ".join(reversed(words)))
    numbers = cutter.batch()[0]
    assert numbers[: len(words)].tolist() == list(range(known, known + len(words)))
    assert numbers[len(words) :].tolist() == numbers[: len(words)][::-1].tolist()
    assert cutter.words(known, len(cutter)) == words


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=8))
def test_words_are_cut_in_the_same_pieces(encoder, several):
    words = [word for text in several for word in text.split() if "\ud800" not in word]  # no word to the tokenizer
    pieces, sizes = encoder.packed(words)
    assert [part.tolist() for part in np.split(pieces, np.cumsum(sizes))[:-1]] == [
        part.tolist() for part in encoder.pieces(words)
    ]


def test_the_model_of_the_project_is_cut_by_the_kernel(encoder):
    assert isinstance(encoder._words.greedy, _GreedyPieces)
    assert encoder._compiled is not None


@pytest.fixture(scope="module")
def lexicon():
    found = dutch._analyzer().lexicon
    found.split_all(["mensenhandel"])
    return found


WORDS = ["mensen", "handel", "zaken", "werk", "nemer", "s", "en", "verkeers", "er", "heid", "zee", "aan", "pakken", "q"]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map("".join), max_size=6))
def test_compounds_have_the_same_parts(lexicon, words):
    assert lexicon.split_all(words) == [list(lexicon.split(word)) for word in words]


@given(st.lists(texts, max_size=4))
def test_raw_words_have_the_same_terms(lexicon, several):
    tokens = [token for text in several for token in dutch.tokens(text)]
    alone, worked_out = dutch._WordTerms(lexicon), dutch._WordTerms(lexicon)
    worked_out.work_out(tokens)
    assert [worked_out[token] for token in tokens] == [alone[token] for token in tokens]


@given(st.lists(st.text(max_size=20).filter(lambda term: "\n" not in term), max_size=8))
def test_terms_have_the_same_keys(terms):
    from rag.native.indexing import keys

    assert keys(terms).tolist() == [key(term) for term in terms]


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=5))
def test_sums_are_the_same_to_the_bit(texts):
    from rag.native.indexing import rows_summed

    random = np.random.default_rng(0)
    table, weights = random.integers(-127, 128, (10, 8), np.int8), random.random(10, np.float32)
    sums = rows_summed(
        table, weights, np.array(list(chain(*texts)), np.int32), np.array(list(map(len, texts)), np.int64)
    )
    rows = table.astype(np.float32) * weights[:, None]
    for text, found in zip(texts, sums, strict=True):
        wanted = np.zeros(8, np.float32)
        for piece in text:
            wanted += rows[piece]
        assert np.array_equal(found, wanted)


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(0, 9))
def test_texts_have_the_same_minhashes(sizes, seed):
    hashes = np.random.default_rng(seed).integers(0, 1 << 32, sum(sizes), np.uint32)
    numbers = [str(size) for size in sizes]
    given = hashes, np.array(sizes, np.int64), numbers
    found = duplicates.minhashes(*given)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(native, "available", lambda: False)
        assert duplicates.minhashes(*given) == found


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1), st.lists(st.integers(0, 100)), st.booleans())
def test_rows_are_taken_the_same_way(rows, chosen, small):
    starts = np.cumsum([0, *map(len, rows)])
    ragged = Ragged(np.array(list(chain(*rows)), np.int32 if small else np.int64), starts)
    places = np.array([place % len(rows) for place in chosen], np.int64)
    found = ragged.take(places)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(native, "available", lambda: False)
        plain = ragged.take(places)
    assert found.values.dtype == plain.values.dtype
    assert found.values.tolist() == plain.values.tolist()
    assert found.starts.tolist() == plain.starts.tolist()


strings = st.lists(st.text(st.sampled_from("aé\u0301🙂 "), max_size=3), max_size=8)


@given(st.lists(strings, max_size=4))
def test_strings_get_the_same_numbers(several):
    from rag.native.indexing import Numbers

    mine, plain = Numbers(), PlainNumbers()
    for some in several:
        assert mine.of(joined(some)).tolist() == plain.of(joined(some)).tolist()
    every = np.arange(len(plain))[::-1].copy()
    assert len(mine) == len(plain)
    assert mine.lines(every) == plain.lines(every)


@given(
    strings.filter(bool), st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3), max_size=4)
)
def test_strings_are_joined_the_same_way(some, texts):
    mine, plain = Strings(), Strings()
    plain._bytes = None
    numbers = np.arange(21) % len(some)
    flat = np.array([sorted(stretch) for text in texts for stretch in text], np.int64).reshape(-1, 2)
    begins, ends = np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1])
    found = []
    for strings in (mine, plain):
        strings.extend(some)
        found.append(strings.texts(numbers, begins, ends, np.array(list(map(len, texts)), np.int64)))
    assert found[0] == found[1]
