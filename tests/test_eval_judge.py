"""A local entailment model as judge: a real, tiny one made here, loaded from a folder without network."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelInvalid, ModelMissing
from rag.evaluation.judge import load_judge

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "er", "waren", "40", "52", "meldingen"]


def tiny_model(folder: Path, labels: list[str], favourite: int) -> Path:
    """A sequence classifier with zero weights that always prefers one label."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.eye(len(labels))[favourite])
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("favourite", "carried"), [(1, True), (0, False)])
def test_the_label_that_the_model_prefers_decides(tmp_path: Path, favourite: int, carried: bool) -> None:
    judge = load_judge(tiny_model(tmp_path / "m", ["contradiction", "entailment", "neutral"], favourite))
    assert judge("er waren 40 meldingen", "er waren 40 meldingen [1]") is carried


def test_a_model_without_an_entailment_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelInvalid, match="entailment"):
        load_judge(tiny_model(tmp_path / "m", ["goed", "fout"], 0))


def test_a_folder_that_is_not_there_or_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="bestaat niet"):
        load_judge(tmp_path / "geen")
    (tmp_path / "leeg").mkdir()
    with pytest.raises(ModelInvalid, match="leeg"):
        load_judge(tmp_path / "leeg")
