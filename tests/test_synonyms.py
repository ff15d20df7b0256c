"""Other words for a word: the list that ships, how it is made, and that matching knows of it."""

import lzma

import pytest

from rag import synonyms
from rag.config import models_folder
from rag.embeddings import load_encoder
from rag.errors import ModelInvalid, ModelMissing
from rag.features import Analyzer
from rag.synonyms import SAME, TELLING
from training.synonyms import SOURCE, stem, table, written

LINES = "bang = angst, vrees ; dreiging\nstraf = sanctie ; boete, straffen\nvraag over iets = onzin ;\n"


def of(word):
    return synonyms.synonyms(stem(word))


def test_people_and_documents_call_things_differently():
    assert of("bang")[stem("angst")] == SAME
    assert of("jeugdarts")[stem("ggd")] == TELLING
    assert of("kwispelstaartje") == {}


def test_what_ships_is_what_the_source_says():
    shipped = lzma.decompress((models_folder() / synonyms.FILE).read_bytes()).decode("ascii")
    assert shipped == written(*table(SOURCE.read_text(encoding="utf-8")))


def test_the_same_goes_both_ways_and_telling_does_not():
    same, telling = table(LINES)
    assert stem("bang") in same[stem("angst")] and stem("angst") in same[stem("bang")]
    assert telling[stem("straf")] == {stem("boete")}  # and not the word itself in another form
    assert stem("boete") not in telling


def test_a_line_about_several_words_is_left_out():
    assert "onzin" not in written(*table(LINES))


def test_a_word_that_stands_on_both_sides_means_the_same():
    same, telling = table("straf = sanctie ; sanctie, boete\n")
    assert stem("sanctie") in same[stem("straf")]
    assert telling[stem("straf")] == {stem("boete")}


def test_matching_knows_other_words():
    analyzer = Analyzer(load_encoder(models_folder() / "embedder"))
    texts = [analyzer.analyse(text, lambda text=text: [("title", ""), ("body", text)]) for text in TEXTS]
    match = analyzer.match(analyzer.question("Zijn meisjes bang?"), texts)
    word = list(analyzer.question("Zijn meisjes bang?").words).index("bang")
    softly = match.soft[word, match.bounds[:-1] + 1]
    assert softly[0] == pytest.approx(SAME) and softly[1] < SAME  # "vrees" and "fietsen"
    assert match.hard[word].max() == 0.0  # but it is another word


TEXTS = ("Zij hebben vrees voor de gevolgen.", "Zij hebben fietsen voor de gemeente.")


def test_a_list_that_is_not_there_or_not_whole_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(synonyms, "models_folder", lambda: tmp_path)
    synonyms._terms.cache_clear()
    with pytest.raises(ModelMissing, match="opnieuw"):
        synonyms.synonyms("bang")
    (tmp_path / "dutch").mkdir()
    (tmp_path / synonyms.FILE).write_bytes(b"geen xz")
    with pytest.raises(ModelInvalid, match="opnieuw"):
        synonyms.synonyms("bang")


def test_every_term_is_one_that_texts_can_have():
    for line in lzma.decompress((models_folder() / synonyms.FILE).read_bytes()).decode("ascii").splitlines():
        term, _, others = line.partition(":")
        assert term and " " not in term and others.count(";") == 1
        assert term not in others.replace(";", " ").split()
