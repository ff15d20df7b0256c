"""The application as served: pages, exports, opinions, headers; nothing in it leads to another host."""

from __future__ import annotations

import io
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import docx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.config import Config
from rag.errors import DiskFull, UsageError
from rag.evaluation.authoring import feedback_cases
from rag.types import Filters
from rag.web import server
from rag.web.backend import Backend
from rag.web.exports import markdown, sheet, word
from rag.web.facts import TO_FILL_IN
from rag.web.feedback import Feedback, Opinion
from rag.web.parts import document_url
from rag.web.shell import adopt
from rag.web.turns import Conversations, Turn, follow
from tests.doubles_web import HOSTILE, ScriptedAssistant

PAGES = ("/", "/documenten", "/document?pad=2021/fietsen.txt", "/tijdlijn", "/tijdlijn?onderwerp=stalling", "/over",
         "/oordelen", "/bron?pad=2021/fietsen.txt&start=5&eind=9")  # fmt: skip
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|object|embed|use)\b[^>]*?(?:src|href)=["']?(?:https?:)?//"""
)
HERE = "http://127.0.0.1"
OPINION = Opinion("2022-01-01T10:00:00+00:00", "Wat kost het?", "Niets. [1]", True, "bad", "Dat klopt niet.")


@pytest.fixture(scope="module")
def conversations() -> Conversations:
    """The conversations of the application under test."""
    return Conversations()


@pytest.fixture(scope="module")
def opinions(tmp_path_factory: pytest.TempPathFactory) -> Feedback:
    """The opinions of the application under test."""
    return Feedback(tmp_path_factory.mktemp("opinions") / "feedback.sqlite")


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path / "feedback.sqlite")


@pytest.fixture(scope="module")
def client(conversations: Conversations, opinions: Feedback) -> Iterator[TestClient]:
    """One application for all: it holds nothing but what these two fixtures hold."""
    app: FastAPI = server.create_app(ScriptedAssistant(), feedback=opinions, conversations=conversations)
    with TestClient(app, HERE, client=("127.0.0.1", 50000)) as opened:
        yield opened


def kept_turn(conversations: Conversations, question: str = "Wat kost de tweede stalling?") -> Turn:
    turn = [*follow(ScriptedAssistant(), Turn("beurt-1", question, question, Filters(parties=("Partij B",))), Event())][
        -1
    ]
    conversations.keep("iemand", turn)
    return turn


@pytest.mark.parametrize("address", PAGES)
def test_no_page_fetches_from_another_host(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert not FETCHED.search(answer.text)
    assert "@import" not in answer.text


@pytest.mark.parametrize("address", [*PAGES, "/eigen/styles.css", "/bestaatniet"])
def test_every_answer_carries_the_security_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("address", PAGES[:-1])
def test_every_page_is_dutch_with_one_heading_and_a_way_past_the_menu(client: TestClient, address: str) -> None:
    text = client.get(address).text
    assert '<html lang="nl"' in text or 'lang="nl"' in text[:300]
    assert 'class="overslaan"' in text
    if address != "/":
        assert text.count("<h1") == 1


@pytest.mark.parametrize("name", ["styles.css", "page.js", "icons.svg", "beeldmerk.svg"])
def test_own_files_are_served_and_hold_no_addresses(client: TestClient, name: str) -> None:
    answer = client.get(f"/eigen/{name}")
    assert answer.status_code == 200
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", answer.text)


@pytest.mark.parametrize("name", ["../server.py", "..%2Fserver.py", "niets.css", "__init__.py"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    assert "create_app" not in client.get(f"/eigen/{name}").text


def test_another_name_and_another_origin_are_refused(client: TestClient) -> None:
    assert client.get("/over", headers={"host": "kwaad.example"}).status_code == 403
    crossed = client.post("/oordelen/wis", data={"zeker": "ja"}, headers={"origin": "https://kwaad.example"})
    assert crossed.status_code == 403


def test_no_name_is_answered_to_that_only_tests_have(client: TestClient) -> None:
    assert client.get("/over", headers={"host": "testserver"}).status_code == 403


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/", "/upload"])
def test_files_are_not_taken(client: TestClient, path: str) -> None:
    answer = client.post(path, files={"files": ("groot.bin", b"x" * 1000)})
    assert answer.status_code == 403
    assert "neemt via deze pagina geen bestanden aan" in answer.text


def test_the_cookie_is_for_this_session_and_out_of_reach_of_scripts(client: TestClient) -> None:
    client.cookies.clear()
    cookie = client.get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "expires" not in cookie.lower()
    assert "max-age" not in cookie.lower()


def test_a_page_of_gradio_that_is_not_known_is_not_passed_on() -> None:
    with pytest.raises(ValueError, match="Gradio's page"):
        adopt("<html></html>")


def test_documents_are_listed_with_what_was_not_read(client: TestClient) -> None:
    text = client.get("/documenten").text
    assert "1 bestand kon niet worden gelezen" in text
    assert "kapot.txt" in text
    assert "5 vragen" in text or "vragen" in text


def test_an_unknown_document_is_a_page_with_what_to_do(client: TestClient) -> None:
    answer = client.get("/document", params={"pad": HOSTILE})
    assert answer.status_code == 404
    assert "Kijk bij Documenten" in answer.text
    assert "<script>alert" not in answer.text
    assert client.get("/bron?pad=x").status_code == 404


def test_a_place_outside_the_text_shows_the_document(client: TestClient) -> None:
    answer = client.get("/document?pad=2021/fietsen.txt&start=5&eind=99999999")
    assert answer.status_code == 200
    assert "<mark" not in answer.text


@pytest.mark.parametrize("page", ["/document", "/bron"])
def test_other_words_than_those_of_a_link_are_not_marked(client: TestClient, page: str) -> None:
    document = ScriptedAssistant().document("2021/fietsen.txt")
    start = document.text.index("In de stalling zijn")
    words = document.text[start : document.text.index("4.500 plekken.") + 14]
    place = document_url(document.path, start, start + len(words), words).removeprefix("/document")
    moved = "staat niet meer op deze plek"
    old = re.sub("&toets=[0-9a-f]+", "", place)
    assert old != place
    for address in (place, old):  # links without a digest keep working
        there = client.get(page + address).text
        assert f">{words}</mark>" in there
        assert moved not in there
    changed = client.get(page + place.replace(str(start), str(start + 3))).text
    assert "<mark" not in changed
    assert moved in changed
    beyond = client.get(page + place.replace(f"eind={start + len(words)}", "eind=999999")).text
    assert "<mark" not in beyond
    assert moved in beyond


def test_without_an_index_every_page_says_what_to_run(tmp_path: Path) -> None:
    app = server.create_app(Config(index=str(tmp_path / "niets")), feedback=Feedback(tmp_path / "f.sqlite"))
    with TestClient(app, HERE) as client:
        for address in ("/documenten", "/document?pad=x", "/tijdlijn?onderwerp=x"):
            answer = client.get(address)
            assert answer.status_code == 404
            assert "raadwijzer index" in answer.text
        assert "raadwijzer index" in client.get("/over").text


def test_exports_hold_sources_date_notice_and_version(client: TestClient, conversations: Conversations) -> None:
    turn = kept_turn(conversations)
    for ending in ("md", "html"):
        answer = client.get(f"/meenemen/{turn.turn_id}.{ending}")
        assert answer.status_code == 200
        for words in ("De bouw van de tweede stalling kost 8,2 miljoen euro", "Bronnen", "Gemaakt met Raadwijzer",
                      "door een computer gemaakt", "3 november 2022", "Partij: Partij B"):  # fmt: skip
            assert words in answer.text
        assert not FETCHED.search(answer.text)
    headers = client.get(f"/meenemen/{turn.turn_id}.md").headers
    assert re.search(
        r'filename="raadwijzer-[0-9-]{10}-wat-kost-de-tweede-stalling\.md"', headers["content-disposition"]
    )


def test_the_word_file_opens_and_says_the_same(client: TestClient, conversations: Conversations) -> None:
    turn = kept_turn(conversations)
    document = docx.Document(io.BytesIO(client.get(f"/meenemen/{turn.turn_id}.docx").content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert text.startswith("Wat kost de tweede stalling?")
    assert "[1]" in text
    assert turn.citations[0].quote in text
    assert "Controleer het in de bronnen" in text
    assert document.core_properties.created.year > 2013, "the date of the template"
    assert set(document.styles.element.xpath("//w:lang/@w:val")) == {"nl-NL"}


def test_what_is_copied_is_plain_text(client: TestClient, conversations: Conversations) -> None:
    turn = kept_turn(conversations)
    text = client.get(f"/meenemen/{turn.turn_id}.txt").text
    assert text.startswith("Wat kost de tweede stalling?")
    assert f"“{turn.citations[0].quote}”" in text
    assert "Gemaakt met Raadwijzer" in text
    assert not [line for line in text.splitlines() if line.startswith(("#", ">", "---"))]
    assert "\\" not in text


def test_an_export_without_an_answer_says_so() -> None:
    question = "Welke <b>olifanten</b> wonen daarboven \x07?"
    turn = [*follow(ScriptedAssistant(), Turn("b", question, question), Event())][-1]
    words = sheet(turn, "2022-01-01", "0.1")
    assert "Geen antwoord gevonden in de documenten." in markdown(words)
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(word(words))).paragraphs)
    assert "Geen antwoord gevonden" in text


def test_an_answer_that_is_gone_is_told(client: TestClient) -> None:
    for ending in ("md", "docx", "html"):
        answer = client.get(f"/meenemen/weg.{ending}")
        assert answer.status_code == 404
        assert "Stel de vraag opnieuw" in answer.text


def test_an_opinion_is_kept_seen_exported_and_erased(
    client: TestClient, conversations: Conversations, opinions: Feedback
) -> None:
    turn = kept_turn(conversations)
    form = {"beurt": turn.turn_id, "oordeel": "fout", "reden": f"Het bedrag klopt niet {HOSTILE}"}
    assert client.post("/oordeel", data=form, headers={"accept": "application/json"}).status_code == 200
    text = client.get("/oordelen").text
    assert "Het bedrag klopt niet" in text
    assert "<script>alert" not in text
    line = json.loads(client.get("/oordelen.jsonl").text)
    assert (line["question"], line["verdict"], line["answered"]) == (turn.question, "bad", True)
    assert len(opinions.all()) == 1
    client.post("/oordelen/wis", data={})
    assert len(opinions.all()) == 1
    assert "gewist" in client.post("/oordelen/wis", data={"zeker": "ja"}).text
    assert opinions.all() == ()
    assert b"Het bedrag" not in opinions.file.read_bytes()


@pytest.mark.parametrize(
    ("computer", "address", "headers"),
    [
        ("192.168.1.20", "http://127.0.0.1", {}),
        ("127.0.0.1", "http://raadwijzer.gemeente.test", {}),
        ("127.0.0.1", "http://127.0.0.1", {"x-forwarded-for": "192.168.1.20"}),
        ("testclient", "http://127.0.0.1", {}),
    ],
)
def test_opinions_are_for_this_computer_only(
    feedback: Feedback, computer: str, address: str, headers: dict[str, str]
) -> None:
    feedback.keep(OPINION)
    app = server.create_app(ScriptedAssistant(), host="0.0.0.0", feedback=feedback)
    with TestClient(app, address, client=(computer, 50000), headers=headers, follow_redirects=False) as client:
        for answer in (
            client.get("/oordelen"),
            client.get("/oordelen.jsonl"),
            client.post("/oordelen/wis", data={"zeker": "ja"}),
            client.post("/oordelen", data={"sleutel": ""}),
        ):
            assert answer.status_code == 403
            assert "alleen voor wie Raadwijzer beheert" in answer.text
            assert "Wat kost het?" not in answer.text
    assert len(feedback.all()) == 1


def test_the_key_of_the_configuration_opens_the_opinions(feedback: Feedback) -> None:
    feedback.keep(OPINION)
    backend = Backend(ScriptedAssistant(), config=Config(staff_key="een lange sleutel"))
    app = server.create_app(backend, host="0.0.0.0", feedback=feedback)
    with TestClient(app, "http://raadwijzer.gemeente.test", client=("192.168.1.20", 50000)) as client:
        assert 'name="sleutel"' in client.get("/oordelen").text
        assert "Deze sleutel klopt niet" in client.post("/oordelen", data={"sleutel": "geraden"}).text
        assert "Wat kost het?" in client.post("/oordelen", data={"sleutel": "een lange sleutel"}).text
        assert "een lange sleutel" not in str(client.cookies)
        assert "Wat kost het?" in client.get("/oordelen.jsonl").text


def test_a_cookie_of_other_letters_opens_nothing(feedback: Feedback) -> None:
    backend = Backend(ScriptedAssistant(), config=Config(staff_key="een lange sleutel"))
    app = server.create_app(backend, host="0.0.0.0", feedback=feedback)
    with TestClient(app, "http://raadwijzer.gemeente.test", client=("192.168.1.20", 50000)) as client:
        cookie = "raadwijzer_medewerker=sleutél".encode("latin-1")
        assert client.get("/oordelen", headers={b"cookie": cookie}).status_code == 403


@pytest.mark.parametrize("form", [{}, {"beurt": "weg", "oordeel": "goed"}, {"beurt": "weg", "oordeel": "' OR 1=1 --"}])
def test_an_opinion_on_nothing_is_refused(client: TestClient, form: dict[str, str]) -> None:
    assert client.post("/oordeel", data=form).status_code == 404


def test_complaints_become_cases_of_the_evaluation(feedback: Feedback) -> None:
    feedback.keep(OPINION)
    feedback.keep(Opinion("2022-01-02T10:00:00+00:00", "En dit?", "Ja. [1]", True, "good", ""))
    (case,) = feedback_cases(feedback.file, ())
    assert (case.q, case.answerable) == ("Wat kost het?", True)
    assert "Dat klopt niet." in case.note
    lines = feedback.file.with_suffix(".jsonl")
    lines.write_text(feedback.lines(), encoding="utf-8")
    assert [one.q for one in feedback_cases(lines, ())] == ["Wat kost het?"]


def test_feedback_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="kan niet worden bewaard"):
        Feedback(tmp_path / "geen map" / "f.sqlite").keep(OPINION)
    other = tmp_path / "f.sqlite"
    other.write_text("dit is geen database, maar wel lang genoeg om er een te lijken" * 20, encoding="utf-8")
    with pytest.raises(UsageError, match="geen bestand met oordelen"):
        Feedback(other).all()


STANDARD = {  # the names and longest texts of the publicatiestandaard 1.0, and of its choices one that is allowed
    "name": 100, "description_short": 350, "organization": 100, "category": 3, "status": None, "begin_date": None,
    "end_date": 7, "contact_email": 500, "website": 500, "publication_category": None, "url": 500, "goal": 2500,
    "proportionality": 2500, "human_intervention": 2500, "risks": 2500, "lawful_basis": 2500,
    "lawful_basis_grouping": 0, "process_index_url": 500, "impacttoetsen_grouping": 0, "impacttoetsen": 2500,
    "source_data": 2500, "source_data_grouping": 0, "methods_and_models": 5000, "provider": 200, "publiccode": 500,
    "lang": 3, "standard_version": 3, "source_id": 100, "tags": 2500,
}  # fmt: skip


def test_the_register_is_filled_in_from_the_running_program(client: TestClient) -> None:
    fields = client.get("/algoritmeregister.json").json()
    assert list(fields) == list(STANDARD)
    assert [name for name, most in STANDARD.items() if most is not None and len(fields[name]) > most] == []
    assert fields["name"].startswith("Raadwijzer")
    assert fields["organization"] == TO_FILL_IN
    assert (fields["lang"], fields["standard_version"]) == ("nld", "1.0")
    assert fields["publication_category"] == "Overige algoritmes"
    assert "3 documenten" in fields["source_data"]
    assert "Er is geen taalmodel" in fields["methods_and_models"]
    assert "Niet zelflerend" in fields["methods_and_models"]


def test_the_about_page_tells_models_figures_limits_and_privacy(client: TestClient) -> None:
    text = client.get("/over").text
    for words in (
        "Goede plek bovenaan",
        "Static Dutch embedder",
        "Wat Raadwijzer niet kan",
        "feedback.sqlite",
        "algoritmeregister",
    ):
        assert words in text


def test_what_is_said_of_privacy_is_true_for_every_visitor(client: TestClient) -> None:
    about = client.get("/over").text
    assert "geschiedenis van uw browser" in about  # an answered question stands in the address bar
    for address in ("/", "/over", "/documenten", "/oordelen"):
        text = client.get(address).text
        assert "blijft op de computer waarop Raadwijzer draait" in text
        assert "deze computer" not in text  # whoever reads the page may sit at another


def test_a_taken_port_is_refused_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            server.listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 65536, 70000])
def test_a_port_that_cannot_be_is_refused_with_what_to_do(port: int) -> None:
    with pytest.raises(UsageError, match=rf"Poort {port} bestaat niet.*65535.*--port 7860"):
        server.listen("127.0.0.1", port)


def test_another_port_is_advised_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(socket.socket, "bind", taken)
    for port, other in ((7860, 7861), (65535, 7860), (80, 7860)):
        with pytest.raises(UsageError, match=rf"--port {other}$"):
            server.listen("127.0.0.1", port)


def test_no_second_program_gets_the_same_port_on_any_system() -> None:
    assert server.address_option("nt") == "SO_EXCLUSIVEADDRUSE"  # there SO_REUSEADDR would let it
    assert server.address_option("posix") == "SO_REUSEADDR"


def test_a_page_that_nobody_uses_asks_next_to_nothing_of_the_processor() -> None:
    with TestClient(server.create_app(ScriptedAssistant()), base_url=HERE):
        time.sleep(0.5)  # what is done once at the start
        before = time.process_time()
        time.sleep(2)
        spent = time.process_time() - before
    assert spent / 2 < 0.02
