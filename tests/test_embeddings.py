"""The fast reader of static models gives what sentence-transformers gives, and refuses what is no model."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import WhitespaceSplit

from rag.config import models_folder
from rag.embeddings import SentenceTransformerEncoder, StaticEncoder, _WordPieces, load_encoder
from rag.errors import ModelInvalid, ModelMissing

EMBEDDER = models_folder() / "embedder"
TEXTS = [
    "Hoeveel slachtoffers van mensenhandel werden in 2019 gemeld?",
    "Het college heeft hierover op 3 maart een brief gestuurd aan de raad.",
    "ja",
    "Café's, reünies en coördinatie: 1.234,56 euro 😀",
    "woord " * 600,
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(EMBEDDER)


def test_rows_are_those_of_sentence_transformers(encoder):
    assert isinstance(encoder, StaticEncoder)
    assert np.allclose(encoder.encode(TEXTS), SentenceTransformerEncoder(str(EMBEDDER)).encode(TEXTS), atol=1e-3)


def test_rows_have_unit_length_and_do_not_depend_on_company(encoder):
    rows = encoder.encode(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), encoder.dim)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(rows[1:2], encoder.encode(TEXTS[1:2]))


def test_nothing_gives_zeros_and_no_texts_give_no_rows(encoder):
    assert not encoder.encode([""]).any()
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_like_meaning_lies_close(encoder):
    question, right, wrong = encoder.encode(
        [
            "Hoe hoog is de boete voor te hard rijden?",
            "De geldboete bij een snelheidsovertreding in het verkeer bedraagt 100 euro.",
            "De leerling levert het werkstuk in bij de school.",
        ]
    )
    assert float(question @ right) > float(question @ wrong) + 0.1


def test_loads_without_torch_and_quickly():
    code = (
        "import sys, rag.embeddings as e; from rag.config import models_folder as m; "
        "e.load_encoder(m() / 'embedder').encode(['hallo']); "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_encodes_a_question_in_a_millisecond(encoder):
    encoder.encode(TEXTS)
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        encoder.encode(TEXTS[:1])
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.001


def test_a_missing_model_says_where_it_was_sought(tmp_path):
    with pytest.raises(ModelMissing, match="nergens"):
        load_encoder(tmp_path / "nergens")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"dit is geen model"),
        ("model.safetensors", b""),
        ("tokenizer.json", b"{"),
        ("modules.json", b"[{]"),
        ("modules.json", b'[{"a": 1}]'),
    ],
)
def test_a_damaged_model_is_refused(tmp_path, name, content):
    copy_model(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelInvalid):
        load_encoder(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_an_incomplete_model_names_the_missing_file(tmp_path, name):
    copy_model(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        load_encoder(tmp_path)


def test_a_truncated_table_is_refused(tmp_path):
    copy_model(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(ModelInvalid):
        load_encoder(tmp_path)


def test_the_fingerprint_follows_the_contents(tmp_path, encoder):
    copy_model(tmp_path)
    assert load_encoder(tmp_path).fingerprint == encoder.fingerprint
    tokenizer = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    assert load_encoder(tmp_path).fingerprint != encoder.fingerprint


def copy_model(target):
    for file in EMBEDDER.iterdir():
        if file.is_file():
            (target / file.name).write_bytes(file.read_bytes())


def ids(packed):
    return np.frombuffer(packed, np.int32).tolist()


def test_pieces_of_words_are_those_of_the_tokenizer():
    seeds = models_folder().parent / "seeds"
    texts = [file.read_text(encoding="utf-8") for file in sorted(seeds.glob("*.txt"))] + TEXTS
    odd = "$5 a~b A_B (ja) [PAD] [a] a\x00b \x7f \x1bb Zuid-Holland, 't `a` ^ | " + " ".join(
        "x" * n for n in (99, 100, 101)
    )
    words = sorted({word for text in [*texts, odd] for word in text.split()})
    tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))
    table = _WordPieces(tokenizer)
    assert table.greedy is not None
    assert {w: ids(table[w]) for w in words} == {w: tokenizer.encode(w, add_special_tokens=False).ids for w in words}


def test_another_kind_of_tokenizer_does_its_own_work():
    tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    table = _WordPieces(tokenizer)
    assert table.greedy is None
    assert ids(table["Ja,"]) == tokenizer.encode("Ja,", add_special_tokens=False).ids
