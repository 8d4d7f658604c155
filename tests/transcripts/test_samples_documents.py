"""Every sample of a text document or a table, counted by hand; skipped where the real files are not."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from tests.support import SHARED
from tests.transcripts.samples import DATA, Sample

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real files (shared/data) are not on this machine")

PAIR = ("Audrow Nash", "Jenny Read")
ROOT = Path(__file__).parents[2]
SAMPLES = [
    Sample("premiere_example.txt", "premiere_text", 2, 12.0, 61.125),
    Sample("formats/csv_other/oral_history_as_data.csv", "timed_table", 525, 0.0, 3634.533,
           ("DB", "Devin Becker", "RA", "Rae Armantrout")),
    Sample("formats/descript_md/17-aria.md", "timed_lines", 167, 0.0, 3115.867, PAIR),
    Sample("formats/google_meet/meet_transcript.txt", "google_meet", 24, 0.0, 190.0, ("Ana Souza", "Sylvain Gugger")),
    Sample("formats/otter_txt/ladybug_otter_cleaned.md", "timed_lines", 40, 0.0, 659.667,
           ("Ali", "Emma", "Kelly", "Lindsey")),
    Sample("formats/otter_txt/otter_export.txt", "speaker_text", 6, 5.0, 74.933, ("Sylvain Gugger",)),
    Sample("formats/podcast_namespace/example.html", "podcast_html", 10, 0.0, 772.667, ("Gilon", "Sarah", "Travis")),
    Sample("formats/premiere_csv/captions_3col_no_speaker.csv", "premiere_csv", 2, 0.433, 3.967),
    Sample("formats/premiere_csv/premiere_bom_crlf_blank_rows.csv", "premiere_csv", 6, 0.1, 57.391, PAIR),
    Sample("formats/premiere_csv/premiere_ntsc_dropframe.csv", "premiere_csv", 14, 0.1, 154.221, PAIR),
    Sample("formats/premiere_csv/premiere_pal25_localized_speakers.csv", "premiere_csv", 3, 0.5, 38.5,
           ("Sprecher 1", "Sprecher 2")),
    Sample("formats/premiere_markers_csv/markers.csv", "premiere_markers", 2, 1.0, 4.5),
    Sample("formats/premiere_txt/captions_txt_no_speaker.txt", "premiere_text", 2, 0.0, 5.372),
    Sample("formats/premiere_txt/graphics_text_export.txt", "premiere_text", 2, 10.94, 17.6),
    Sample("formats/premiere_txt/premiere_japanese_ui.txt", "premiere_text", 2, 83.917, 156.390, ("話者 1", "話者 2")),
    Sample("formats/premiere_txt/premiere_nondrop_generic_speakers.txt", "premiere_text", 14, 0.1, 154.2,
           ("Speaker 1", "Speaker 2")),
    Sample("formats/premiere_txt/premiere_ntsc_dropframe.txt", "premiere_text", 14, 0.1, 154.221, PAIR),
    Sample("formats/quirky/csv_ansi.csv", "premiere_csv", 2, 1.0, 3.0),
    Sample("formats/rev_txt_style/speaker_colon_time.md", "speaker_markdown", 37, 1.0, 1337.667,
           ("Speaker 0", "Speaker 1", "Speaker 2", "Speaker 3")),
    Sample("formats/teams_docx/teams_new_style.docx", "speaker_text", 24, 5.0, 73.2, ("Ana Souza", "Gugger, Sylvain")),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path)
def test_samples(sample: Sample) -> None:
    sample.check()


@pytest.mark.parametrize(
    "folder",
    ["csv_other", "descript_md", "google_meet", "otter_txt", "premiere_csv", "premiere_txt", "premiere_markers_csv",
     "rev_txt_style", "teams_docx"],
)  # fmt: skip
def test_no_sample_is_left_out(folder: str) -> None:
    files = {f"formats/{folder}/{file.name}" for file in (DATA / "formats" / folder).iterdir()}
    assert files == {sample.path for sample in SAMPLES if sample.path.startswith(f"formats/{folder}/")}


def without(*patterns: str) -> Callable[[str], str]:
    """What is spoken in a text: all of it but what the patterns find."""
    return lambda text: re.sub("|".join(patterns), " ", text, flags=re.MULTILINE)


def column(name: str, delimiter: str = ",") -> Callable[[str], str]:
    return lambda text: " ".join(row[name] or "" for row in csv.DictReader(StringIO(text), delimiter=delimiter))


TIMECODES = r"^[\d:;]{11} - [\d:;]{11}$"
SPOKEN: dict[str, Callable[[str], str]] = {
    "premiere_example.txt": without(TIMECODES, "^Unknown$"),
    "formats/csv_other/oral_history_as_data.csv": column("words"),
    "formats/descript_md/17-aria.md": without(r"^##.*$", r"^\[[\d:]{8}\] \*\*.*?:\*\*"),
    "formats/google_meet/meet_transcript.txt": without(
        r"\A(?:.*\n){5}", r"^[\d:]{8}$", r"^(?:Sylvain Gugger|Ana Souza): ",
        r"^Transcription ended.*$", r"^This editable.*$",
    ),
    "formats/otter_txt/ladybug_otter_cleaned.md": without(r"^\*\*\w+\*\* \[[\d:]+\]"),
    "formats/otter_txt/otter_export.txt": without(r"^\w+ \w+  [\d:]+ *$", "^Transcribed by.*$"),
    "formats/podcast_namespace/example.html": without(r"<cite>.*</cite>", r"<time>.*</time>", "</?p>"),
    "formats/premiere_csv/premiere_ntsc_dropframe.csv": column("Text"),
    "formats/premiere_csv/premiere_bom_crlf_blank_rows.csv": column("Text"),
    "formats/premiere_csv/premiere_pal25_localized_speakers.csv": column("Text"),
    "formats/premiere_csv/captions_3col_no_speaker.csv": column("Text"),
    "formats/premiere_txt/captions_txt_no_speaker.txt": without(TIMECODES),
    "formats/premiere_txt/graphics_text_export.txt": without(TIMECODES, r"^V3, 1$"),
    "formats/premiere_txt/premiere_japanese_ui.txt": without(TIMECODES, r"^話者 \d$"),
    "formats/premiere_txt/premiere_nondrop_generic_speakers.txt": without(TIMECODES, r"^(?:Speaker \d|Unknown)$"),
    "formats/premiere_txt/premiere_ntsc_dropframe.txt": without(TIMECODES, "^(?:Audrow Nash|Jenny Read)$"),
    "formats/rev_txt_style/speaker_colon_time.md": without(
        r"\A---\n(?:.*\n)*?---\n", r"^Speaker \d: [\d:]{8}$", r"^#+ .*$"
    ),
    "formats/teams_docx/teams_new_style.docx": without(
        r"\A(?:.*\n){3}", r"^(?:Gugger, Sylvain|Ana Souza)   [\d:]+$"
    ),
}  # fmt: skip


def raw_text(path: str) -> str:
    data = (DATA / path).read_bytes()
    if path.endswith(".docx"):
        xml = zipfile.ZipFile(BytesIO(data)).read("word/document.xml").decode()
        return re.sub(r"<[^>]+>", "", xml.replace("</w:p>", "\n").replace("<w:br/>", "\n"))
    return data.decode("utf-8-sig").replace("\r\n", "\n")


@pytest.mark.parametrize("path", SPOKEN)
def test_nothing_is_lost_and_nothing_said_twice(path: str) -> None:
    reading = read((DATA / path).read_bytes(), Path(path).name)
    said = unescape(" ".join(cue.text for cue in reading.cues)).split()
    assert said == unescape(SPOKEN[path](raw_text(path))).split()


def test_meets_turns_stay_between_their_times() -> None:
    cues = Sample("formats/google_meet/meet_transcript.txt", "", 0, 0, 0).reading().cues
    assert [cue.start for cue in cues if cue.text.startswith(("- What is", "This could take", "if two"))] == [0, 27, 50]
    starts = [cue.start for cue in cues]
    assert starts == sorted(set(starts))
    assert sum(start < 27 for start in starts) == 8 and sum(27 <= start < 50 for start in starts) == 8


def test_an_oral_history_keeps_its_times() -> None:
    cues = Sample("formats/csv_other/oral_history_as_data.csv", "", 0, 0, 0).reading().cues
    at = {cue.text: cue.start for cue in reversed(cues)}  # where a sentence is said twice, the first time
    assert at["About how long will it take?"] == 69
    assert at["Mostly poetry."] == 103
    assert 69 < at["It'll take about an hour and fifteen minutes."] < 103
    assert next(cue for cue in cues if cue.text == "Good.").speaker == "Devin Becker"  # no speaker: goes on


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("formats/zoom_vtt/acdc_chat.txt", "this is a Zoom chat, not a transcript"),
        ("formats/premiere_prtranscript/README.md", "this is a Markdown document without times, not a transcript"),
    ],
)
def test_refused_by_name(path: str, reason: str) -> None:
    with pytest.raises(TranscriptError, match=reason):
        read((DATA / path).read_bytes(), Path(path).name)


def test_no_document_is_a_transcript() -> None:
    documents = [
        *SHARED.glob("*.md"), *DATA.glob("*.md"), *DATA.glob("*/README.md"), *DATA.glob("*/*/README.md"),
        *DATA.glob("*/*/NOTICE.md"), *DATA.glob("*/*/LICENSE*"), DATA / "formats" / "SOURCES.md",
        DATA / "tinyshakespeare.txt", ROOT / "README.md", ROOT / "pyproject.toml", ROOT / "LICENSE",
    ]  # fmt: skip
    assert len(documents) > 15
    for document in documents:
        with pytest.raises(TranscriptError, match="not a transcript"):
            read(document.read_bytes(), document.name)
