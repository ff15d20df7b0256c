"""Fetching, choosing and checking models; the server is one on this machine that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf

from rag.answering import catalog
from rag.answering.catalog import OWN, check, find, list_models, model_named, offered, pull, use
from rag.cli import main
from rag.config import READER_ANSWERS, Config, load_config
from rag.errors import DiskFull, ModelInvalid, ModelMissing, UsageError

MODEL = model_named("qwen3-4b")


class Hub:
    """Serves one file with ranges, an etag and a size; can break off, lie, or refuse."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.etag = hashlib.sha256(data).hexdigest()
        self.status = 200
        self.stop_after: int | None = None
        self.ranges: list[str | None] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                hub.ranges.append(self.headers.get("Range"))
                self.answer(body=True)

            def answer(self, *, body: bool) -> None:
                given = self.headers.get("Range") if body else None
                start = int(given.removeprefix("bytes=").rstrip("-")) if given else 0
                self.send_response(206 if given and hub.status == 200 else hub.status)
                self.send_header("ETag", f'"{hub.etag}"')
                self.send_header("X-Repo-Commit", "abc")
                self.send_header("Content-Length", str(len(hub.data) - start if hub.status == 200 else 0))
                if given:
                    self.send_header("Content-Range", f"bytes {start}-{len(hub.data) - 1}/{len(hub.data)}")
                self.end_headers()
                if body and hub.status == 200:
                    self.wfile.write(hub.data[start : hub.stop_after])

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)  # the page, once imported, is offline
    server = Hub(tiny_gguf.read_bytes())
    yield server
    server.close()


def test_the_list_is_short_and_complete():
    models = list_models()
    assert 3 <= len(models) <= 8
    assert len({model.name for model in models}) == len(models)
    assert all(model.file.endswith(".gguf") and "/" in model.repository for model in models)
    assert [m.size_gb for m in models] == sorted(m.size_gb for m in models)
    assert all(model.memory_gb > model.size_gb and model.licence and model.remark for model in models)


def test_an_unknown_name_names_those_there_are():
    with pytest.raises(UsageError, match=r"'gpt-9' staat niet in de lijst.*qwen3-4b"):
        pull("gpt-9")


def test_pull_fetches_the_file_and_tells_how_far_it_is(hub, tmp_path):
    seen: list[tuple[int, int]] = []
    path = pull(MODEL.name, tmp_path, lambda done, size: seen.append((done, size)), endpoint=hub.address)
    assert path == tmp_path / MODEL.file
    assert path.read_bytes() == hub.data
    assert seen[-1] == (len(hub.data), len(hub.data))
    assert [p.name for p in tmp_path.iterdir()] == [MODEL.file]


def test_pulling_again_asks_the_server_nothing(hub, tmp_path):
    pull(MODEL.name, tmp_path, endpoint=hub.address)
    hub.ranges.clear()
    pull(MODEL.name, tmp_path, endpoint=hub.address)
    assert hub.ranges == []


def test_pull_goes_on_where_it_stopped(hub, tmp_path):
    part = tmp_path / f"{MODEL.file}.{hub.etag[:16]}.deel"
    part.write_bytes(hub.data[:200_000])
    path = pull(MODEL.name, tmp_path, endpoint=hub.address)
    assert hub.ranges == ["bytes=200000-"]
    assert path.read_bytes() == hub.data


def test_a_part_of_another_version_is_not_continued(hub, tmp_path):
    (tmp_path / f"{MODEL.file}.{'0' * 16}.deel").write_bytes(b"oud")
    assert pull(MODEL.name, tmp_path, endpoint=hub.address).read_bytes() == hub.data
    assert hub.ranges == [None]


def test_what_arrives_damaged_is_refused_and_removed(hub, tmp_path):
    hub.data = hub.data[:-1] + b"\x01"
    with pytest.raises(ModelInvalid, match="beschadigd"):
        pull(MODEL.name, tmp_path, endpoint=hub.address)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_is_refused_and_removed(hub, tmp_path):
    hub.data = b"<html>betaal eerst</html>"
    hub.etag = hashlib.sha256(hub.data).hexdigest()
    with pytest.raises(ModelInvalid, match="webpagina"):
        pull(MODEL.name, tmp_path, endpoint=hub.address)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "reason"), [(401, "account"), (403, "account"), (404, "niet meer")])
def test_a_server_that_refuses(hub, tmp_path, status, reason):
    hub.status = status
    with pytest.raises(ModelMissing, match=reason):
        pull(MODEL.name, tmp_path, endpoint=hub.address)


def test_without_a_network_the_usb_stick_is_named(tmp_path):
    with pytest.raises(ModelMissing, match="USB-stick"):
        pull(MODEL.name, tmp_path, endpoint="http://127.0.0.1:9")


def test_a_full_disk(hub, tmp_path, monkeypatch):
    usage = catalog.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(catalog.shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(DiskFull):
        pull(MODEL.name, tmp_path, endpoint=hub.address)


# --- use


def test_use_writes_the_setting_and_keeps_the_rest(tiny_gguf, tmp_path):
    settings = tmp_path / "raadwijzer.toml"
    settings.write_text('# mijn instellingen\nindex = "elders"\nllm = "oud.gguf"\nllm_threads = 2\n', "utf-8-sig")
    use(tiny_gguf, settings)
    assert settings.read_text(encoding="utf-8") == (
        f'# mijn instellingen\nindex = "elders"\nllm = "{tiny_gguf.as_posix()}"\nllm_threads = 2\n'
    )
    assert load_config(settings).llm == tiny_gguf.as_posix()


def test_use_makes_the_settings_file(tiny_gguf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAADWIJZER_CONFIG", raising=False)
    use(tiny_gguf)
    assert load_config().llm == tiny_gguf.as_posix()


def test_a_name_of_the_list_stands_for_the_fetched_file(tmp_path):
    with pytest.raises(ModelMissing, match="raadwijzer models pull qwen3-4b"):
        find(MODEL.name, tmp_path)
    write_tiny_gguf(tmp_path / MODEL.file)
    assert find(MODEL.name, tmp_path) == tmp_path / MODEL.file


def test_an_unusable_file_is_not_put_to_use(tmp_path):
    settings = tmp_path / "raadwijzer.toml"
    wrong = tmp_path / "brief.gguf"
    wrong.write_text("geachte raad", encoding="utf-8")
    with pytest.raises(ModelInvalid):
        use(wrong, settings)
    with pytest.raises(ModelMissing):
        use(tmp_path / "weg.gguf", settings)
    assert not settings.exists()


def test_broken_settings_are_left_alone(tiny_gguf, tmp_path):
    settings = tmp_path / "raadwijzer.toml"
    settings.write_text("index = \n", encoding="utf-8")
    with pytest.raises(UsageError, match="geen geldige TOML"):
        use(tiny_gguf, settings)
    assert settings.read_text(encoding="utf-8") == "index = \n"


@pytest.mark.parametrize("named_by", ["option", "environment", "nothing"])
def test_the_command_writes_the_settings_that_it_reads(tiny_gguf, tmp_path, monkeypatch, capsys, named_by):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAADWIJZER_CONFIG", raising=False)
    settings = tmp_path / ("raadwijzer.toml" if named_by == "nothing" else "mijn.toml")
    settings.write_text('index = "elders"\n', encoding="utf-8")
    shutil.copy(tiny_gguf, tmp_path / MODEL.file)
    arguments = ["models", "use", MODEL.name, "--folder", str(tmp_path)]
    if named_by == "option":
        arguments += ["--config", str(settings)]
    elif named_by == "environment":
        monkeypatch.setenv("RAADWIJZER_CONFIG", str(settings))
    assert main(arguments) == 0
    assert settings.name in capsys.readouterr().out
    assert load_config(settings).llm == (tmp_path / MODEL.file).as_posix()
    assert [file.name for file in tmp_path.glob("*.toml")] == [settings.name]


def test_the_command_checks_what_was_fetched_into_a_folder(tiny_gguf, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(catalog, "_try", lambda path: "niet geprobeerd")
    shutil.copy(tiny_gguf, tmp_path / MODEL.file)
    assert main(["models", "check", MODEL.name, "--folder", str(tmp_path)]) == 0
    assert "raadwijzer-proefmodel" in capsys.readouterr().out


def test_the_command_lists_models_with_what_there_is_to_say_of_them(capsys):
    assert main(["models", "list"]) == 0
    said = capsys.readouterr().out
    assert "fietje-2                       1,7 GB    2,5 GB geheugen  MIT" in said
    assert MODEL.remark in " ".join(said.split())


# --- check


def test_check_tells_what_it_is(tiny_gguf, monkeypatch):
    monkeypatch.setattr(catalog, "_try", lambda path: "niet geprobeerd")
    fields = check(tiny_gguf).fields()
    assert fields == {
        "Bestand": str(tiny_gguf),
        "Naam": "raadwijzer-proefmodel",
        "Soort": "llama, 0,1 miljoen gewichten",
        "Grootte": "0,6 MB",
        "Geheugen": "ongeveer 800,6 MB",
        "Context": "4096 tokens",
        "Chatsjabloon": "ja",
        "Licentie": "niet vermeld in het bestand",
        "SHA-256": hashlib.sha256(tiny_gguf.read_bytes()).hexdigest(),
        "Proef": "niet geprobeerd",
    }


def test_check_refuses_with_the_reason(tiny_gguf, tmp_path):
    half = tmp_path / "half.gguf"
    half.write_bytes(tiny_gguf.read_bytes()[:300_000])
    with pytest.raises(ModelInvalid, match="afgebroken"):
        check(half)


def test_the_reader_of_the_project_is_offered_without_any_setting(tiny_gguf: Path, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.config.models_folder", lambda: tmp_path)
    assert offered() == list_models()
    assert Config().llm_path == ""
    (tmp_path / "reader").mkdir()
    shutil.copy(tiny_gguf, tmp_path / "reader" / "lezer.gguf")
    assert [model.name for model in offered()] == [OWN, *(model.name for model in list_models())]
    assert find(OWN) == Path(Config().llm_path) == tmp_path / "reader" / "lezer.gguf"
    assert Config(llm="ander.gguf").llm_path == "ander.gguf"
    assert Config().llm_answers == READER_ANSWERS
    assert Config(llm="ander.gguf").llm_answers
