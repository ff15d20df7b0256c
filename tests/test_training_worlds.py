"""The invented worlds: whole, and asked as the product asks."""

import json
from pathlib import Path

import numpy as np
import pytest

from rag.association import FILE, Associations
from rag.config import models_folder
from rag.evidence import SENTENCES
from rag.ranking import MODEL, NAMES
from rag.sentence_features import SENTENCE_NAMES
from training import worlds
from training.data import own_questions
from training.worlds import LARGER, LONGEST, OWN, WITHOUT, Models, ask_world, faults, load_world, load_worlds

TEXT = "# De bibliotheek\n\nDe bibliotheek is op zondag dicht. Een pas kost twaalf euro per jaar.\n"


def world(folder: Path, *questions: dict) -> Path:
    file = folder / "bibliotheek.jsonl"
    rows = [{"document": "001-bibliotheek.md", "text": TEXT}, *questions]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return file


def asked(text: str, *evidence: list[str], answer: str | None = "twaalf euro") -> dict:
    return {"q": text, "voice": "inwoner", "evidence": list(evidence), "a": answer}


def test_evidence_is_found_in_what_the_program_reads(tmp_path):
    quote = "Een pas kost twaalf euro per jaar."
    loaded = load_world(world(tmp_path, asked("Wat kost lid worden?", ["001-bibliotheek.md", quote])))
    (place,) = loaded.questions[0].evidence
    (document,) = worlds.read_all(loaded.files)
    assert place.document == document.path
    assert document.text[place.start : place.end] == quote


def test_what_is_wrong_with_a_world_is_said(tmp_path):
    missing = asked("Wat kost een boete?", ["001-bibliotheek.md", "Een boete kost een euro."])
    unproven = asked("Is er koffie?", answer="Ja")
    (fault,) = faults(world(tmp_path, missing, unproven))
    assert "not in 001-bibliotheek.md" in fault and "an answer without evidence" in fault


def test_too_few_questions_and_doubles_are_said(tmp_path):
    question = asked("Is er koffie?", answer=None)
    found = list(faults(world(tmp_path, question, question)))
    assert found == ["2 questions, 2 of them unanswered", "twice or too long: 'Is er koffie?'"]


def test_questions_over_passages_are_whole_and_half_of_them_unanswered():
    found = own_questions()
    assert len({(question.pid, question.text) for question in found}) == len(found) > 4000
    assert all((question.answer is None) == (not question.evidence) for question in found)
    assert all(len(question.text.split()) <= LONGEST for question in found)
    assert 0.4 < np.mean([question.answer is None for question in found]) < 0.6


@pytest.fixture(scope="module")
def every():
    return load_worlds()


def test_the_worlds_are_whole(every):
    assert len(every) > 80
    for one in every:
        assert len(one.files) == 3
        assert len(one.questions) >= worlds.FEWEST_QUESTIONS
        assert sum(not question.evidence for question in one.questions) >= worlds.FEWEST_UNANSWERED


def test_a_world_is_asked_as_the_product_is(every):
    models = models_folder()
    associations = Associations.load(models / "evidence" / FILE)
    own = Models(models, models / "ranker" / MODEL, associations, models / "evidence" / SENTENCES)
    found = list(ask_world(own, every[0], every))
    assert {one.index for one in found} == {OWN, LARGER, WITHOUT}
    assert sum(one.index == OWN for one in found) == len(every[0].questions)
    for one in found:
        assert one.ranking[0].shape == (len(one.ranking[1]), len(NAMES))
        assert one.sentences[0].shape == (len(one.sentences[1]), len(SENTENCE_NAMES))
        assert not (one.index == WITHOUT or not one.question.evidence) or one.label is False
    teaching = [one for one in found if one.teaches and one.index == OWN]
    assert sum(bool(one.sentences[1].any()) for one in teaching) > 0.8 * len(teaching)
