"""Archives and messages: what is in them, under safe names, and nothing that would fill the disk or the memory."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from make import Part, docx, mail, packed

from rag.documents import containers
from rag.documents.containers import is_container, member_bytes, members
from rag.errors import UnreadableFile


def names(path: Path) -> list[str]:
    return [member.name for member in members(path)]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def refusal(path: Path, name: str = "") -> str:
    with pytest.raises(UnreadableFile) as caught:
        member_bytes(path, name) if name else members(path)
    return caught.value.reason


def test_members_with_their_paths_sizes_and_bytes(tmp_path):
    path = written(tmp_path / "archief.zip", packed({"map/stuk.txt": "Een zin.", "brief.docx": b"PK\x03\x04"}))
    assert [(m.name, m.size) for m in members(path)] == [("brief.docx", 4), ("map/stuk.txt", 8)]
    assert member_bytes(path, "map/stuk.txt") == b"Een zin."


def test_archives_in_archives_and_attachments_in_them(tmp_path):
    inner = packed({"diep/stuk.txt": "binnen", "bericht.eml": mail("Hallo", bijlage_dot_txt=b"aan")})
    path = written(tmp_path / "a.zip", packed({"b.zip": inner, "c.txt": "buiten"}))
    assert names(path) == ["b.zip/bericht.eml", "b.zip/bericht.eml/bijlage.txt", "b.zip/diep/stuk.txt", "c.txt"]
    assert member_bytes(path, "b.zip/bericht.eml/bijlage.txt") == b"aan"
    assert member_bytes(path, "b.zip/diep/stuk.txt") == b"binnen"


def test_message_is_a_document_and_holds_its_attachments(tmp_path):
    path = written(tmp_path / "bericht.eml", mail("Hallo", brief_dot_docx=docx([Part("text", "Een zin.")])))
    assert containers.is_also_document(path)
    assert names(path) == ["brief.docx"]
    assert member_bytes(path, "brief.docx").startswith(b"PK")


def test_attached_message_and_nameless_attachment_have_names(tmp_path):
    message = EmailMessage()
    message["Subject"] = "Doorgestuurd"
    message.set_content("Zie bijlagen.")
    inner = EmailMessage()
    inner["Subject"] = "Binnen"
    inner.set_content("De tekst.")
    message.add_attachment(inner)
    message.add_attachment("tekst zonder naam")
    message.add_attachment(b"beeld", maintype="image", subtype="png", disposition="inline", cid="<logo>")
    path = written(tmp_path / "m.eml", message.as_bytes())
    assert names(path) == ["bijlage 1.eml", "bijlage 2.txt"]
    assert b"De tekst." in member_bytes(path, "bijlage 1.eml")


@pytest.mark.parametrize(
    ("inside", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/absoluut.txt", "absoluut.txt"),
        ("C:\\map\\stuk.txt", "map/stuk.txt"),
        ("map/./../stuk.txt", "map/stuk.txt"),
        ("een\nregel<>.txt", "een_regel__.txt"),
        ("é.txt", "é.txt"),
    ],
)
def test_paths_stay_below_the_container(tmp_path, inside, safe):
    path = written(tmp_path / "a.zip", packed({inside: "x"}))
    assert names(path) == [safe]
    assert member_bytes(path, safe) == b"x"


def test_two_members_with_one_name_are_both_there(tmp_path):
    path = written(tmp_path / "a.zip", packed({"a.txt": "een", "/a.txt": "twee"}))
    assert sorted(member_bytes(path, name) for name in names(path)) == [b"een", b"twee"]
    assert names(path) == ["a (2).txt", "a.txt"]


def test_leftovers_of_operating_systems_are_no_members(tmp_path):
    path = written(tmp_path / "a.zip", packed({"__MACOSX/._a.txt": "", ".verborgen": "", "map/": "", "a.txt": "x"}))
    assert names(path) == ["a.txt"]


def test_changed_archive_is_read_anew(tmp_path):
    path = written(tmp_path / "a.zip", packed({"a.txt": "oud"}))
    assert member_bytes(path, "a.txt") == b"oud"
    written(path, packed({"b.txt": "nieuwer"}))
    assert names(path) == ["b.txt"]
    assert refusal(path, "a.txt") == "staat niet (meer) in het bestand"


def test_word_file_called_zip_is_no_container(tmp_path):
    assert not is_container(written(tmp_path / "brief.zip", docx([Part("text", "Een zin.")])))
    assert is_container(written(tmp_path / "a.zip", packed({"a.txt": "x"})))
    assert not is_container(written(tmp_path / "stuk.txt", b"x"))


# --- that mean no good -----------------------------------------------------------------------------------------------


def test_bomb_is_refused_without_unpacking(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nullen.txt", bytes(150 * 1024 * 1024))
    assert refusal(written(tmp_path / "bom.zip", buffer.getvalue())).startswith("is een zipbom")


def test_member_that_is_larger_than_it_says_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "LARGEST", 1000)
    path = written(tmp_path / "a.zip", packed({"a.txt": "x" * 2000}))
    assert "te groot" in refusal(path, "a.txt")


def test_lying_directory_gives_a_refusal(tmp_path):
    data = bytearray(packed({"a.txt": "x" * 5000}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")  # the size that the directory tells
    path = written(tmp_path / "a.zip", bytes(data))
    assert refusal(path, "a.txt") == "is beschadigd in het zip-bestand"


def test_deep_nesting_ends(tmp_path):
    data = packed({"stuk.txt": "diep"})
    for _ in range(8):
        data = packed({"meer.zip": data})
    path = written(tmp_path / "a.zip", data)
    assert names(path) == ["meer.zip/meer.zip/meer.zip"]


def test_archive_that_holds_itself_over_and_over_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MOST_NESTED", 10_000)
    data = packed({f"{n}.zip": packed({"a.txt": "x" * 100}) for n in range(100)})
    assert "andere archieven" in refusal(written(tmp_path / "a.zip", data))


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MOST_MEMBERS", 10)
    data = packed({f"{n}.txt": "x" for n in range(11)})
    assert refusal(written(tmp_path / "a.zip", data)) == "bevat meer dan 10 bestanden"


def test_encrypted_member_is_named(tmp_path):
    data = bytearray(packed({"a.txt": "geheim"}))
    data[6] |= 1  # the flag in the local header
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1  # and in the directory
    path = written(tmp_path / "a.zip", bytes(data))
    assert names(path) == ["a.txt"]
    assert refusal(path, "a.txt") == "is versleuteld met een wachtwoord"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 en niets meer", packed({"a.txt": "x" * 999})[:40]])
def test_broken_archive_is_refused(tmp_path, data):
    path = written(tmp_path / "a.zip", data)
    if is_container(path):
        assert refusal(path) == "is een beschadigd zip-bestand"


def test_broken_messages_have_no_attachments_or_are_refused(tmp_path):
    assert names(written(tmp_path / "a.eml", b"Subject: x\nContent-Type: multipart/mixed; boundary=q\n\n--q\n")) == []
    assert refusal(written(tmp_path / "b.eml", b"\x00\x01\x02")) == "is geen leesbaar e-mailbericht"
    deep = b"Content-Type: message/rfc822\n\n" * 2000 + b"Subject: x\n\ny"
    path = written(tmp_path / "c.eml", b"Subject: diep\n" + deep)
    try:
        assert isinstance(members(path), list)
    except UnreadableFile as error:
        assert error.reason == "is geen leesbaar e-mailbericht"
