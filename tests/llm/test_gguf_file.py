"""Files that are not what they say they are, each refused with its reason before llama.cpp sees them."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from rag.answering.gguf_file import _BLOCKS, read_header
from rag.errors import ModelInvalid, ModelMissing


def test_the_header_of_a_whole_model(tiny_gguf):
    header = read_header(tiny_gguf)
    assert (header.architecture, header.name, header.context) == ("llama", "raadwijzer-proefmodel", 4096)
    assert header.parameters == 147_776
    assert header.size == tiny_gguf.stat().st_size
    assert header.chat_template


NOT_MODELS = {
    "leeg": (b"", "het bestand is leeg"),
    "tekst": (b"dit is een brief, geen model", "geen GGUF-bestand"),
    "webpagina": (b"<!doctype html>", "webpagina"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
    "pytorch": (b"PK\x03\x04", "zip-bestand"),
    "ggml": (b"lmgg" + bytes(20), "oud GGML-bestand"),
    "alleen magic": (b"GGUF", "afgebroken"),
    "versie 1": (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "GGUF-versie 1"),
    "versie 99": (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "GGUF-versie 99"),
    "geen inhoud": (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "geen model in|afgebroken"),
    "dwaas aantal": (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60), "beschadigd"),
    "dwaze lengte": (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 2**60), "afgebroken"),
}


@pytest.mark.parametrize("name", NOT_MODELS)
def test_what_is_not_a_model(tmp_path: Path, name: str):
    data, reason = NOT_MODELS[name]
    file = tmp_path / "model.gguf"
    file.write_bytes(data)
    with pytest.raises(ModelInvalid, match=reason):
        read_header(file)


def test_no_file(tmp_path):
    with pytest.raises(ModelMissing):
        read_header(tmp_path / "weg.gguf")
    with pytest.raises(ModelMissing):
        read_header(tmp_path)


def test_a_truncated_model_is_refused_wherever_it_ends(tiny_gguf, tmp_path):
    data = tiny_gguf.read_bytes()
    file = tmp_path / "half.gguf"
    for length in [*range(4, 40), *range(40, len(data), 7919), len(data) - 1]:
        file.write_bytes(data[:length])
        with pytest.raises(ModelInvalid, match="afgebroken"):
            read_header(file)


def test_damage_in_the_header_is_an_error_never_a_crash(tiny_gguf, tmp_path):
    data = tiny_gguf.read_bytes()
    file = tmp_path / "kapot.gguf"
    for position in range(8, 2000, 13):
        file.write_bytes(data[:position] + b"\xff" * 8 + data[position + 8 :])
        try:
            read_header(file)
        except ModelInvalid as error:
            assert "niet bruikbaar als taalmodel" in str(error)


def test_a_model_that_makes_embeddings_is_refused(tmp_path):
    file = tmp_path / "bert.gguf"
    writer = gguf.GGUFWriter(file, "nomic-bert")
    writer.add_tokenizer_model("bert")
    writer.add_tensor("token_embd.weight", np.ones((4, 4), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelInvalid, match="schrijft geen tekst"):
        read_header(file)


def test_sizes_of_quantised_blocks_are_those_of_ggml():
    theirs = {int(kind): sizes for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    assert {kind: theirs[kind] for kind in _BLOCKS} == _BLOCKS
