"""The features in arrays are those of a plain reference that goes word by word and sentence by sentence."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import dutch
from rag.asking import kind_of, suits
from rag.config import models_folder
from rag.embeddings import load_encoder
from rag.features import HAS_PART, PART_OF, SAME, SAME_START, Analyzer
from rag.ranking import NAMES, Candidate, candidate_features, segments
from rag.synonyms import synonyms
from rag.words import content

SEEDS = models_folder().parent / "seeds"
QUESTIONS = (
    "Hoeveel meldingen van seksuele uitbuiting waren er in 2020 in Den Haag?",
    "Wie betaalt de opvang van slachtoffers?",
    "Waarom is het percentage meisjes gestegen volgens het CKM en de politie?",
    "mensenhandelzaken jongeren",
    "En dan?",
)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(models_folder() / "embedder")


# --- the reference


def matches(asked, word):
    """How well a word of a text matches a word of a question, by their letters."""
    own, *parts = dutch.terms(asked)
    stem, *others = dutch.terms(word)
    if stem == own:
        return SAME
    if own in others:
        return PART_OF
    if any(letter.isdigit() for letter in asked):
        return 0.0
    longer = len(word) > 6 and word.isalpha() and word[:6] == asked[:6]
    return HAS_PART if stem in parts else SAME_START if longer else 0.0


def alike(encoder, asked, word):
    """Likeness of meaning."""
    if any(letter.isdigit() for letter in asked):
        return 0.0
    one, other = encoder.encode([asked, word])
    others = synonyms(dutch.terms(asked)[0])
    stem, *parts = dutch.terms(word)
    known = max([others.get(stem, 0.0), *(PART_OF * others.get(part, 0.0) for part in parts)])
    return max(known, float(np.clip(one @ other, 0, 1)))


def cosine(encoder, row, words):
    """Of the question's row with the sum of a sentence's words."""
    total = sum((encoder.table[piece] for word in words for piece in next(iter(encoder.pieces([word])))), np.zeros(1))
    return float(total @ row / np.linalg.norm(total)) if len(words) else 0.0


def plain_features(encoder, question, candidates):
    """Some columns of ``candidate_features``, worked out the long way: name → values."""
    words: list[str] = []
    for word in content(question):
        if all(dutch.terms(word)[0] != dutch.terms(known)[0] for known in words):
            words.append(word)
    idf = np.array([dutch.background_idf(dutch.terms(word)[0]) for word in words])
    weights = idf / max(idf.sum(), 1e-6)
    row = encoder.encode([question])[0]
    found = {name: [] for name in ("mass", "mass_title", "mass_sentence", "mass_pair", "soft", "soft_sentence")}
    found |= {name: [] for name in ("cosine_title", "cosine_sentence", "cosine_second", "cosine_where_mass")}
    found |= {name: [] for name in ("sentence", "suits", "neighbours", "bm25", "length", "sentences")}
    for candidate in candidates:
        texts = [text for _, text in segments(candidate)]
        cut = [content(text) for text in texts]
        hard = np.array([[max((matches(q, w) for w in s), default=0.0) for s in cut] for q in words])
        soft = np.array(
            [[max((max(matches(q, w), alike(encoder, q, w)) for w in s), default=0.0) for s in cut] for q in words]
        )
        hard, soft = hard.reshape(len(words), len(cut)), soft.reshape(len(words), len(cut))
        near = np.array([cosine(encoder, row, s) for s in cut])
        body = list(range(1, len(cut))) or [0]
        mass, meant = weights @ hard, weights @ soft
        best = max(body, key=lambda s: (mass[s], -s))
        most = max(body, key=lambda s: (mass[s] + near[s], -s))
        pairs = [weights @ np.maximum(hard[:, a], hard[:, a + 1]) for a in body[:-1]] or [mass[body[0]]]
        flat = [word for s in cut for word in s or [""]]
        grid = [[matches(q, w) if w else 0.0 for w in flat] for q in words]
        beside = [
            any(a >= 0.5 and b >= 0.5 for a, b in zip(one[:-1], two[1:], strict=True)) for one, two in pairwise(grid)
        ]
        frequency, length = np.array([sum(line) for line in grid]), len(flat)
        values = {
            "mass": weights @ hard.max(axis=1, initial=0),
            "mass_title": mass[0],
            "mass_sentence": mass[best],
            "mass_pair": max(pairs),
            "soft": weights @ soft.max(axis=1, initial=0),
            "soft_sentence": max(meant[body]),
            "cosine_title": near[0],
            "cosine_sentence": max(near[body]),
            "cosine_second": sorted(near[body])[-2] if len(body) > 1 else near[body[0]],
            "cosine_where_mass": near[best],
            "sentence": mass[most] + near[most],
            "suits": suits(kind_of(question), texts[most]),
            "neighbours": np.mean(beside) if beside else 0.0,
            "bm25": weights @ (frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / 80))),
            "length": length,
            "sentences": len(cut),
        }
        for name, value in values.items():
            found[name].append(float(value))
    return found


def check(encoder, analyzer, question, candidates):
    rows = candidate_features(analyzer, question, candidates)
    columns = dict(zip(NAMES, rows.T, strict=True))
    for name, expected in plain_features(encoder, question, candidates).items():
        ties = {"cosine_where_mass", "suits"}  # where two sentences are equally good but for rounding
        wrong = ~np.isclose(columns[name], expected, atol=2e-5)
        assert not wrong.any() or (name in ties and wrong.mean() < 0.2), (name, columns[name], expected)


# --- the tests


@pytest.mark.parametrize("question", QUESTIONS)
def test_features_of_real_passages_are_those_of_the_reference(encoder, question):
    texts = [file.read_text(encoding="utf-8").splitlines() for file in sorted(SEEDS.glob("*.txt"))]
    bodies = ["\n".join(lines[start : start + 6]) for lines in texts for start in range(0, len(lines) - 6, 40)]
    candidates = [
        Candidate(str(place), "Beantwoording vragen", body[:80] if place % 2 else "", body, 1.0, 0.5, 0.5)
        for place, body in enumerate(bodies)
    ]
    assert len(candidates) > 10
    check(encoder, Analyzer(encoder), question, candidates)


WORDS = (
    "opvang",
    "slachtoffers",
    "slachtofferhulp",
    "2020",
    "12,5",
    "Zuid-Holland",
    "de",
    "wie",
    "jeugdhulp",
    "€",
    "?",
)
TEXTS = st.lists(st.sampled_from((*WORDS, ".", "\n", "😀", "x" * 70)), max_size=14).map(" ".join)


@settings(max_examples=60)
@given(question=TEXTS, texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_features_of_random_passages_are_those_of_the_reference(encoder, question, texts):
    candidates = [Candidate(str(place), *parts, 1.0, 0.5, 0.5) for place, parts in enumerate(texts)]
    check(encoder, Analyzer(encoder), question, candidates)


def test_what_a_candidate_gets_for_its_words_does_not_depend_on_the_others(encoder):
    one = Candidate("a", "Opvang", "", "De opvang van jongeren. Er is hulp.", 1.0, 0.5, 0.5)
    other = Candidate("b", "Jongeren", "", "Jongeren krijgen hulp in de opvang.", 1.0, 0.5, 0.5)
    analyzer = Analyzer(encoder)
    alone = candidate_features(analyzer, "Is er opvang, jongeren?", [one])
    first = candidate_features(analyzer, "Is er opvang, jongeren?", [one, other])
    place = NAMES.index("neighbours")
    assert alone[0, place] == first[0, place]


def hard(encoder, question, text):
    analyzer = Analyzer(encoder)
    analysis = analyzer.analyse("a", lambda: [("body", text)])
    return analyzer.match(analyzer.question(question), [analysis]).hard[:, 0].tolist()


def test_words_match_by_stem_and_by_part(encoder):
    assert hard(encoder, "slachtoffer", "slachtoffers") == [SAME]
    assert hard(encoder, "slachtoffer", "slachtofferhulp") == pytest.approx([PART_OF])
    assert hard(encoder, "slachtofferhulp", "slachtoffer") == [HAS_PART]
    assert hard(encoder, "slachtoffer", "fiets") == [0]


def test_numbers_match_only_themselves(encoder):
    assert hard(encoder, "2019", "2019") == [SAME]
    assert hard(encoder, "2019", "2018") == [0]
    analyzer = Analyzer(encoder)
    analysis = analyzer.analyse("a", lambda: [("body", "2018")])
    assert analyzer.match(analyzer.question("2019"), [analysis]).soft.tolist() == [[0]]
