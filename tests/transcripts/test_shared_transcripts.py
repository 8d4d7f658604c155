"""Real files that lie beside the repository on some machines; skipped where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.segment import segment
from connector.transcripts.transcript import Reading

DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real files (shared/data) are not on this machine")


def reading(path: str) -> Reading:
    file = DATA / path
    return read(file.read_bytes(), file.name)


@pytest.mark.parametrize(
    ("pattern", "files", "cues", "format_name"),
    [
        ("huggingface-course/*.srt", 82, 6_440, "srt"),
        ("bitcointranscripts/*__*.md", 112, 14_061, "speaker_markdown"),
        ("ethereum-pm/*.vtt", 164, 62_198, "webvtt"),
    ],
)
def test_the_corpus(pattern: str, files: int, cues: int, format_name: str) -> None:
    paths = sorted((DATA / "corpus").glob(pattern))
    assert len(paths) == files
    total = 0
    for path in paths:
        result = read(path.read_bytes(), path.name)
        cleaned = clean_cues(result.cues)
        found = segment(cleaned)
        assert result.format == format_name
        assert len(cleaned) >= 5 and all(len(each.text) <= 600 for each in found)
        assert " ".join(each.text for each in found).split() == " ".join(cue.text for cue in cleaned).split()
        if format_name != "srt":
            assert sum(cue.speaker is not None for cue in cleaned) > 0.95 * len(cleaned)
        total += len(cleaned)
    assert total == cues


def test_the_first_example() -> None:
    found = segment(clean_cues(reading("premiere_example.txt").cues))
    assert [(each.start, each.speaker) for each in found] == [
        (12.0, None),
        (pytest.approx(42.9, abs=0.05), None),
    ]


@pytest.mark.parametrize(
    ("path", "format_name", "cues", "speakers"),
    [
        ("formats/premiere_txt/captions_txt_no_speaker.txt", "premiere_text", 2, 0),
        ("formats/premiere_txt/graphics_text_export.txt", "premiere_text", 2, 0),
        ("formats/premiere_txt/premiere_japanese_ui.txt", "premiere_text", 2, 2),
        ("formats/premiere_txt/premiere_nondrop_generic_speakers.txt", "premiere_text", 14, 2),
        ("formats/premiere_txt/premiere_ntsc_dropframe.txt", "premiere_text", 14, 2),
        ("formats/premiere_csv/captions_3col_no_speaker.csv", "premiere_csv", 2, 0),
        ("formats/premiere_csv/premiere_bom_crlf_blank_rows.csv", "premiere_csv", 6, 2),
        ("formats/premiere_csv/premiere_ntsc_dropframe.csv", "premiere_csv", 14, 2),
        ("formats/premiere_csv/premiere_pal25_localized_speakers.csv", "premiere_csv", 3, 2),
        ("formats/premiere_json/adobe_spec_example.json", "premiere_json", 1, 1),
        ("formats/premiere_json/two_speakers.premiere.json", "premiere_json", 14, 2),
        ("formats/quirky/csv_ansi.csv", "premiere_csv", 2, 0),
        ("formats/quirky/empty_cues_ru.srt", "srt", 95, 0),
        ("formats/quirky/utf16.srt", "srt", 1, 0),
        ("formats/quirky/invalid.vtt", "webvtt", 7, 0),
        ("formats/quirky/invalid_timeframe.vtt", "webvtt", 7, 0),
        ("formats/quirky/invalid_timeframe_in_cue_text.vtt", "webvtt", 3, 0),
        ("formats/quirky/missing_timeframe.srt", "srt", 4, 0),
        ("formats/quirky/out_of_order_ru.srt", "srt", 1920, 4),
        ("formats/quirky/short_ms_double_space_arrow.srt", "srt", 82, 0),
        ("formats/quirky/special_token_tags.srt", "srt", 74, 0),
        ("formats/quirky/vtt_with_multiple_new_lines.vtt", "webvtt", 2, 0),
        ("formats/quirky/vtt_with_name.vtt", "webvtt", 1, 1),
        ("formats/quirky/zoom_name_on_own_line.vtt", "webvtt", 3, 2),
        ("formats/podcast_namespace/example.srt", "srt", 222, 3),
        ("formats/podcast_namespace/example.vtt", "webvtt", 7, 2),
        ("formats/webvtt/hls_x_timestamp_map.vtt", "webvtt", 24, 1),
        ("formats/teams_vtt/teams_guid_cues.vtt", "webvtt", 24, 2),
        ("formats/teams_vtt/graph_docs_example.vtt", "webvtt", 1, 1),
        ("formats/zoom_vtt/allwalletdevs_transcript.vtt", "webvtt", 30, 1),
        ("formats/youtube_vtt/yt_rolling_autocaptions.vtt", "webvtt", 24, 0),
        ("formats/youtube_vtt/youtube_dl_rolling.vtt", "webvtt", 3, 0),
        ("formats/whisper_json/openai_whisper_cli.json", "whisper_json", 24, 0),
        ("formats/whispercpp_json/whispercpp_oj.json", "whisper_json", 24, 0),
        ("formats/rev_txt_style/speaker_colon_time.md", "speaker_markdown", 37, 4),
    ],
)
def test_samples(path: str, format_name: str, cues: int, speakers: int) -> None:
    result = reading(path)
    cleaned = clean_cues(result.cues)
    assert result.format == format_name
    assert len(cleaned) == cues
    assert len({cue.speaker for cue in cleaned} - {None}) == speakers


def test_rolling_captions_say_what_the_plain_ones_say() -> None:
    plain = reading("formats/whisper_json/openai_whisper_cli.json")
    rolling = reading("formats/youtube_vtt/yt_rolling_autocaptions.vtt")
    assert [cue.text for cue in clean_cues(rolling.cues)] == [cue.text for cue in clean_cues(plain.cues)]


def test_spoken_tokens_are_kept() -> None:
    text = " ".join(cue.text for cue in clean_cues(reading("formats/quirky/special_token_tags.srt").cues))
    assert "<s>" in text or "</s>" in text or "<pad>" in text


@pytest.mark.parametrize(
    "path",
    [
        "formats/zoom_vtt/acdc_chat.txt",
        "formats/quirky/empty.vtt",
        "formats/quirky/no_captions.vtt",
        "formats/quirky/invalid_format4.srt",
    ],
)
def test_no_transcripts(path: str) -> None:
    with pytest.raises(TranscriptError):
        reading(path)
