"""A language model of two layers with seeded random weights, as a real GGUF file: deterministic nonsense in a second.

It has everything that the tests of streaming, stopping, prompt reuse, context overflow and the grammar need: a
byte-level BPE tokenizer trained on a few Dutch sentences, control tokens, a chat template, and llama.cpp's own tensor
names (ggml's ``docs/gguf.md``; shared/design/models.md has the recipe). No quality is claimed.
"""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

LAYERS, WIDTH, HIDDEN, HEADS, CONTEXT, VOCABULARY = 2, 64, 128, 2, 4096, 1024
CONTROL = ["<|pad|>", "<|eos|>", "<|bos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
TEMPLATE = (
    "{{ '<|bos|>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SENTENCES = [
    "Het college heeft in 2022 een brief met dertien vragen ontvangen over de aanpak van mensenhandel.",
    "In 2021 zijn 43 minderjarige slachtoffers gemeld bij het coördinatiecentrum.",
    "Ja, de gemeente werkt samen met de politie, het onderwijs en de jeugdzorg.",
    "Nee, er zijn geen aanwijzingen dat het aantal meldingen is gedaald; de cijfers zijn niet volledig.",
    "De staatssecretaris heeft op 20 oktober 2022 geantwoord dat 5.000 euro per jaar beschikbaar is.",
    "Zie hiervoor het antwoord op vraag 4. Voor deze maatregel is 2,5 procent van het budget gereserveerd.",
    "Beantwoord de vraag alleen met de genummerde zinnen. Geef na elke zin het nummer, zoals [1] of [1][4].",
    "Staat het antwoord er niet, schrijf dan: geen antwoord",
]


def write_tiny_gguf(path: Path, *, seed: int = 7, template: str | None = TEMPLATE, context: int = CONTEXT) -> Path:
    """Write the model to ``path`` (under 3 MB) and return it. ``template`` None leaves the chat template out."""
    writer = gguf.GGUFWriter(path, "llama")
    _write_shape(writer, context)
    _write_tokenizer(writer)
    if template is not None:
        writer.add_chat_template(template)
    for name, weights in _tensors(np.random.default_rng(seed)):
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_shape(writer: gguf.GGUFWriter, context: int) -> None:
    writer.add_name("raadwijzer-proefmodel")
    writer.add_vocab_size(VOCABULARY)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _train_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=CONTROL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=20,  # llama-cpp-python's detokenize cuts off what is longer than 32 bytes
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 2, trainer)
    return tokenizer


def _write_tokenizer(writer: gguf.GGUFWriter) -> None:
    model = json.loads(_train_tokenizer().to_str())["model"]
    tokens = [f"<|ongebruikt{i}|>" for i in range(VOCABULARY)]
    kinds = [gguf.TokenType.UNUSED] * VOCABULARY
    for token, i in model["vocab"].items():
        tokens[i] = token
        kinds[i] = gguf.TokenType.CONTROL if token in CONTROL else gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(tokens.index("<|bos|>"))
    writer.add_eos_token_id(tokens.index("<|eos|>"))
    writer.add_pad_token_id(tokens.index("<|pad|>"))
    writer.add_eot_token_id(tokens.index("<|end|>"))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def _tensors(random: np.random.Generator) -> list[tuple[str, np.ndarray]]:
    """Names and float32 weights; matrices are (out, in). Without ``output.weight`` the embedding is tied."""

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    ones = np.ones(WIDTH, dtype=np.float32)
    tensors = [("token_embd.weight", matrix(VOCABULARY, WIDTH)), ("output_norm.weight", ones)]
    for i in range(LAYERS):
        tensors += [(f"blk.{i}.attn_norm.weight", ones), (f"blk.{i}.ffn_norm.weight", ones)]
        tensors += [(f"blk.{i}.attn_{part}.weight", matrix(WIDTH, WIDTH)) for part in ("q", "k", "v", "output")]
        tensors += [(f"blk.{i}.ffn_{part}.weight", matrix(HIDDEN, WIDTH)) for part in ("gate", "up")]
        tensors += [(f"blk.{i}.ffn_down.weight", matrix(WIDTH, HIDDEN))]
    return tensors
