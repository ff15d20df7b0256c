"""Dutch put into English word for word: what the cross-encoder reads."""

import lzma

import pytest

from rag import english
from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing
from training.english import SOURCE, written


def test_every_known_word_is_put_into_english_and_the_rest_stays():
    assert english.word_for_word("Hoeveel meldingen waren er in 2021?") == "how many reports were there in 2021 ?"
    assert english.word_for_word("Jansen") == "Jansen"
    assert english.word_for_word("") == ""


def test_a_compound_is_the_english_of_its_parts():
    known = english.read(models_folder() / english.FILE)
    assert "fietspadonderhoud" not in known
    assert english.word_for_word("fietspadonderhoud").split()[-1] == known["onderhoud"]
    assert english.word_for_word("zorg-onderzoek") == f"{known['zorg']} {known['onderzoek']}"


def test_what_ships_is_what_the_source_says():
    shipped = lzma.decompress((models_folder() / english.FILE).read_bytes()).decode("utf-8")
    assert shipped == written(SOURCE.read_text(encoding="utf-8"))


def test_a_double_form_or_one_without_english_is_an_error():
    assert written("# over dit bestand\nzorg = care\naap = monkey\n") == "aap\tmonkey\nzorg\tcare\n"
    for wrong in ("zorg = care\nzorg = concern\n", "zorg\n", "zorg = \n"):
        with pytest.raises(ValueError, match="not a new form"):
            written(wrong)


def test_a_missing_or_damaged_list_is_named(tmp_path):
    with pytest.raises(ModelMissing):
        english.read(tmp_path / "english.txt.xz")
    (tmp_path / "english.txt.xz").write_bytes(b"no")
    with pytest.raises(ModelInvalid):
        english.read(tmp_path / "english.txt.xz")
