"""Texts ↔ bytes: what goes in comes out, a part by itself, and nothing else is ever read."""

import json
import sqlite3
import struct
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import zstandard
from doubles import WordEmbedder
from hypothesis import given
from hypothesis import strategies as st

from rag.config import models_folder
from rag.errors import IndexDamaged, IndexOutdated, ModelInvalid, ModelMissing
from rag.indexing import build_index, remove
from rag.store import Store, folder, packing
from training.dictionary import SIZE, texts_of, trained
from training.worlds import FOLDER

EMBEDDER = WordEmbedder()
SHIPPED = models_folder() / packing.FILE
MADE_WITH = (1, 5, 7)  # the version of Zstandard that learned the dictionary that ships
OTHER = trained(f"De haven van wijk {n} krijgt {n * n} ligplaatsen, zegt wethouder {n % 7}. " * 40 for n in range(300))


@pytest.fixture
def another(monkeypatch):
    """Another dictionary than the one that ships."""
    monkeypatch.setattr(packing, "_dictionary", lambda: OTHER)
    monkeypatch.setattr(packing, "_tools", packing._Tools())


def packed_blocks(packed):
    count = int.from_bytes(packed[:4], "little") // 4
    return [packed[begin:end] for begin, end in pairwise(struct.unpack(f"<{count}I", packed[: 4 * count]))]


def with_block(frame):
    """A packed text that is this one block."""
    return struct.pack("<2I", 8, 8 + len(frame)) + frame


# --- what goes in comes out


@given(size=st.integers(0, 3 * packing.BLOCK + 5), places=st.tuples(st.integers(0, 7_000), st.integers(0, 7_000)))
def test_a_part_of_a_text_is_read_by_itself(size, places):
    text = ("één \ud800 🙂 geheel " * 1000)[:size]
    packed = packing.pack_text(text)
    start, end = sorted(min(place, size) for place in places)
    assert packing.unpack_text(packed) == text
    assert packing.text_between(packed, start, end) == text[start:end]


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_survives(text):
    assert packing.unpack_text(packing.pack_text(text)) == text


def test_a_text_packs_to_the_same_bytes_in_any_thread():
    texts = [f"Motie {n} over de wijk. " * 300 for n in range(40)]
    expected = [packing.pack_text(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        packed = list(threads.map(packing.pack_text, texts * 5))
        assert packed == expected * 5
        assert list(threads.map(packing.unpack_text, packed)) == texts * 5


# --- damage


def test_a_text_that_is_not_whole_is_damage():
    packed = packing.pack_text("woord " * 2000)
    for damaged in (b"", packed[:3], packed[:40], packed[:-9], packed + b"x", b"\xff" + packed[1:]):
        with pytest.raises(ValueError):
            packing.unpack_text(damaged)
    for damaged in (b"", packed[:3], packed[:40], packed[:-9]):
        with pytest.raises(ValueError):
            packing.text_between(damaged, 11_990, 12_000)
    for start, end in ((11_990, 12_010), (12_100, 12_101), (900_000, 900_010)):
        with pytest.raises(ValueError):
            packing.text_between(packed, start, end)


def test_no_changed_byte_gives_another_text():
    text = "".join(f"Punt {n}: de raad stelt € {n * 317} beschikbaar. " for n in range(60))
    packed = packing.pack_text(text)
    harmless = 0
    for place in range(len(packed)):
        for change in (1, 128):
            changed = packed[:place] + bytes([packed[place] ^ change]) + packed[place + 1 :]
            for read, expected in (
                (packing.unpack_text, text),
                (lambda p: packing.text_between(p, 9, 2300), text[9:2300]),
            ):
                try:
                    assert read(changed) == expected
                    harmless += 1
                except ValueError:
                    continue
    assert harmless < len(packed)  # bits that say nothing, and blocks that were not asked for


@pytest.mark.parametrize("size", [0, packing.LARGEST + 1, 50_000_000])
def test_a_block_is_never_given_more_room_than_a_block_needs(size):
    packed = with_block(zstandard.ZstdCompressor().compress(b"a" * size))
    for read in (packing.unpack_text, lambda packed: packing.text_between(packed, 0, 1)):
        with pytest.raises(ValueError, match="impossible size"):
            read(packed)


def test_a_block_that_does_not_say_how_large_it_is_is_damage():
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"a" * 100)
    with pytest.raises(ValueError, match="impossible size"):
        packing.unpack_text(with_block(frame))


# --- the dictionary


def test_short_texts_of_councils_are_small_with_it():
    text = "Het college van burgemeester en wethouders stelt de raad voor het krediet beschikbaar te stellen."
    packed = packing.pack_text(text)
    plain = zstandard.ZstdCompressor(packing.LEVEL, write_checksum=True).compress(text.encode())
    assert len(packed) < 0.7 * len(plain)
    assert (
        zstandard.get_frame_parameters(*packed_blocks(packed)).dict_id
        == zstandard.ZstdCompressionDict(SHIPPED.read_bytes()).dict_id()
    )


def test_what_another_dictionary_packed_is_not_read(another, monkeypatch):
    packed = packing.pack_text("De haven van wijk 3 krijgt 9 ligplaatsen.")
    monkeypatch.undo()
    with pytest.raises(ValueError, match="ictionary"):
        packing.unpack_text(packed)


def test_an_index_packed_with_another_dictionary_says_what_to_run(small, tmp_path, another):
    with pytest.raises(IndexOutdated, match=r"andere manier van inpakken.*raadwijzer index"):
        Store.open(small, EMBEDDER.fingerprint)
    with pytest.raises(IndexOutdated, match="raadwijzer index"):
        remove.remove(small, ["wijk.txt"])
    assert build_index([tmp_path / "docs"], small, EMBEDDER).added == 1
    assert Store.open(small, EMBEDDER.fingerprint).text("wijk.txt") == "De wijk krijgt een school."


def test_an_index_that_lies_about_its_dictionary_is_damaged(small, another, monkeypatch):
    manifest = folder.current(small) / "manifest.json"
    stored = json.loads(manifest.read_text())
    stored["made"]["dictionary"] = packing.dictionary()
    manifest.write_text(json.dumps(stored))
    store = Store.open(small, EMBEDDER.fingerprint)
    with pytest.raises(IndexDamaged, match="raadwijzer index"):
        store.text("wijk.txt")
    with pytest.raises(IndexDamaged, match="raadwijzer index"):
        store.passages(store.ids_of(store.vectors.units))


def test_a_text_in_an_index_that_fills_memory_is_damage(small):
    generation = folder.current(small)
    bomb = with_block(zstandard.ZstdCompressor().compress(b"a" * 50_000_000))
    with sqlite3.connect(generation / "documents.sqlite") as database:
        database.execute("UPDATE contents SET text = ?", (bomb,))
    manifest = json.loads((generation / "manifest.json").read_text())
    del manifest["parts"]["documents.sqlite"]
    (generation / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(IndexDamaged, match="impossible size"):
        Store.open(small, EMBEDDER.fingerprint).text("wijk.txt")


def test_a_dictionary_that_is_not_there_or_not_whole_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"texts\.dictionary ontbreekt"):
        packing.read_dictionary(tmp_path / "texts.dictionary")
    for damaged in (b"", b"geen woordenboek", SHIPPED.read_bytes()[:100]):
        (tmp_path / "texts.dictionary").write_bytes(damaged)
        with pytest.raises(ModelInvalid, match=r"texts\.dictionary is beschadigd"):
            packing.read_dictionary(tmp_path / "texts.dictionary")


def test_the_same_texts_give_the_same_dictionary():
    texts = [f"Wethouder {n} antwoordt dat er {n * n} woningen komen. " * 50 for n in range(200)]
    assert trained(texts, 4_096) == trained(iter(texts), 4_096)
    assert len(trained(texts, 4_096)) <= 4_096


def test_what_ships_is_small():
    assert SHIPPED.stat().st_size <= SIZE == 32_768


@pytest.mark.slow
@pytest.mark.skipif(zstandard.ZSTD_VERSION != MADE_WITH, reason="another version learns other pieces")
def test_what_ships_is_learned_from_the_worlds_alone():
    assert trained(texts_of(FOLDER)) == SHIPPED.read_bytes()
