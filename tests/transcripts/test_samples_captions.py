"""Every caption file of shared/data/formats, counted by hand; and its words, taken from it in another way."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html import unescape

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import Cleaning, clean_cues
from connector.transcripts.decode import decode
from connector.transcripts.formats import read
from tests.transcripts.samples import DATA, Sample

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real files (shared/data) are not on this machine")

SARAH, GUGGER, ZHOU = ("Gillian", "Sarah"), ("Ana Souza", "Gugger, Sylvain"), ("Z. Victor Zhou (xinbenlv)",)
SAMPLES = [
    Sample("formats/srt/hf_bom_crlf.srt", "srt", 80, 0.0, 204.358),
    Sample("formats/webvtt/captions_with_bom.vtt", "webvtt", 4, 0.5, 21.58),
    Sample("formats/webvtt/comments.vtt", "webvtt", 3, 135.0, 150.0),
    Sample("formats/webvtt/cue_tags.vtt", "webvtt", 3, 16.5, 21.5),
    Sample("formats/webvtt/hls_x_timestamp_map.vtt", "webvtt", 25, 1.0, 73.293, ("SYLVAIN GUGGER",)),
    Sample("formats/webvtt/metadata_headers_multiline.vtt", "webvtt", 2, 0.5, 11.89),
    Sample("formats/webvtt/sample.vtt", "webvtt", 16, 0.5, 64.3),
    Sample("formats/webvtt/styles.vtt", "webvtt", 1, 0.0, 10.0),
    Sample("formats/webvtt/using_identifiers.vtt", "webvtt", 6, 0.5, 27.28),
    Sample("formats/youtube_vtt/youtube_dl_rolling.vtt", "webvtt", 4, 286.07, 305.4),
    Sample("formats/youtube_vtt/yt_rolling_autocaptions.vtt", "webvtt", 48, 5.55, 73.293),
    Sample("formats/teams_vtt/graph_docs_example.vtt", "webvtt", 1, 0.0, 5.32, ("User Name",)),
    Sample("formats/teams_vtt/teams_guid_cues.vtt", "webvtt", 24, 5.55, 73.293, GUGGER),
    Sample(
        "formats/zoom_vtt/allwalletdevs_transcript.vtt", "webvtt", 30, 117.23, 499.22, ("Z. Victor Zhou (xinbenlv)",)
    ),
    Sample("formats/podcast_namespace/example.srt", "srt", 222, 0.179, 754.769, ("Gilon", "Sarah", "Travis")),
    Sample("formats/podcast_namespace/example.vtt", "webvtt", 7, 0.0, 25.35, SARAH),
    Sample("formats/sbv/gfw_accessibility.sub", "sbv", 27, 2.9, 373.43),
    Sample("formats/sbv/sample.sbv", "sbv", 5, 0.378, 17.484),  # its last cue ends before it starts
    # its first time, 00:12:19;27, is the end of the talk; the last cue, 00:12:13;10, has no end: 65 characters
    Sample("formats/stc/IntroToGoogleData_es.stc", "spruce", 267, 0.0, 737.666),
    Sample("formats/ttml_dfxp/dfxp.dfxp", "ttml", 2, 137.4, 3742.5),
    Sample("formats/ttml_dfxp/dfxp_with_different_br.dfxp", "ttml", 1, 0.0, 1.0),
    Sample("formats/ttml_dfxp/ttml.ttml", "ttml", 2, 137.4, 3742.5),
    Sample("formats/ttml_dfxp/ttml2.ttml", "ttml", 5, 0.0, 10.0),
    # frames 360 and 424 at 24000/1001
    Sample("formats/ttml_dfxp/ttml_with_fps_and_multiplier_given.ttml", "ttml", 1, 15.015, 17.684),
    Sample("formats/ttml_dfxp/ttml_with_multiple_divs.ttml", "ttml", 3, 1.464, 10.928),
    Sample("formats/other_captions/ass.ass", "substation", 2, 137.4, 3742.5),
    Sample("formats/other_captions/lrc.lrc", "lrc", 5, 8.62, 23.897),  # 19 characters after 22.63
    # 00:02:18;20 is frame 4156, the command that shows it comes 38 frames later; 01:02:24;28 is frame 112236
    Sample("formats/other_captions/scc.scc", "scc", 2, 139.94, 3744.941),
    Sample("formats/other_captions/smi.smi", "sami", 2, 137.4, 3742.5),
    Sample("formats/other_captions/stl.stl", "spruce", 2, 137.4, 3742.48),  # frames 10 and 12 of 25
    Sample("formats/other_captions/sub_microdvd.sub", "microdvd", 2, 137.387, 3742.489),  # at 23.976
    Sample("formats/other_captions/sub_viewer.sub", "sbv", 2, 137.4, 3742.5),
    Sample("formats/youtube_json3/asr.json3", "youtube", 24, 5.55, 74.793),
    Sample("formats/youtube_srv1/transcript.xml", "youtube", 3, 0.0, 8.939),
    Sample("formats/youtube_srv3/asr.srv3", "youtube", 24, 5.55, 74.793),
    Sample("formats/quirky/csv_ansi.csv", "premiere_csv", 2, 1.0, 3.0),
    Sample("formats/quirky/empty_cues_ru.srt", "srt", 95, 5.88, 268.327),
    Sample("formats/quirky/html_entity_zh.srt", "srt", 72, 5.4, 205.943),
    Sample("formats/quirky/invalid.vtt", "webvtt", 7, 0.5, 30.28),
    Sample("formats/quirky/invalid_timeframe.sbv", "sbv", 4, 0.378, 17.484),
    Sample("formats/quirky/invalid_timeframe.srt", "srt", 5, 0.5, 23.88),
    Sample("formats/quirky/invalid_timeframe.vtt", "webvtt", 7, 0.5, 30.28),
    Sample("formats/quirky/invalid_timeframe_in_cue_text.vtt", "webvtt", 3, 0.5, 16.32),
    Sample("formats/quirky/missing_caption_text.srt", "srt", 4, 0.5, 23.88),
    Sample("formats/quirky/missing_timeframe.srt", "srt", 4, 0.5, 23.88),
    Sample("formats/quirky/missing_timeframe.vtt", "webvtt", 6, 0.5, 30.28),
    Sample("formats/quirky/out_of_order.vtt", "webvtt", 3, 0.0, 15.0),
    Sample("formats/quirky/out_of_order_ru.srt", "srt", 1999, 1.1, 4810.84, ("Грег", "Йенс", "Ларс", "Стефани")),
    Sample("formats/quirky/sbv_content_named.srt", "sbv", 44, 5.44, 239.64),
    Sample("formats/quirky/sbv_named.srt", "sbv", 12, 2.46, 71.479),
    Sample("formats/quirky/shift_jis.sub", "sbv", 40, 2.9, 373.43),
    Sample("formats/quirky/short_ms_double_space_arrow.srt", "srt", 82, 0.033, 429.3),
    Sample("formats/quirky/special_token_tags.srt", "srt", 76, 0.479, 200.92),
    Sample("formats/quirky/utf16.srt", "srt", 1, 0.0, 1.0),
    Sample("formats/quirky/vtt_with_html.vtt", "webvtt", 1, 0.0, 10.0),
    Sample("formats/quirky/vtt_with_missing_text.vtt", "webvtt", 2, 0.0, 3.0),
    Sample("formats/quirky/vtt_with_multiple_new_lines.vtt", "webvtt", 2, 0.0, 3.0),
    Sample("formats/quirky/vtt_with_name.vtt", "webvtt", 1, 9.0, 11.0, ("Roger Bingham",)),
    Sample("formats/quirky/vtt_without_hours_in_timestamp.vtt", "webvtt", 1, 0.0, 10.0),
    Sample("formats/quirky/zoom_name_on_own_line.vtt", "webvtt", 3, 0.0, 14.0, ("Alice Smith", "Bob Jones")),
]
REFUSED = {
    "formats/quirky/empty.vtt": "the file is empty",
    "formats/quirky/no_captions.vtt": "no spoken text",
    "formats/quirky/invalid_format4.srt": "no spoken text",
    "formats/zoom_vtt/acdc_chat.txt": "chat|table",
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.removeprefix("formats/"))
def test_sample(sample: Sample) -> None:
    sample.check()


@pytest.mark.parametrize("path", REFUSED)
def test_no_transcripts(path: str) -> None:
    file = DATA / path
    with pytest.raises(TranscriptError, match=REFUSED[path]):
        read(file.read_bytes(), file.name)


def test_no_file_is_left_out() -> None:
    listed = {sample.path for sample in SAMPLES} | set(REFUSED)
    for folder in ("srt", "webvtt", "youtube_vtt", "teams_vtt", "zoom_vtt", "sbv", "stc", "ttml_dfxp", "other_captions",
                   "youtube_json3", "youtube_srv1", "youtube_srv3", "quirky"):  # fmt: skip
        files = {f"formats/{folder}/{file.name}" for file in (DATA / "formats" / folder).iterdir()}
        assert files <= listed


def under_time_lines(text: str) -> str:
    """The lines of SubRip, WebVTT, SBV, SubViewer and STC that are neither times, numbers nor headers."""
    text = re.sub(r"\A.*?(?=^(?:\d+\n)?[\d:.,]+ *(?:-->|,\d)|^\*TC)", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^NOTE .*$|^[\da-f-]{36}/\d+-\d+$|^second caption$", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"^(?:\d+\n)?[\d:.fd,]+ *(?:-->|,)[\d:.,fd ]+(?:[A-Za-z]+:.*)?$|^\*TC.*$", "", text, flags=re.MULTILINE
    )
    return re.sub(r"^\d+$", "", text, flags=re.MULTILINE)


def dialogue(text: str) -> str:
    return "\n".join(line.split(",", 9)[9] for line in text.split("\n") if line.startswith("Dialogue")).replace(
        "\\N", " "
    )


def segments(text: str) -> str:
    return "".join(piece["utf8"] for event in json.loads(text)["events"] for piece in event.get("segs", []))


def inside(tag: str) -> Callable[[str], str]:
    return lambda text: "\n".join(re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", text, flags=re.DOTALL | re.IGNORECASE))


WORDS: dict[str, Callable[[str], str]] = {
    "srt": under_time_lines,
    "webvtt": under_time_lines,
    "sbv": under_time_lines,
    "spruce": lambda text: under_time_lines(text) if "*TC" in text else re.sub(r"[\d:]+ , |\|", " ", text),
    "ttml": inside("p"),
    "substation": dialogue,
    "lrc": lambda text: re.sub(r"\[.*?\]", " ", text),
    "sami": inside("p"),
    "microdvd": lambda text: re.sub(r"\{.*?\}|\|", " ", text),
    "youtube": lambda text: segments(text) if text.startswith("{") else inside("p")(text) or inside("text")(text),
    "scc": lambda _: "Senator, we're making our final approach into Coruscant. Very good, Lieutenant.",
    "premiere_csv": lambda text: re.sub(r'[\d:]+,[\d:]+,"|"', " ", text),
}
WORD_FOR_WORD = Cleaning(sounds=False, pauses=False, fillers=False, stutters=False, casing=False)
MARKUP = re.compile(r"</?(?:[ibcv]|br|lang|span|p|s ac|s t)\b[^<>]*>|</s>(?=<|$)|<\d[^<>]*>|\[br\]", re.MULTILINE)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.removeprefix("formats/"))
def test_nothing_is_lost_and_nothing_said_twice(sample: Sample) -> None:
    file = DATA / sample.path
    raw = WORDS[sample.reader](decode(file.read_bytes()))
    for name in sample.speakers:  # written into the words, or in a tag
        label = re.escape(name)
        raw = re.sub(rf"(?:&gt;|>)*[ ]?\b{label}:|^{label}$|<v {label}>", " ", raw, flags=re.MULTILINE)
    raw = unescape(unescape(MARKUP.sub(" ", raw)))
    words = Counter(re.findall(r"\w+", re.sub(r"</?i>", " ", raw)))
    reading = read(file.read_bytes(), file.name)
    said = Counter(re.findall(r"\w+", " ".join(cue.text for cue in clean_cues(reading.cues, WORD_FOR_WORD))))
    if "youtube_vtt" in sample.path:  # every line stands there up to three times
        assert said.keys() == words.keys() and all(said[word] <= words[word] for word in said)
    else:
        assert said == words
    assert sum(said.values()) > 0


def test_the_forms_of_one_talk_say_the_same() -> None:
    paths = ("youtube_json3/asr.json3", "youtube_srv3/asr.srv3", "youtube_vtt/yt_rolling_autocaptions.vtt",
             "teams_vtt/teams_guid_cues.vtt")  # fmt: skip
    texts = []
    for path in paths:
        file = DATA / "formats" / path
        texts.append(" ".join(cue.text for cue in clean_cues(read(file.read_bytes(), file.name).cues)))
    assert len(set(texts)) == 1
