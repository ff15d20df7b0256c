"""Weights → a GGUF file that llama.cpp runs (ggml's ``docs/gguf.md``).

The tensors already have llama.cpp's names, shapes and order of rotation; without ``output.weight`` the table of tokens
serves at both ends. Q8_0: blocks of 32 weights with one scale, as gguf's own quantiser makes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.reader.shape import Shape
from training.reader.tokenizer import BOS, CONTROL, END, EOS, PAD, PRE, TEMPLATE

if TYPE_CHECKING:
    import gguf

KINDS = ("Q8_0", "F16", "Q4_0")
NAME = "raadwijzer-lezer"
LICENCE = "CC-BY-4.0"
PART_BYTES = 15 << 20  # what a file may be that comes back from a lent machine


def export(file: Path, shape: Shape, tensors: Mapping[str, np.ndarray], tokenizer: Path, kind: str = "Q8_0") -> Path:
    """Write the model, whole or not at all; ``tensors`` are float32, named as in ``model.py``."""
    import gguf

    beside = file.with_name(file.name + ".new")
    writer = gguf.GGUFWriter(beside, "llama")
    _write_shape(writer, shape, kind)
    _write_tokenizer(writer, shape, json.loads(tokenizer.read_text(encoding="utf-8"))["model"])
    quantised = gguf.GGMLQuantizationType[kind]
    for name, weights in tensors.items():
        if weights.ndim == 1:  # norms stay exact
            writer.add_tensor(name, weights.astype(np.float32))
        elif kind == "F16":
            writer.add_tensor(name, weights.astype(np.float16))
        else:
            writer.add_tensor(name, gguf.quants.quantize(weights, quantised), raw_dtype=quantised)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return beside.replace(file)


def _write_shape(writer: gguf.GGUFWriter, shape: Shape, kind: str) -> None:
    import gguf

    writer.add_name(NAME)
    writer.add_license(LICENCE)
    writer.add_languages(["nl"])
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.theta)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind}"])


def _write_tokenizer(writer: gguf.GGUFWriter, shape: Shape, learned: dict) -> None:
    import gguf

    tokens = [f"<|ongebruikt{i}|>" for i in range(shape.vocabulary)]
    kinds = [gguf.TokenType.UNUSED] * shape.vocabulary
    for token, i in learned["vocab"].items():
        tokens[i] = token
        kinds[i] = gguf.TokenType.CONTROL if token in CONTROL else gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(PRE)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in learned["merges"]])
    writer.add_bos_token_id(CONTROL.index(BOS))
    writer.add_eos_token_id(CONTROL.index(EOS))
    writer.add_pad_token_id(CONTROL.index(PAD))
    writer.add_eot_token_id(CONTROL.index(END))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def split(file: Path, folder: Path) -> list[Path]:
    """Cut a file into parts that fit through a narrow door: ``cat reader.gguf.* > reader.gguf`` makes it whole."""
    folder.mkdir(parents=True, exist_ok=True)
    data = file.read_bytes()
    parts = []
    for number, start in enumerate(range(0, len(data), PART_BYTES)):
        parts.append(folder / f"{file.name}.{number:02}")
        parts[-1].write_bytes(data[start : start + PART_BYTES])
    return parts
