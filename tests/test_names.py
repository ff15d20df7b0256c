"""A short name and a full one of the same person, in the index and in its filters."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rag.names import full_names
from rag.store import Store, codec, folder
from rag.types import DocumentInfo, Filters, Person
from rag.web.panel import filter_panel

MANY = 3000


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([("Kuik", "CDA"), ("Anne Kuik", "CDA")], {("Kuik", "CDA"): "Anne Kuik"}),
        ([("Kuik", "CDA"), ("Anne Kuik", "VVD")], {}),
        ([("Kuik", "CDA"), ("Anne Kuik", "CDA"), ("Jan Kuik", "CDA")], {}),
        ([("Kuik", None), ("Anne Kuik", None)], {}),
        ([("uik", "CDA"), ("Anne Kuik", "CDA")], {}),
    ],
)
def test_of_those_who_ask_the_party_must_be_the_same(people: list, found: dict) -> None:
    assert full_names(people) == found


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([("Broekers-Knol", None), ("Ankie Broekers-Knol", "VVD")], {("Broekers-Knol", None): "Ankie Broekers-Knol"}),
        ([("Broekers-Knol", None), ("Ankie Broekers-Knol", None)], {("Broekers-Knol", None): "Ankie Broekers-Knol"}),
        ([("Jansen", "CDA"), ("Piet Jansen", "VVD")], {}),
        ([("Jansen", None), ("Piet Jansen", "VVD"), ("Anna Jansen", None)], {}),
        ([("Knol", None), ("Ankie Broekers-Knol", "VVD")], {}),
    ],
)
def test_of_those_who_answer_the_party_may_lack(people: list, found: dict) -> None:
    assert full_names(people, party_needed=False) == found


@pytest.fixture
def many(seed_index: Path, tmp_path: Path) -> Store:
    """The seeds and some thousands of documents more, as far as the page's lists and filters go."""
    where = tmp_path / "index"
    shutil.copytree(seed_index, where)
    generation = folder.current(where)
    with sqlite3.connect(generation / "documents.sqlite") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(documents)")]
        values = database.execute("SELECT * FROM documents LIMIT 1").fetchone()
        row = dict(zip(columns, values, strict=True))
        info = codec.loads(row["info"], DocumentInfo)
        for number in range(1000, 1000 + MANY):
            who = Person(f"Lid {number % 700}", "CDA")
            one = replace(info, path=f"{number}.txt", askers=(who,), questions=2)
            added = row | {"id": number, "path": one.path, "location": one.path, "info": codec.dumps(one)}
            marks = ",".join("?" * len(columns))
            database.execute(f"INSERT INTO documents VALUES ({marks})", [added[name] for name in columns])
            database.execute("INSERT INTO people VALUES (?, 'asker', ?, 'CDA')", (number, who.name))
    database.close()
    return Store(where, generation)


def test_the_page_counts_in_the_index_and_once(many: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "documents", lambda: pytest.fail("every document was read"))
    assert (many.facets().documents, many.facets().questions) == (MANY + 5, 2 * MANY + 52)
    for _ in range(3):
        panel = filter_panel(many.facets, Filters(), {})
    assert many._facets.cache_info().misses == 1
    assert panel.count('name="vrager"') == 30
    assert "674 staan er niet bij" in panel  # 700 and the four of the seeds


def test_a_full_name_finds_what_was_answered_under_the_short_one(seed_index: Path) -> None:
    store = Store(seed_index, folder.current(seed_index))
    found = dict(store.facets().answered_by)
    assert found["Ankie Broekers-Knol"] == 2
    assert "Broekers-Knol" not in found
    assert store.facets(Filters(answered_by=("Ankie Broekers-Knol",))).documents == 2
    assert store.facets(Filters(answered_by=("Broekers-Knol",))).documents == 1
