"""Texts that are read together: what is stored of each is the same as when it stands alone, in whatever white space."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag import dutch, spelling
from rag.config import Config
from rag.documents.dates import _BEGIN, _DATE, _all_dates
from rag.embeddings import load_encoder
from rag.indexing.batch import Batch
from rag.indexing.wordlist import Wordlist
from rag.numbering import split
from rag.sentences import sentences
from rag.store.wordcounts import Held, WordCounts

PIECES = [
    "Den",
    "Haag",
    "de",
    "wet.",
    "Zuid-Holland,",
    "28",
    "638",
    "a.b",
    "  ",
    "\t",
    "\n",
    "\u00a0",
    "voorkomen.Daarna",
    " | ",
]
dutch.terms("de eerste keer wordt de woordenlijst gelezen")  # before anything is timed
texts = st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=4))
def test_the_terms_of_each_text_are_its_own(several):
    batch = Batch(Wordlist(None))
    said = [batch.sentences(text) for text in several]
    batch.settle()
    for text, where in zip(several, said, strict=True):
        assert batch.terms([[where.standing]])[0].split() == dutch.terms(text)


@given(texts)
def test_every_sentence_is_counted(text):
    batch = Batch(Wordlist(None))
    batch.sentences(text)
    assert batch.segments == len(sentences(text))


@given(st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_words_that_may_be_meant_are_those_of_the_whole_document(documents):
    batch = Batch(Wordlist(None))
    put = [(batch.distinct(first), [batch.sentences(text).raw for text in rest]) for first, *rest in documents]
    batch.settle()
    for document, held in zip(documents, batch.meant(put), strict=True):
        table = split(held.table)
        found = [table[place] for place in held.places.tolist()]
        assert sorted(found) == sorted(spelling.vocabulary("\n".join(document)))


def test_words_are_counted_by_document():
    counts = WordCounts()
    table = "brug\npark\n"
    counts.add(Held(table, [0, 1]), closed=0)
    counts.add(Held(table, [1]), closed=1)
    counts.add(Held("tram\nbrug\n", [0]), closed=0)
    counts.change(["brug"], -1, 0)
    assert counts.rows() == [("brug", 0, 0), ("park", 2, 1), ("tram", 1, 0)]


@given(
    st.lists(
        st.sampled_from(["12", "1", "2020", " ", "-", "/", "mei", "\n", "2020-01-02", "3-4-2021", "x"]), max_size=12
    )
)
def test_a_date_is_found_wherever_its_pattern_is(pieces):
    text = "".join(pieces)
    every = [found.span() for found in _DATE.finditer(text)]
    assert {start for start, _ in every} <= {found.start() for found in _BEGIN.finditer(text)}
    assert {(start, end) for _, start, end in _all_dates(text)} <= set(every)


def test_what_is_matched_by_is_the_same_whatever_was_read_before():
    encoder = load_encoder(Config().embedder_path)
    fresh, used = Wordlist(encoder), Wordlist(encoder)
    first = Batch(used)
    first.sentences("Het park ligt bij 28 638 bomen en de brug.")
    first.settle()
    first.matching([[1]])
    found = []
    for words in (fresh, used):
        batch = Batch(words)
        batch.sentences("De brug bij 28 bomen gaat open. Het park blijft dicht.")
        batch.settle()
        found.append(batch.matching([[2]])[0])
    one, other = found
    assert one.table.forms == other.table.forms
    assert one.ids.tolist() == other.ids.tolist()
