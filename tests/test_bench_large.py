"""What ``make bench-large`` makes of its figures, and of what."""

import json
import lzma
from xml.etree import ElementTree

from eval.bench_large import WORDS, figures, law_files, with_kept
from eval.plots_large import PLOTS, write_page

ROW = {
    "passages": 1_000, "per_second": 900.0, "per_processor_second": 700.0, "memory_mb": 200.0, "index_mb": 3.0,
    "open_ms": 30.0, "search_median_ms": 3.0, "search_p95_ms": 5.0, "recall": 1.0, "add_seconds": 0.5,
    "search_memory_mb": 150.0,
}  # fmt: skip


def test_the_page_has_a_table_and_a_picture_of_each_figure(tmp_path):
    write_page(tmp_path, [ROW, {**ROW, "passages": 1_000_000, "per_second": 5_100.0, "index_mb": 1_600.0}])
    page = (tmp_path / "grootte.md").read_text(encoding="utf-8")
    assert "| 900 | 5.100 | ≥ 5.000: gehaald |" in page
    assert "| 3 | 1.600 | ≤ 1.500: niet gehaald |" in page
    for plot in PLOTS:
        assert f"(grootte/{plot.key}.svg)" in page
        picture = ElementTree.parse(tmp_path / "grootte" / f"{plot.key}.svg").getroot()
        assert len(picture.findall(".//{http://www.w3.org/2000/svg}circle")) == 2
        assert plot.title in picture.attrib["aria-label"]


def test_targets_are_for_a_million_passages():
    assert not any(figure.verdict for figure in figures(ROW))
    judged = {figure.name.split("  ")[1]: figure.verdict for figure in figures({**ROW, "passages": 1_000_000})}
    assert judged["indexing"] == "NIET gehaald"
    assert judged["index on disk"] == "gehaald"


def test_laws_are_cut_into_passages_and_then_mixed(tmp_path):
    laws = tmp_path / "data" / "text" / "laws"
    laws.mkdir(parents=True)
    words = [f"woord{n}" for n in range(8 * WORDS)]
    with lzma.open(laws / "wet.txt.xz", "wt", encoding="utf-8") as stream:
        stream.write(" ".join(words[:100]) + "\n" + " ".join(words[100:]) + "\n")
    law_files(tmp_path / "data", 12, tmp_path / "docs", skip=1)
    (file,) = tmp_path.joinpath("docs").rglob("*.txt")
    texts = file.read_text(encoding="utf-8").strip().split("\n\n")[1::2]
    assert len(texts) == 12
    assert [text.rstrip(".").lower().split() for text in texts[:7]] == [
        words[n * WORDS : (n + 1) * WORDS] for n in range(1, 8)
    ]
    mixed = texts[7].rstrip(".").lower().split()
    assert mixed == [f"woord{n * WORDS + n * 15 + i}" for n in range(4) for i in range(15)]


def test_one_size_can_be_measured_again_while_others_stay(tmp_path):
    file = tmp_path / "large.json"
    file.write_text(json.dumps([ROW, {**ROW, "passages": 10_000}]), encoding="utf-8")
    measured = with_kept([{**ROW, "passages": 1_000_000}, {**ROW, "open_ms": 1.0}], str(file))
    assert [row["passages"] for row in measured] == [1_000, 10_000, 1_000_000]
    assert measured[0]["open_ms"] == 1.0
    assert with_kept([ROW], None) == [ROW]
