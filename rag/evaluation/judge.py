"""An entailment model on this machine as judge of citations, in place of the comparison by characters. Optional.

ALCE uses a T5 model of 11 billion weights; any sequence classification model with an "entailment" label will do here.
Nothing is downloaded: the model must be a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelInvalid, ModelMissing
from rag.evaluation.matching import Judge, without_markers

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


def load_judge(folder: Path) -> Judge:
    """A judge that asks the model whether what is cited entails the claim.

    Raises ModelMissing when the folder is not there, ModelInvalid when its model has no entailment label.
    """
    if not folder.is_dir():
        raise ModelMissing(f"De map met het beoordelingsmodel {folder} bestaat niet.")
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"In {folder} staat geen bruikbaar beoordelingsmodel: {error}.") from error
    wanted = _entailment_label(model, folder)

    def judge(cited: str, claim: str) -> bool:
        scores = model.predict([(cited, without_markers(claim))], show_progress_bar=False)[0]  # (labels,)
        return bool(scores.argmax() == wanted)

    return judge


def _entailment_label(model: CrossEncoder, folder: Path) -> int:
    labels = {str(name).lower(): int(index) for name, index in (getattr(model.config, "label2id", None) or {}).items()}
    found = [index for name, index in labels.items() if name == "entailment"]
    if not found:
        raise ModelInvalid(
            f"Het model in {folder} kent geen label 'entailment'; het kent: {', '.join(sorted(labels))}."
        )
    return found[0]
