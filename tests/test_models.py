"""What ships in models/: it loads as promised, is small, and every card says what it must."""

import re

import numpy as np
import pytest

from rag.answerability import ANSWERABILITY, load_answerability
from rag.config import models_folder
from rag.embeddings import load_encoder
from rag.evidence import SENTENCES
from rag.ranking import MODEL, NAMES
from rag.sentence_features import SENTENCE_NAMES
from rag.trees import load_forest

MODELS = models_folder()
TEXTS = [
    "Hoeveel plekken zijn er in de vrouwenopvang?",
    "Het college stelt de raad voor € 1,5 miljoen beschikbaar te stellen voor de Zorg- en Veiligheidshuizen.",
    "",
]
CARDS = {
    "embedder": ("RaadsQA", "CC0", "CC BY 4.0", "EUPL-1.2", "training.embedder", "--minutes", "recall@20"),
    "ranker": ("RaadsQA", "CC BY 4.0", "training.ranker", "recall@5"),
    "evidence": ("RaadsQA", "CC BY 4.0", "training.evidence", "AUROC", "reliability.svg"),
    "cross_encoder": ("MiniLM", "Apache-2.0", "RaadsQA", "CC BY 4.0", "training.cross_encoder", "--minutes", "AUROC"),
    "dutch": ("OpenTaal", "BSD-3-Clause", "CC0", "training.dutch", "training.dictionary", "MIT"),
}


def megabytes(*folders):
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file()) / 1e6


def test_sizes():
    assert megabytes(MODELS / "embedder") <= 20
    assert megabytes(MODELS) < 100


@pytest.mark.slow
def test_the_embedder_is_a_sentence_transformers_folder():
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(MODELS / "embedder"), device="cpu")
    expected = model.encode(TEXTS[:2], normalize_embeddings=True)
    rows = load_encoder(MODELS / "embedder").encode(TEXTS)
    assert rows.shape == (3, expected.shape[1])
    assert np.allclose(rows[:2], expected, atol=1e-4)
    assert np.allclose(np.linalg.norm(rows[:2], axis=1), 1, atol=1e-5)


def test_models_and_program_agree_on_the_features():
    assert load_forest(MODELS / "ranker" / MODEL).names == NAMES
    assert load_forest(MODELS / "evidence" / SENTENCES).names == SENTENCE_NAMES


@pytest.mark.parametrize("name", [ANSWERABILITY])
def test_answerability_can_be_read_and_its_threshold_is_a_likelihood(name):
    model = load_answerability(MODELS / "evidence" / name)
    assert model.names == load_answerability(MODELS / "evidence" / ANSWERABILITY).names
    assert np.isfinite(model.weights).all()
    assert 0 < model.threshold < 1


@pytest.mark.parametrize("name", sorted(CARDS))
def test_every_card_names_its_data_its_licences_how_it_was_made_and_its_limits(name):
    card = (MODELS / name / "README.md").read_text(encoding="utf-8")
    missing = [word for word in (*CARDS[name], "Limits") if word not in card]
    assert missing == []


@pytest.mark.parametrize("name", ["embedder", "ranker", "evidence"])
def test_every_claimed_figure_has_an_interval_that_holds_it(name):
    card = (MODELS / name / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+)–([\d.]+) \|", card, re.MULTILINE)
    assert len(rows) >= 3
    assert all(float(low) <= float(value) <= float(high) for value, low, high in rows)


def test_pictures_in_cards_are_there():
    for card in MODELS.glob("*/README.md"):
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", card.read_text(encoding="utf-8")):
            assert (card.parent / picture).is_file()
