"""What speech recognisers and meeting tools write, in small: exact cues, speakers, confidences, metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from connector.transcripts.formats.json_words import speaker_label
from connector.transcripts.transcript import Cue, Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"


def reading(name: str) -> Reading:
    return read((FIXTURES / name).read_bytes(), name)


def of(value: Any) -> Reading:
    return read(json.dumps(value).encode(), "talk.json")


@pytest.mark.parametrize(
    ("name", "reader", "cues"),
    [
        (
            "aws_channels.json",  # overlapping channels are two speakers, in order of time; marks stay in their channel
            "aws_transcribe",
            [
                Cue(0.5, 1.0, "ch_0", "Knead it.", 0.8),
                Cue(0.8, 1.1, "ch_1", "Why?", 0.9),
                Cue(4.0, 4.6, "ch_1", "Because,", 1.0),
                Cue(6.0, 6.5, "ch_0", "Slowly!", 0.9),
            ],
        ),
        (
            "aws_speakers.json",
            "aws_transcribe",
            [Cue(0.1, 1.3, "spk_0", "Good bread, rests.", 0.8667), Cue(1.4, 1.75, "spk_1", "Does it?", 0.9)],
        ),
        (
            "aws_segments.json",
            "aws_transcribe",
            [Cue(0.0, 1.35, "spk_0", "Good bread, rests.", 0.8667), Cue(1.35, 1.8, "spk_1", "Does it?", 0.9)],
        ),
        (
            "deepgram_utterances.json",
            "deepgram",
            [Cue(0.2, 1.4, "Speaker 0", "Stone remembers.", 0.8), Cue(2.0, 2.4, "Speaker 1", "Does it?", 0.9)],
        ),
        (
            "deepgram_paragraphs.json",
            "deepgram",
            [Cue(0.2, 1.4, "Speaker 0", "Stone remembers.", 0.8), Cue(2.0, 2.4, "Speaker 1", "Does it?", 0.9)],
        ),
        (
            "deepgram_channels.json",
            "deepgram",
            [Cue(0.2, 1.4, "Channel 0", "Stone remembers.", 0.8), Cue(1.0, 1.2, "Channel 1", "hm", 0.5)],
        ),
        (
            "assemblyai.json",
            "assemblyai",
            [Cue(0.25, 1.1, "Speaker A", "Salt last.", 0.7), Cue(1.5, 2.1, "Speaker B", "Always?", 0.8)],
        ),
        (
            "google_v1.json",
            "google_stt",
            [Cue(1.3, 2.7, None, "the keystone goes last", 0.9), Cue(4.25, 4.9, None, "always", 0.7)],
        ),
        (
            "google_speakers.json",  # the last result says the first one's words again
            "google_stt",
            [Cue(0.1, 0.9, "Speaker 1", "who laid it"), Cue(1.1, 2.0, "Speaker 2", "the Romans")],
        ),
        (
            "google_v2.json",
            "google_stt",
            [Cue(0.0, 1.0, "Speaker 1", "An arch", 0.7), Cue(1.0, 2.5, None, "leans")],
        ),
        (
            "watson.json",  # the transcript's spelling; the guess that was not final is not said twice
            "ibm_watson",
            [
                Cue(0.1, 2.0, "Speaker 0", "the dough is 30 grams", 0.9),
                Cue(3.0, 3.6, "Speaker 0", "too wet"),
                Cue(4.0, 4.2, "Speaker 1", "no"),
            ],
        ),
        (
            "rev.json",
            "rev_json",
            [
                Cue(0.5, 2.2, "Speaker 0", "Twenty-one loaves, sold.", 0.85),
                Cue(3.0, 3.5, "Mira", "<inaudible> Bravo!", 1.0),
            ],
        ),
        (
            "fireflies.json",
            "meeting_json",
            [Cue(0.16, 2.4, "Mira", "The oven is cold."), Cue(3.0, 4.5, "Speaker 1", "Again?")],
        ),
        (
            "fireflies_download.json",
            "meeting_json",
            [Cue(1.0, 3.0, "Mira", "The oven is cold."), Cue(4.0, 5.0, "Zed", "Again?")],
        ),
        ("sembly.json", "meeting_json", [Cue(1.0, 2.5, "Mira", "We start with rye.")]),
        (
            "podcast_words.json",  # a segment for each word
            "podcast_json",
            [Cue(0.5, 1.2, "Mira", "Arches never sleep."), Cue(1.3, 2.0, "Zed", "Never ever?")],
        ),
        (
            "podcast_lines.json",
            "podcast_json",
            [Cue(0.0, 2.5, "Mira", "Arches never sleep."), Cue(2.5, 4.0, None, "Nor do they fall.")],
        ),
        (
            "whisperx.json",  # a word without a time, a segment without a speaker
            "whisper_json",
            [Cue(0.5, 2.0, "SPEAKER_00", "In 1850 it fell.", 0.8), Cue(2.5, 3.0, "SPEAKER_01", "Why?", 0.9)],
        ),
        (
            "whisper_timestamped.json",
            "whisper_json",
            [Cue(0.1, 1.0, None, "Fold it.", 0.8), Cue(1.5, 2.0, None, "Wait.", 0.4)],
        ),
        (
            "whisper_api_words.json",  # OpenAI's words have no commas; its text has
            "whisper_json",
            [Cue(0.1, 1.2, None, "Fold it, then wait."), Cue(3.0, 3.2, None, "Bread!")],
        ),
        (
            "whisper_cpp_full.json",
            "whisper_json",
            [Cue(1.5, 2.75, "Speaker 0", "Fold it.", 0.8), Cue(3.0, 4.0, None, "Wait.")],
        ),
        (
            "transformers_chunks.json",
            "whisper_json",
            [Cue(0.0, 1.5, None, "Fold it."), Cue(1.5, pytest.approx(1.8333, abs=1e-4), None, "Wait.")],
        ),
        ("whisper.tsv", "whisper_tsv", [Cue(0.0, 2.4, None, "Fold the dough."), Cue(2.4, 3.0, None, 'Wait, "now".')]),
        (
            "whisper_cpp.csv",
            "whisper_tsv",
            [Cue(0.0, 2.4, "Speaker 0", "Fold, then wait."), Cue(2.4, 3.0, "Speaker 1", 'He said "now".')],
        ),
        ("premiere_marks.json", "premiere_json", [Cue(1.5, 3.5, None, "Bread, twice.", 0.8)]),
    ],
)
def test_cues(name: str, reader: str, cues: list[Cue]) -> None:
    result = reading(name)
    assert result.format == reader
    assert list(result.cues) == cues
    assert result.notes == ()


def test_meetings_that_an_api_lists() -> None:
    meeting = {
        "title": "Ovens",
        "sentences": [{"text": "Knead.", "speaker_name": "Mira", "start_time": 1, "end_time": 2}],
    }
    answer = {"data": {"transcripts": [meeting]}}
    result = read(json.dumps(answer).encode(), "answer.json")
    assert (result.format, result.metadata["title"]) == ("meeting_json", "Ovens")
    assert result.cues == (Cue(1.0, 2.0, "Mira", "Knead."),)
    answer["data"]["transcripts"].append(meeting)
    with pytest.raises(TranscriptError, match="these are 2 meetings, not one transcript"):
        read(json.dumps(answer).encode(), "answer.json")


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (" And| so|,| the| Kub|ern|etes| cluster|.", "And so, the Kubernetes cluster."),
        ("|And| it|'s| at| [|BL|ANK|_|AUD|IO|]| 3|.|5", "And it's at [BLANK_AUDIO] 3.5"),
        (" And so| it| rests", "And so it rests"),
        ("今日|は|橋", "今日は橋"),
    ],
)
def test_tokens_of_whisper_cpp_are_put_to_words(tokens: str, said: str) -> None:
    """As ``-ml 1`` writes them: what begins with no space goes on from the token before."""
    transcription = [
        {"timestamps": {}, "offsets": {"from": 300 * number, "to": 300 * number + 300}, "text": text}
        for number, text in enumerate(tokens.split("|"))
    ]
    cues = read(json.dumps({"result": {"language": "en"}, "transcription": transcription}).encode(), "a.json").cues
    assert " ".join(cue.text for cue in cues) == said
    assert cues[-1].end == pytest.approx(0.3 * len(transcription))


def test_revs_people_write_clock_times_on_phrases() -> None:
    def said(text: str, start: int) -> dict[str, str]:
        times = {"timestamp": f"00:00:0{start},100", "end_timestamp": f"00:00:0{start + 1},000"}
        return {"type": "text", "value": text, **times}

    monologues = [
        {
            "speaker": 1,
            "elements": [said("Weigh the flour.", 1), {"type": "tag", "name": "crosstalk"}, said(" Fold.", 3)],
        },
        {"speaker": 2, "elements": [said("How?", 5)]},
    ]
    speakers = [{"id": 1, "name": "Mira"}, {"id": 2, "name": "Zed"}]
    assert list(of({"speakers": speakers, "monologues": monologues}).cues) == [
        Cue(1.1, 4.0, "Mira", "Weigh the flour. Fold."),
        Cue(5.1, 6.0, "Zed", "How?"),
    ]


@pytest.mark.parametrize("unit", [1, 1000])
@pytest.mark.parametrize("columns", ["start,end,text", "start\tend\ttext", "start,end,speaker,text"])
def test_whole_numbers_are_milliseconds_unless_nobody_could_speak_so_fast(columns: str, unit: int) -> None:
    lines = ["Weigh the flour.", "Knead it for a while and let it rest.", "Fold."]
    mark = columns[5]
    rows = [
        mark.join([str(4 * n * unit), str(4 * (n + 1) * unit), *["0"] * ("speaker" in columns), line])
        for n, line in enumerate(lines)
    ]
    result = read("\n".join([columns, *rows]).encode(), "talk.csv")
    assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [
        (4.0 * n, 4.0 * n + 4, line) for n, line in enumerate(lines)
    ]
    assert len(result.notes) == (unit == 1)


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        ("aws_speakers.json", {"language": "en-GB"}),
        ("deepgram_utterances.json", {"language": "en"}),
        ("assemblyai.json", {"language": "en_us"}),
        ("google_v1.json", {"language": "en-us"}),
        ("whisperx.json", {"language": "en"}),
        ("fireflies.json", {"title": "Bakery stand-up", "recorded": "2025-01-15"}),
        ("premiere_marks.json", {}),
    ],
)
def test_what_a_file_says_of_itself(name: str, metadata: dict[str, Any]) -> None:
    assert reading(name).metadata == metadata


@pytest.mark.parametrize(
    ("segment", "confidence"),
    [
        ({"avg_logprob": -0.21, "no_speech_prob": 0.03}, 0.8106),  # e to the -0.21
        ({"avg_logprob": -0.21, "no_speech_prob": 0.9}, 0.1),  # no surer than that anybody spoke
        ({"avg_logprob": float("-inf")}, None),
        ({"avg_logprob": 10**400}, None),
        ({"avg_logprob": "low"}, None),
        ({"confidence": float("nan")}, None),
        ({"confidence": True}, None),
        ({"confidence": 7}, None),
        ({}, None),
    ],
)
def test_how_sure_whisper_was(segment: dict[str, Any], confidence: float | None) -> None:
    result = of({"segments": [{"start": 0, "end": 1, "text": "Rise.", **segment}]})
    assert result.cues[0].confidence == confidence


@pytest.mark.parametrize(
    ("label", "speaker"),
    [
        (0, "Speaker 0"), ("3", "Speaker 3"), ("A", "Speaker A"), ("1A", "Speaker 1A"), ("Al", "Al"), ("明", "明"),
        ("spk_0", "spk_0"), ("Unknown", None), ("?", None), ("", None), (-1, None), (True, None), (1.5, None),
        ([0], None),
    ],
)  # fmt: skip
def test_what_a_speaker_is_called(label: Any, speaker: str | None) -> None:
    assert speaker_label(label) == speaker


def test_utterances_and_words_are_not_both_read() -> None:
    value = json.loads((FIXTURES / "assemblyai.json").read_text("utf-8"))
    value["sentences"] = value["paragraphs"] = value["utterances"]
    assert [cue.text for cue in of(value).cues] == ["Salt last.", "Always?"]
    del value["utterances"]
    assert [cue.text for cue in of(value).cues] == ["Salt last.", "Always?"]
    del value["sentences"], value["paragraphs"]
    assert of(value).cues == reading("assemblyai.json").cues


def test_a_long_turn_is_cut_at_its_sentences() -> None:
    said = [f"Loaf {number} is round and it is brown." for number in range(30)]
    words = [word for sentence in said for word in sentence.split()]
    timed = [
        {"text": word, "start": 300 * at, "end": 300 * at + 250, "confidence": 0.9, "speaker": "B"}
        for at, word in enumerate(words)
    ]
    turn = {"speaker": "B", "text": " ".join(said), "start": 0, "end": timed[-1]["end"], "words": timed}
    result = of({"audio_duration": 80, "utterances": [turn]})
    assert " ".join(cue.text for cue in result.cues) == " ".join(said)
    assert len(result.cues) == 15 and all(cue.text.endswith("brown.") for cue in result.cues)
    assert {cue.speaker for cue in result.cues} == {"Speaker B"}
    assert [cue.start for cue in result.cues[:3]] == [0.0, 4.8, 9.6]


def test_a_long_turn_whose_words_say_something_else_stays_whole() -> None:
    turn = {"speaker": "B", "text": "rye " * 200, "start": 0, "end": 90_000, "words": [{"text": "oat", "start": 5}]}
    (cue,) = of({"audio_duration": 80, "utterances": [turn]}).cues
    assert (cue.start, cue.end, len(cue.text.split())) == (0.0, 90.0, 200)


def test_segments_of_amazon_without_their_words_take_them_by_time() -> None:
    value = json.loads((FIXTURES / "aws_speakers.json").read_text("utf-8"))
    for segment in value["results"]["speaker_labels"]["segments"]:
        del segment["items"]
    assert of(value).cues == reading("aws_speakers.json").cues


def test_only_the_first_recording_of_a_batch_is_read() -> None:
    value = json.loads((FIXTURES / "google_v2.json").read_text("utf-8"))
    value["results"]["gs://talks/other.wav"] = value["results"]["gs://talks/arch.wav"]
    result = of(value)
    assert result.cues == reading("google_v2.json").cues
    assert result.notes == ("this file holds 2 recordings; only the first is read",)


def test_a_bare_list_of_segments() -> None:
    value = [{"text": "Knead.", "start": 1.5, "duration": 2.25}, {"text": "Rest.", "start": 4, "end": 5}]
    assert of(value).cues == (Cue(1.5, 3.75, None, "Knead."), Cue(4.0, 5.0, None, "Rest."))


# In each, "At first." and "It falls." say no time of their own.
UNTIMED = {
    "whisper_json": {
        "segments": [{"text": "At first."}, {"start": 3, "end": 4, "text": "It rises."}, {"text": "It falls."}]
    },
    "assemblyai": {
        "audio_duration": 9,
        "utterances": [{"text": "At first."}, {"start": 3000, "end": 4000, "text": "It rises."}, {"text": "It falls."}],
    },
    "aws_transcribe": {
        "results": {
            "audio_segments": [
                {"transcript": "At first."},
                {"start_time": "3.0", "end_time": "4.0", "transcript": "It rises."},
                {"transcript": "It falls."},
            ]
        }
    },
    "deepgram": {
        "results": {
            "utterances": [
                {"transcript": "At first."},
                {"start": 3, "end": 4, "transcript": "It rises."},
                {"transcript": "It falls."},
            ]
        }
    },
    "ibm_watson": {
        "results": [
            {"alternatives": [{"transcript": "At first."}]},
            {"alternatives": [{"transcript": "It rises.", "timestamps": [["It rises.", 3, 4]]}]},
            {"alternatives": [{"transcript": "It falls."}]},
        ]
    },
    "meeting_json": {
        "sentences": [
            {"text": "At first."},
            {"speaker_name": None, "start_time": 3, "end_time": 4, "text": "It rises."},
            {"text": "It falls."},
        ]
    },
    "podcast_json": {
        "segments": [{"body": "At first."}, {"startTime": 3, "endTime": 4, "body": "It rises."}, {"body": "It falls."}]
    },
    "premiere_json": {
        "speakers": [],
        "segments": [
            {"words": [{"text": "At first."}]},
            {"start": 3, "duration": 1, "words": [{"text": "It rises.", "start": 3, "duration": 1}]},
            {"words": [{"text": "It falls."}]},
        ],
    },
    "rev_json": {
        "monologues": [
            {"elements": [{"type": "text", "value": "At first."}]},
            {"elements": [{"type": "text", "value": "It rises.", "ts": 3, "end_ts": 4}]},
            {"elements": [{"type": "text", "value": "It falls."}]},
        ]
    },
}


@pytest.mark.parametrize("reader", UNTIMED)
def test_words_without_a_time_stand_beside_their_neighbours(reader: str) -> None:
    result = of(UNTIMED[reader])
    assert result.format == reader
    assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [
        (3.0, 3.0, "At first."),
        (3.0, 4.0, "It rises."),
        (4.0, 4.6, "It falls."),
    ]
    before, after = result.notes
    assert before.endswith("1 says no time; placed before the first that says one")
    assert after.endswith("3 says no time; placed after the one before")


def test_a_table_of_whispers_with_lines_without_times() -> None:
    text = "start\tend\ttext\n3000\t4000\tIt rises.\nsoon\t5000\tIt falls.\nIt sinks.\n5000\t6000\tIt rests.\n"
    result = read(text.encode(), "talk.tsv")
    assert [(cue.start, cue.text) for cue in result.cues] == [
        (3.0, "It rises."),
        (4.0, "It falls."),
        (4.0, "It sinks."),
        (5.0, "It rests."),
    ]
    assert result.notes == tuple(f"line {n}: a line without its times; placed after the one before" for n in (3, 4))


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"segments": {}}}',
            "a JSON Schema",
            None,
        ),
        ('{"segments": []}', "no known transcript format .its keys: 'segments'", None),
        ('{"segments": [{"start": NaN, "end": NaN, "text": "Rise."}]}', "no spoken text", None),
        ('{"start": 0, "end": 1, "text": "Rise."}\n{"start": 1, "end": 2, "text": "Fall."}\n', "NDJSON", 2),
        ('{"segments": [' * 60_000, "nested too deeply", None),
        ('{"results": {"items": [{"type": "pronunciation", "alternatives": []}]}}', "no spoken text", None),
        (
            '{"text": "Rise.", "words": [{"text": "Rise.", "start": 0.5, "end": 0.9}]}',
            "its keys: 'text', 'words'",
            None,
        ),
        ('{"' + "k" * 5000 + '": 1}', "no known transcript format .its keys: 'k{40}'\\)", None),
    ],
)
def test_what_is_no_transcript(text: str, reason: str, line: int | None) -> None:
    with pytest.raises(TranscriptError, match=reason) as caught:
        read(text.encode(), "talk.json")
    assert caught.value.line == line and caught.value.hint


def test_of_two_keys_of_one_name_the_last_counts() -> None:
    text = '{"segments": [], "segments": [{"start": 0, "end": 1, "text": "Rise."}]}'
    assert [cue.text for cue in read(text.encode(), "talk.json").cues] == ["Rise."]
