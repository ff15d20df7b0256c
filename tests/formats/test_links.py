"""Documents that belong together, through the whole program: from files to ``raadwijzer show --json``."""

from __future__ import annotations

import sqlite3
import zipfile
from functools import partial
from pathlib import Path

import council
import pytest
from doubles import WordEmbedder
from make import Part, docx, mail, questions_xml

from rag.api import document_json
from rag.indexing import build_index
from rag.names import full_names
from rag.store import Store, codec
from rag.store.counting import Counting
from rag.types import DocumentInfo, Filters
from rag.web.filters import facets

ASKED = """Kamervraag 2020Z02502

Ingezonden 10 februari 2020
Indiener Anne Kuik (CDA)

Vraag 1
Bent u bekend met het bericht over opvang?

Vraag 2
Zie ook de motie 28638-166: wat is daarmee gedaan?
"""
ANSWERED = ASKED.replace("Vraag 2", "Antwoord 1\nJa.\n\nVraag 2") + "\nAntwoord 2\nDie is uitgevoerd.\n"
OTHER = ASKED.replace("2020Z02502", "2021Z00001").replace("Anne Kuik", "Kuik").replace("2020", "2021")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stukken")
    (folder / "motie.txt").write_text(council.KAMER_MOTION)
    (folder / "vragen.txt").write_text(ASKED)
    (folder / "antwoord.txt").write_text(ANSWERED)
    (folder / "later.txt").write_text(OTHER)
    (folder / "motie-gemeente.txt").write_text(council.MOTION)
    (folder / "brief.docx").write_bytes(docx([Part("text", line) for line in council.LETTER.split("\n") if line]))
    with zipfile.ZipFile(folder / "archief.zip", "w") as archive:
        archive.writestr("map/bericht.eml", mail("Zie RIS305595.", notulen_dot_txt=council.MINUTES.encode()))
        archive.writestr("stuk.xml", questions_xml(["RIS305595"], [("Vraag 1", ["Kan dat?"], "", [])], "kv-tk-2019Z1"))
        archive.writestr("kapot.docx", b"PK\x03\x04")
    where = tmp_path_factory.mktemp("index")
    encoder = WordEmbedder()
    build_index([folder], where, encoder)
    return Store.open(where, encoder.fingerprint)


def relations(store: Store, path: str) -> dict[str, str]:
    return {link.document: link.relation for link in store.links(path)}


def test_questions_and_their_answer_in_another_document_are_linked(store):
    assert relations(store, "vragen.txt") == {"antwoord.txt": "antwoord", "motie.txt": "verwijst naar"}
    assert relations(store, "antwoord.txt")["vragen.txt"] == "vraag"


def test_number_that_a_text_names_leads_to_its_document_and_back(store):
    assert set(relations(store, "motie.txt").values()) == {"genoemd in"}
    assert set(relations(store, "motie.txt")) == {"vragen.txt", "antwoord.txt", "later.txt"}
    link = next(link for link in store.links("vragen.txt") if link.document == "motie.txt")
    assert link.reference == "Kamerstuk 28638, nr. 166"
    assert link.title == "MOTIE VAN HET LID VAN DER GRAAF C.S."
    assert relations(store, "brief.docx") == dict.fromkeys(
        ["motie-gemeente.txt", "archief.zip/stuk.xml"], "verwijst naar"
    )


def test_links_are_in_the_json_of_a_document(store):
    document = store.document("vragen.txt")
    said = document_json(document, (), store.links("vragen.txt"))["links"]
    assert said[0]["relation"] == "antwoord"
    assert said[0]["document"] == "antwoord.txt"
    assert document_json(document, ())["links"] == []


def test_unknown_document_has_no_links(store):
    assert store.links("bestaat niet") == ()


def test_everything_in_an_archive_is_a_document_or_a_named_refusal(store):
    paths = {info.path for info in store.documents()}
    inside = {"map/bericht.eml", "map/bericht.eml/notulen.txt", "stuk.xml"}
    assert {f"archief.zip/{name}" for name in inside} <= paths
    assert dict(store.failures()) == {"archief.zip/kapot.docx": "is beschadigd of onvolledig"}


def test_short_and_full_name_of_one_party_are_one_person_in_the_filter(store):
    asked = dict(store.facets().askers)
    assert asked["Anne Kuik"] == 3
    assert asked["Kuik"] == 1  # who signed the motion, of whom no party is said
    assert store.facets(Filters(askers=("Anne Kuik",))).documents == 3
    page = {facet.field: dict(facet.choices) for facet in facets(store.facets, Filters())}
    assert page["askers"]["Anne Kuik"] == 3


def test_names_are_one_only_when_nothing_is_in_doubt():
    assert full_names([("Kuik", "CDA"), ("Anne Kuik", "CDA")]) == {("Kuik", "CDA"): "Anne Kuik"}
    assert full_names([("Kuik", "VVD"), ("Anne Kuik", "CDA")]) == {}
    assert full_names([("Kuik", None), ("Anne Kuik", None)]) == {}
    assert full_names([("Vries", "D66"), ("Jan Vries", "D66"), ("Piet Vries", "D66")]) == {}
    assert full_names([("Van der Graaf", "CU"), ("Stieneke van der Graaf", "CU")]) == {
        ("Van der Graaf", "CU"): "Stieneke van der Graaf"
    }


def test_page_filter_counts_a_document_once():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE documents (id, path, date, kind, collection, info)")
    database.execute("CREATE TABLE people (document, role, name, party)")
    for number, names in enumerate((("Kuik", "Anne Kuik"), ("Kuik",))):
        info = codec.dumps(DocumentInfo(str(number), "A", "brief", None))
        database.execute("INSERT INTO documents VALUES (?, ?, NULL, 'brief', '', ?)", (number, str(number), info))
        database.executemany("INSERT INTO people VALUES (?, 'asker', ?, 'CDA')", [(number, name) for name in names])
    counted = facets(partial(Counting(database).facets, database), Filters(askers=("Anne Kuik",)))
    database.close()
    page = {facet.field: dict(facet.choices) for facet in counted}
    assert page["askers"] == {"Anne Kuik": 2}
    assert page["kinds"] == {"brief": 2}


def test_motions_minutes_and_letters_keep_their_people_and_outcome(store):
    infos = {Path(info.path).name: info for info in store.documents()}
    assert infos["motie-gemeente.txt"].outcome == "aangenomen"
    assert [person.name for person in infos["notulen.txt"].speakers] == ["De Wit", "Van Dam", "Smit", "Jansen"]
    assert infos["brief.docx"].own_references == ("Z-2023-004512",)
