"""Every training script runs on data of a few dozen made-up sentences, and what it writes loads in the product."""

import json
import lzma
import math

import numpy as np
import pytest

from rag.answerability import ANSWERABILITY, load_answerability
from rag.embeddings import load_encoder
from rag.evidence import SENTENCES
from rag.ranking import MODEL, NAMES, Candidate, Ranker
from rag.sentence_features import SENTENCE_NAMES
from rag.trees import load_forest
from training import association, check, embedder, embedder_last, evidence, lessons, ranker, reliability
from training.data import answerable, corpus, questions

PLACES = ("Aldorp", "Bergveen", "Colmade", "Diepwoud", "Eikenhorst", "Fortmond", "Geestbrug", "Havenlo")
SUBJECTS = ("jeugdopvang", "fietspaden", "bibliotheek", "schuldhulp", "afvalstation", "sporthal", "leerlingenvervoer")
WORK = ("fold0", "fold1", "fold2")


def passages():
    for number, (place, subject) in enumerate((p, s) for p in PLACES for s in SUBJECTS):
        told = [
            f"De gemeente {place} heeft sinds {1990 + number} een regeling voor {subject}.",
            f"De kosten van {subject} waren {100 + number} euro in het afgelopen jaar.",
            f"Het college van {place} bespreekt de {subject} elk voorjaar met de raad.",
        ]
        yield f"kv-{number}", f"Verslag over {subject} in {place}", told


def write(file, rows):
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n"
    file.write_bytes(lzma.compress(text.encode()) if file.suffix == ".xz" else text.encode())


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder in the layout of shared/data."""
    folder = tmp_path_factory.mktemp("data")
    known = list(passages())
    rows = [{"pid": p, "title": t, "context": "Wat zijn de kosten?", "sentences": s} for p, t, s in known]
    write(folder / "raadsqa/passages.jsonl.xz", rows)
    others = [{"pid": f"d-{p}", "title": t, "text": " ".join(s[::-1])} for p, t, s in known[:20]]
    write(folder / "raadsqa/distractors.jsonl.xz", others)
    asked = [
        {"pid": p, "q": f"Wat kost {SUBJECTS[i % 7]} in {PLACES[i // 7]}?", "a": f"{100 + i} euro", "ev": [1]}
        for i, (p, _, _) in enumerate(known)
    ]
    missed = [{"pid": p, "q": f"Wie leidt {t.split()[2]}?", "a": None, "ev": []} for p, t, _ in known[::7]]
    write(folder / "raadsqa/train.jsonl", asked[:46] + missed)
    write(folder / "raadsqa/dev.jsonl", asked[46:] + missed[:2])
    pairs = [{"q": f"Hoe zit het met {t}", "a": " ".join(s), "title": t} for _, t, s in known]
    names = ("laws_heading_article", "be_parliament_qa", "be_parliament_qa_weak", "be_parliament_topic_turn")
    small = ("algoritmekader_heading", "minvws_corona_faq", "amsterdam_complex_simple", "ggm_definities")
    for name in (*names, *small, "msdocs_m365_faq", "msdocs_d365_fo_faq"):
        write(folder / f"pairs/{name}.jsonl.xz", pairs)
    lines = [" ".join(s) for _, _, s in known]
    texts = ("be_parliament_nl", "handelingen_nl_2018", "algoritmekader", "coronamelder_reports", "laws/wet")
    for name in (*texts, "msdocs_m365", "msdocs_d365_fo", "vl_studievoortgang_rulings"):
        write(folder / f"text/{name}.txt.xz", lines)
    return folder


@pytest.fixture(scope="module")
def work(data, tmp_path_factory):
    """All stages of the embedder, with batches of a size that fits; its folder is ``model``."""
    import torch

    folder = tmp_path_factory.mktemp("runs") / "toy"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedder, "BATCH", 16)
        patch.setattr(embedder_last, "BATCH", 16)
        patch.setattr(embedder_last, "EXTRA", 4)
        torch.manual_seed(0)
        patch.setattr(embedder, "RUN", 2)
        tokenizer, weak = embedder.prepare(data, folder, 400, "##")
        size = tokenizer.get_vocab_size()
        table = embedder.Table(size, 16, embedder.inverse_frequency(weak.sentences, size))
        embedder.train_weak(table, weak, 0.01, folder / "checkpoint.pt")
        np.save(folder / "weak.npy", table.folded())
        last = embedder.load_table(folder, embedder_last.ListTable)
        embedder_last.train(last, tokenizer, data, folder, None)
        for place in ("model", *WORK):
            embedder.export(last.folded(), tokenizer, folder / place)
    return folder


def test_the_embedder_is_trained_and_can_be_stopped_and_gone_on_with(data, work):
    model = load_encoder(work / "model")
    assert np.allclose(np.linalg.norm(model.encode(["de fietspaden in Aldorp"]), axis=1), 1, atol=1e-5)
    assert (work / "checkpoint.pt").is_file()
    assert not (work / "checkpoint.new").exists()


def test_a_trained_ranking_loads_and_ranks(data, work, tmp_path, monkeypatch):
    monkeypatch.setitem(ranker.PARAMETERS, "min_child_samples", 5)
    matrix, right = ranker.features(data, work, work / "model", answerable(data, "train"))
    assert matrix.shape == (46, ranker.COUNT, len(NAMES))
    assert right.sum() <= 46
    (tmp_path / MODEL).write_text(
        ranker.train(list(zip(matrix, right, strict=True)), models=2, trees=4), encoding="utf-8"
    )
    candidates = [Candidate(t.pid, t.title, "", t.body, 1.0, 0.5, 0.5) for t in corpus(data)[:3]]
    loaded = Ranker.load(tmp_path, load_encoder(work / "model"))
    assert load_forest(tmp_path / MODEL).trees == 8
    assert loaded.rank("Wat kosten de fietspaden?", candidates).shape == (3,)


def test_evidence_and_answerability_are_trained_and_load(data, work, tmp_path, monkeypatch):
    monkeypatch.setitem(evidence.SENTENCE_PARAMETERS, "min_child_samples", 5)
    monkeypatch.setattr(
        evidence.Search, "duplicates", lambda self, right: np.array([right])
    )  # all are near, to the toy
    monkeypatch.setattr(evidence.Search, "small", lambda self, right, chance: np.arange(right % 30, right % 30 + 45))
    asked = [question for question in questions(data, "train") if question.evidence]
    learnt = [example for example in association.examples(data) if example.question.startswith("W")]
    associations = association.train(learnt, {"het", "de", "in"})
    groups = evidence.sentence_rows(data, work / "model", associations, asked, under=True)
    boosters = evidence.train_sentences(groups)
    model = ranker.average(boosters, 2.0, 0.5)
    once = evidence.sentence_scores(ranker.average(boosters), groups)
    assert np.allclose(evidence.sentence_scores(model, groups), 2 * once + 0.5, atol=1e-3)
    assert evidence.top_is_evidence(model, groups).mean() > 0.9
    (tmp_path / SENTENCES).write_text(model, encoding="utf-8")
    matrix, right = ranker.features(data, work, work / "model", answerable(data, "train"))
    (tmp_path / MODEL).write_text(
        ranker.train(list(zip(matrix, right, strict=True)), models=1, trees=3), encoding="utf-8"
    )
    search = evidence.Search(data, work, work / "model", tmp_path / MODEL, associations, tmp_path / SENTENCES)
    found = list(lessons.found_by(search, asked[:4], every=True))
    assert [lesson.index for lesson in found[:2]] == ["whole", "small"]
    assert all(len(one.readings) == len(one.odds) == len(one.marks) for one in found)
    assert any(one.marks.any() for one in found) and all(one.answerable and not one.invented for one in found)
    worlds = search.all_worlds(questions(data, "dev"), every=True)
    assert {world.kind for world in worlds} == {"whole", "small", "whole without", "small without"}
    stored = evidence.fit(worlds)
    (tmp_path / ANSWERABILITY).write_text(json.dumps({"threshold": 0.5, **stored}), encoding="utf-8")
    estimates = evidence.estimate(stored, worlds)
    known = [world for world in worlds if world.label is not None]
    loaded = load_answerability(tmp_path / ANSWERABILITY)
    again = [loaded.probability(world.features) for world in known]
    assert np.allclose(estimates, again, atol=1e-4)
    assert load_forest(tmp_path / SENTENCES).names == SENTENCE_NAMES


def test_calibration_moves_estimates_to_what_comes_true_and_changes_no_decision():
    chance = np.random.default_rng(0)
    truth = chance.uniform(0.02, 0.98, 4000)
    label = chance.random(4000) < truth
    odds = np.log(truth / (1 - truth))
    low = 1 / (1 + np.exp(-(1.5 * odds - 2)))
    stretch = evidence.line(low, label)
    moved = evidence.on_line(low, stretch)
    assert reliability.expected_error(low, label) > 0.1
    assert reliability.expected_error(moved, label) < 0.03
    assert np.array_equal(low < 0.1, moved < evidence.on_line(np.array([0.1]), stretch)[0])
    stored = {"bias": -2.0, "coefficients": {"odds": {"mean": 0.0, "scale": 1.0, "weight": 1.5}}}
    worlds = [evidence.World("whole", False, {"odds": value}, True) for value in odds[:50]]
    assert np.allclose(evidence.estimate(evidence.calibrated(stored, stretch), worlds), moved[:50], atol=1e-4)


def test_figures_have_intervals_and_cards_are_held_to_them(tmp_path):
    found = check.figure("iets, recall@1", np.array([1.0, 0.0, 1.0, 1.0] * 25), 0.5)
    assert found.value == 0.75
    assert found.low < 0.75 < found.high
    card = tmp_path / "README.md"
    card.write_text(f"Kop\n\n{check.MARKS[0]}\n{check.MARKS[1]}\n\nSlot\n", encoding="utf-8")
    assert "nothing" in check.compare(card, [found], write=False)[0]
    assert check.compare(card, [found], write=True) == []
    assert check.compare(card, [found], write=False) == []
    other = check.figure("iets, recall@1", np.array([1.0, 0.0]))
    assert "0.750" in check.compare(card, [other], write=False)[0]
    assert card.read_text(encoding="utf-8").startswith("Kop")
    assert card.read_text(encoding="utf-8").endswith("Slot\n")


def test_a_calibrated_estimate_has_no_error_and_lies_on_the_diagonal():
    likely = np.repeat([0.05, 0.95], 1000)
    label = np.concatenate([np.arange(1000) < 50, np.arange(1000) < 950])
    assert math.isclose(reliability.expected_error(likely, label), 0, abs_tol=1e-9)
    assert reliability.expected_error(likely, ~label) > 0.8
    assert reliability.draw(likely, label).count("<circle") == 2


def test_without_the_data_the_check_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["check", "--data", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"(?s)make models-check DATA=MAP.*Cannot check"):
        check.main()
