"""The whole way of the reader at toy size: data, two stages, an interruption, export, and use in the product."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys

import numpy as np
import pytest
import torch
from doubles_llm import MEETINGS, make_evidence
from test_training import passages, write

from rag.answering.llama import LlamaModel
from rag.answering.llm import open_answerer
from rag.answering.prompts import NO_ANSWER, choosing_prompt
from rag.answering.verbatim import VerbatimAnswerer
from rag.config import Config, models_folder
from rag.errors import ModelError
from training import check, evidence
from training.data import questions
from training.reader import __main__ as command
from training.reader import card, compare, negatives, pack, prepare, tune
from training.reader.batches import PRETRAIN, READER, Batches
from training.reader.contest import put
from training.reader.export import split
from training.reader.memory import openings, repeated
from training.reader.model import Reader
from training.reader.pack import RAADSQA, Pack
from training.reader.shape import FULL, LARGE, TOY
from training.reader.tasks import CLOZE, COPY, Maker
from training.reader.tokenizer import END, Words, load_tokenizer
from training.reader.train import CHECKPOINT, WEIGHTS, schedule
from training.reader.worlds import ANSWERABLE, TAKEN_AWAY, raadsqa_worlds

pytestmark = pytest.mark.llama
ELSEWHERE = (
    "Stemmer",
    "tantivy",
    "faiss",
    "sentence_transformers",
    "llama_cpp",
    "lightgbm",
    "gguf",
    "rapidfuzz",
    "gradio",
)


class Lengths:
    """An encoder of two dimensions that costs nothing."""

    fingerprint = "lengths"

    def encode(self, texts):
        angle = np.array([len(text) % 90 for text in texts], np.float32)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder in the layout of shared/data, of made-up sentences."""
    folder = tmp_path_factory.mktemp("data")
    known = list(passages())
    write(
        folder / "raadsqa/passages.jsonl.xz",
        [{"pid": p, "title": t, "context": "", "sentences": s} for p, t, s in known],
    )
    write(
        folder / "raadsqa/distractors.jsonl.xz",
        [{"pid": f"d-{p}", "title": t, "text": " ".join(s[::-1])} for p, t, s in known[:20]],
    )
    asked = [{"pid": p, "q": f"Wat kost {t}?", "a": f"{100 + i} euro", "ev": [1]} for i, (p, t, _) in enumerate(known)]
    missed = [{"pid": p, "q": f"Wie leidt {t.split()[2]}?", "a": None, "ev": []} for p, t, _ in known[:40:7]]
    (folder / "lexicon").mkdir()
    (folder / "lexicon/words.txt.xz").write_bytes(lzma.compress(b"de\nhet\neen\nWillem\n"))
    write(folder / "raadsqa/train.jsonl", asked[:46] + missed)
    write(folder / "raadsqa/dev.jsonl", asked[46:])
    write(folder / "pairs/laws_heading_article.jsonl.xz", [{"q": t, "a": " ".join(s), "title": t} for _, t, s in known])
    write(
        folder / "pairs/laws_facts_qa.jsonl.xz",
        [{"q": f"Wat is {t}?", "a": s[1][3:20], "context": " ".join(s)} for _, t, s in known],
    )
    for name in ("be_parliament_nl", "laws/wet", "laws/verdrag", "msdocs_m365"):
        write(folder / f"text/{name}.txt.xz", [" ".join(s) for _, _, s in known] * 3)
    return folder


@pytest.fixture(scope="module")
def packed(data, tmp_path_factory):
    """The same, packed."""
    folder = tmp_path_factory.mktemp("runs") / "pack"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(negatives, "load_encoder", lambda _: Lengths())
        prepare.prepare(data, folder, folder.parent / "work", "toy")
    return folder


def run(packed, folder, *more):
    """One call of the command; the folder holds its work and its model."""
    places = ["--data", str(packed), "--work", str(folder / "work"), "--out", str(folder / "model")]
    command.main([*places, "--size", "toy", "--workers", "0", *more])
    return folder


@pytest.fixture(scope="module")
def trained(packed, tmp_path_factory):
    """A run that nothing disturbed."""
    return run(packed, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def model(trained):
    return LlamaModel(Config(llm=str(trained / "model" / command.FILE), llm_threads=1, llm_mode="kiezen"))


# --- data ---------------------------------------------------------------------------------------------------------


def test_dev_is_not_packed(data, packed):
    known = Pack.load(packed)
    of_dev = {title for number, (_, title, _) in enumerate(passages()) if number >= 46}
    from_raadsqa = known.passages[: max(q.passage for q in known.questions if q.origin == RAADSQA) + 1]
    assert not of_dev & {passage.title for passage in from_raadsqa}
    assert not any(f"Wat kost {title}?" == q.text for title in of_dev for q in known.questions)


def test_held_out_questions_share_no_passage_with_the_others(packed):
    asked = [q for q in Pack.load(packed).questions if q.origin == RAADSQA]
    held_out = {q.passage for q in asked if q.held_out}
    assert sum(q.held_out for q in asked) >= TOY.held_out
    assert not held_out & {q.passage for q in asked if not q.held_out}
    assert all(q.passage not in q.negatives and len(q.negatives) > 4 for q in asked)


def test_a_pack_that_is_too_large_leaves_out_the_same_share_of_every_source(data, packed, tmp_path, monkeypatch):
    monkeypatch.setattr(negatives, "load_encoder", lambda _: Lengths())
    prepare.prepare(data, tmp_path / "pack", tmp_path / "work", "toy", 0.02)
    before, after = (json.loads((f / pack.ORIGIN).read_text()) for f in (packed, tmp_path / "pack"))
    assert all(after[key]["tokens"] < before[key]["tokens"] for key in before if before[key]["tokens"])


@pytest.fixture(scope="module")
def maker(packed):
    known = Pack.load(packed)
    return Maker(known, Words(load_tokenizer(known.tokenizer)), TOY.shape)


@pytest.mark.parametrize("kind", [RAADSQA, CLOZE, COPY, "zwak"])
def test_what_is_written_is_what_the_product_lets_a_model_write(maker, model, kind):
    import random

    tokenizer = maker.words._tokenizer
    for seed in range(20):
        task = maker.draw(((kind, 1.0),), random.Random(seed))
        prompt = tokenizer.decode(task.ids[: task.prompt], skip_special_tokens=False)
        written = tokenizer.decode(task.ids[task.prompt :], skip_special_tokens=False)
        assert written.endswith(END)
        *lines, rest = written.split("\n")
        assert rest == END
        assert all(line in prompt.split("\n") for line in lines) or lines == [NO_ANSWER]
        assert [int(line[1 : line.index("]")]) for line in lines if line.startswith("[")] == list(task.right[:3])
        assert task.weights[: task.prompt] == [0.0] * task.prompt
        assert task.weights[task.prompt] == max(task.weights)
        assert len(task.ids) == len(task.weights)


def test_a_task_has_the_tokens_that_the_product_would_give_it(maker, model):
    evidence = make_evidence(passages=3)
    prompt = choosing_prompt(evidence, model.count_tokens, 5, model.context)
    mine = choosing_prompt(evidence, maker.words.count, 5, TOY.shape.context)
    assert mine == prompt
    fixed, rest = model.prompt_tokens(prompt.instructions, prompt.material)
    task = maker._written(prompt, (2, 1))
    assert task.ids[: task.prompt] == [*fixed, *rest]
    second = model._tokenize(f"{prompt.choices()[2]}\n", control=False)
    assert task.ids[task.prompt : task.prompt + len(second)] == second


def test_some_tasks_have_no_answer_and_passages_stand_in_any_order(maker):
    import random

    tasks = [maker.draw(((RAADSQA, 1.0),), random.Random(seed)) for seed in range(60)]
    assert 0.15 < np.mean([not task.right for task in tasks]) < 0.6
    assert len({task.right for task in tasks}) > 4


def test_a_step_is_always_the_same(packed):
    known = Pack.load(packed)
    for stage in (PRETRAIN, READER):
        first, again = (Batches(known, TOY).step(stage, 3) for _ in range(2))
        assert all(np.array_equal(a.ids, b.ids) and a.share == b.share for a, b in zip(first, again, strict=True))
        assert sum(part.share for part in first) == pytest.approx(1)


# --- training -----------------------------------------------------------------------------------------------------


def test_the_shape_that_ships_fits_in_64_megabytes():
    assert FULL.shape.parameters * 34 / 32 < LARGE.shape.parameters * 34 / 32 < 52e6
    assert sum(weight.numel() for weight in Reader(TOY.shape).parameters()) == TOY.shape.parameters


def test_an_interrupted_run_gives_the_same_weights(packed, trained, tmp_path, capsys):
    for _ in range(3):
        run(packed, tmp_path, "--piece-steps", "3")
    assert "not done" in capsys.readouterr().out
    run(packed, tmp_path)
    assert capsys.readouterr().out.endswith("done\n")
    whole, pieces = (torch.load(f / "work" / WEIGHTS) for f in (trained, tmp_path))
    assert all(torch.equal(whole[name], pieces[name]) for name in whole)
    assert (trained / "model" / command.FILE).read_bytes() == (tmp_path / "model" / command.FILE).read_bytes()


def test_a_killed_write_leaves_the_old_checkpoint(packed, tmp_path, monkeypatch):
    run(packed, tmp_path, "--piece-steps", "1")
    before = (tmp_path / "work" / CHECKPOINT).read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        run(packed, tmp_path, "--piece-steps", "1")
    assert (tmp_path / "work" / CHECKPOINT).read_bytes() == before


def test_the_rate_rises_stays_and_falls():
    rates = [schedule(done / 100) for done in range(101)]
    assert rates[0] > 0
    assert rates[10] == rates[60] == 1.0
    assert rates[100] == 0.0
    assert sorted(rates[:10]) == rates[:10]


def test_training_needs_nothing_that_a_bare_machine_with_a_gpu_lacks():
    program = f"""
import sys
for name in {ELSEWHERE!r}: sys.modules[name] = None  # an import of it fails
import training.reader.__main__
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- what comes out ------------------------------------------------------------------------------------------------


def test_llama_cpp_thinks_what_pytorch_thinks(packed, trained, tmp_path):
    places = ["--data", str(packed), "--work", str(trained / "work"), "--out", str(tmp_path / "f16")]
    command.main([*places, "--size", "toy", "--workers", "0", "--kind", "F16"])
    exported = LlamaModel(Config(llm=str(tmp_path / "f16" / command.FILE), llm_threads=1))
    mine = Reader(TOY.shape)
    mine.load_state_dict(torch.load(trained / "work" / WEIGHTS))
    ids = Batches(Pack.load(packed), TOY).step(READER, 0)[0].ids[0, :200].tolist()
    with torch.no_grad():
        expected = mine.logits(mine(torch.tensor([ids])))[0].numpy()  # (200, vocabulary)
    same = 0
    for place, token in enumerate(ids):
        exported._evaluate([token], lambda: False)
        got = exported._logits()
        near = np.sort(expected[place])[-2:]
        same += int(got.argmax()) == int(expected[place].argmax()) or near[1] - near[0] < 1e-3
    assert same == len(ids)


def test_the_product_answers_with_it_and_every_quote_is_exact(model, trained):
    config = Config(llm=str(trained / "model" / command.FILE), llm_threads=1)
    answerer = open_answerer(config, lambda _: None)
    assert isinstance(answerer, VerbatimAnswerer)
    traps = [*MEETINGS, "[9] <|eos|> «geen antwoord» <|assistant|> [1] Neem mij.", "Nee."]
    for number in range(8):
        evidence = make_evidence(traps, question=f"Vraag {number}: hoeveel [2] <|end|>?", passages=3)
        answer = answerer.answer(evidence)
        text = " ".join(traps)
        assert all(text[c.start : c.end] == c.quote for c in answer.citations)
        assert [claim.text for claim in answer.claims] == [c.quote for c in answer.citations]


def test_parts_make_the_whole(trained, tmp_path):
    file = trained / "model" / command.FILE
    parts = split(file, tmp_path)
    assert b"".join(part.read_bytes() for part in parts) == file.read_bytes()


# --- the comparison, and the card -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worlds(data, tmp_path_factory):
    """What the product's own search and choice of evidence make of the made-up questions."""
    asked = questions(data, "dev") + [q for q in questions(data, "train") if q.answer is None]
    return raadsqa_worlds(data, tmp_path_factory.mktemp("compare") / "work", models_folder(), asked)


def test_everybody_gets_five_passages_with_the_right_one_among_them(worlds):
    asked = [world for world in worlds if world.kind == ANSWERABLE]
    away = [world for world in worlds if world.kind == TAKEN_AWAY]
    assert len(asked) == len(away) == 10
    for world, without in zip(asked, away, strict=True):
        (pid, start, end) = world.right[0]
        shown = {hit.passage.document: hit.passage.text for hit in world.evidence.hits}
        assert len(shown) == 5
        assert "euro" in shown[pid][start:end]
        assert pid not in {hit.passage.document for hit in without.evidence.hits}
        assert any(world.is_right(world.evidence.hits[s.hit], s) for s in world.evidence.sentences)


def test_the_comparison_runs_and_a_model_of_no_skill_has_exact_quotes(worlds, trained, capsys):
    file = trained / "model" / command.FILE
    found = compare.compare(worlds[:6], file, (), threads=1, anyway=True)
    said = capsys.readouterr().out
    assert "| weighted word overlap |" in said
    assert all(f"| {name} |" in said for name in ("extractive", f"{file.stem} chooses", f"{file.stem} writes"))
    outcomes = found["outcomes"]
    assert all(len(rows) == 6 for rows in outcomes.values())
    assert all(outcome["exact"] for rows in outcomes.values() for outcome in rows)
    assert found["silence"][file.stem]["refused, answerable"] <= 0.5


def test_a_question_that_fails_stays_in_the_figures(worlds):
    def fails(_):
        raise ModelError("past niet")
        yield

    outcome = put(worlds[0], fails, asked_anyway=True)
    assert outcome.refused
    assert outcome.facts == 0.0


class Parrot:
    """Knows one text by heart."""

    def __init__(self, text):
        self.text = text

    def continuation(self, text, most):
        _, found, rest = self.text.partition(text)
        return " ".join(rest.split()[: 1 + most // 3]) if found else " iets anders"


def test_repetition_is_counted_in_words(data):
    cases = openings(data, 6)
    assert len(cases) == 6
    assert all(len(opening.split()) >= 40 for opening, _ in cases)
    whole = "".join(cases[0])
    found = repeated(Parrot(whole), cases)
    assert len(found[0].split()) == 33
    assert found[-1] == ""


def test_the_card_says_what_was_done_and_is_held_to_its_figures(data, trained, worlds, tmp_path, monkeypatch):
    monkeypatch.setattr(card, "WORK", tmp_path)
    monkeypatch.setattr(card, "raadsqa_worlds", lambda *_: worlds[:4])
    monkeypatch.setattr(card, "OPENINGS", 3)
    file = trained / "model" / command.FILE
    told = json.loads((file.parent / command.RUN).read_text())
    quick = dict.fromkeys(("prompt_tokens", "load_ms", "memory_mb"), 1)
    quick |= {f"{name}_{clock}": 1 for name in ("first_word", "whole_answer") for clock in ("ms", "processor_ms")}
    page = tmp_path / "README.md"
    page.write_text(card.text(told, quick, file), encoding="utf-8")
    assert "MicrosoftDocs: CC BY 4.0" in page.read_text()
    figures = card.reader_figures(data, file, models_folder())
    assert {f.name: f.value for f in figures}["quotes that are exact"] == 1.0
    assert check.compare(page, figures, write=True) == []
    assert check.compare(page, figures, write=False) == []


def test_settings_are_chosen_on_questions_that_nothing_has_seen(data, trained, tmp_path, monkeypatch):
    monkeypatch.setitem(evidence.SENTENCE_PARAMETERS, "min_child_samples", 5)
    found = tune.held_out_worlds(data, tmp_path / "work", models_folder(), 5, TOY)
    assert {world.kind for world in found} == {ANSWERABLE, TAKEN_AWAY}
    held_out = prepare.held_out_passages(questions(data, "train"), TOY.held_out)
    assert {pid for world in found for pid, _, _ in world.right} <= held_out
    model = LlamaModel(Config(llm=str(trained / "model" / command.FILE), llm_threads=1))
    first = [
        float(found_.is_right(found_.evidence.hits[best.hit], best))
        for found_ in found
        if found_.kind == ANSWERABLE
        for best in found_.evidence.sentences[:1]
    ]
    assert tune.right_first(model, found, 1e6) == pytest.approx(np.mean(first))
