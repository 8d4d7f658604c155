"""Every real file of a recogniser or meeting tool: what it reads as, and that each word is said once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import Cleaning, clean_cues
from connector.transcripts.formats import read
from tests.transcripts.samples import Sample

LEFT_OUT = "formats/premiere_json/transcript_format_spec.json"
AWS = "formats/aws_transcribe/"
DEEPGRAM = "formats/deepgram/"
WHISPER = "formats/whisper_json/"
NEWS, ARIA = ("SPEAKER_00", "SPEAKER_01"), ("Audrow Nash", "Jenny Read")
ALICE, ALICE_SMITH = ("Alice", "Bob"), ("Alice Smith", "Bob Jones")
STRING = r':\s*("(?:[^"\\]|\\.)*")'

# Counted in the files: turns where a file has turns; where it has words alone, the cues that speakers, pauses of
# 1.5 seconds, ends of sentences after 60 characters, 200 characters and 15 seconds make of them.
SAMPLES = [
    Sample("formats/assemblyai/assemblyai_transcription.json", "assemblyai", 2, 0.17, 25.14, ("Speaker A",)),
    Sample("formats/assemblyai/assemblyai_utterances.json", "assemblyai", 1, 0.17, 25.14, ("Speaker A",)),
    Sample(AWS + "02-channel-identification.json", "aws_transcribe", 17, 0.49, 141.54, ("ch_0", "ch_1")),
    Sample(AWS + "03-speaker-identification.json", "aws_transcribe", 24, 0.49, 141.54, ("spk_0", "spk_1", "spk_2")),
    Sample(DEEPGRAM + "dg_transcription.json", "deepgram", 3, 0.08, 25.44),
    Sample(DEEPGRAM + "dg_utterances.json", "deepgram", 6, 0.08, 25.44),
    Sample(DEEPGRAM + "dg_whisper_transcription.json", "deepgram", 2, 0.06, 25.56),
    Sample("formats/fireflies/sample.json", "meeting_json", 3, 0.0, 14.0, ALICE),
    Sample("formats/google_stt/pulled_google_transcription.json", "google_stt", 2, 0.0, 144.6),
    Sample("formats/ibm_watson/pulled_transcription.json", "ibm_watson", 5, 0.75, 30.0),
    Sample("formats/podcast_namespace/example.json", "podcast_json", 2, 0.5, 3.0, ("Darth Vader", "Luke")),
    Sample("formats/premiere_json/adobe_spec_example.json", "premiere_json", 1, 1.74, 5.53, ("Jane Doe",)),
    Sample("formats/premiere_json/two_speakers.premiere.json", "premiere_json", 14, 0.1, 154.221, ARIA),
    Sample("formats/rev_json/revai_transcript.json", "rev_json", 21, 0.3, 106.33, ("Speaker 0",)),
    Sample("formats/sembly/sample.json", "meeting_json", 3, 0.0, 14.0, ALICE_SMITH),
    Sample(WHISPER + "openai_whisper_cli.json", "whisper_json", 24, 5.55, 73.293),
    Sample(WHISPER + "openai_whisper_cli.tsv", "whisper_tsv", 24, 5.55, 73.293),
    Sample(WHISPER + "whisper_timestamped.json", "whisper_json", 4, 0.12, 25.32),
    Sample("formats/whispercpp_json/whispercpp_oj.json", "whisper_json", 24, 5.55, 73.293),
    Sample("formats/whisperx_json/transcriptx_standard.json", "whisper_json", 3, 0.0, 11.0, NEWS),
    Sample("formats/whisperx_json/whisperx_diarized.json", "whisper_json", 24, 5.55, 73.293, NEWS),
]

# Which key of the raw file holds what was said; True where the longest of its strings holds all of it.
SPOKEN = {
    "assemblyai": ("text", True),
    "aws_transcribe": ("transcript", True),
    "deepgram": ("transcript", True),
    "fireflies": ("text", False),
    "google_stt": ("transcript", False),
    "ibm_watson": ("transcript", False),
    "podcast_namespace": ("body", False),
    "premiere_json": ("text", False),
    "rev_json": ("value", False),
    "sembly": ("words_str", False),
    "whisper_json": ("text", True),
    "whispercpp_json": ("text", False),
    "whisperx_json": ("text", False),
}
MIXED = {AWS + "02-channel-identification.json"}  # the file tells two channels in another order than time


def spoken(path: Path) -> list[str]:
    """The words of the raw file, found without a JSON parser."""
    raw = path.read_text("utf-8")
    if path.suffix == ".tsv":
        said = [line.split("\t")[2] for line in raw.splitlines()[1:]]
    else:
        key, longest = SPOKEN[path.parent.name]
        strings = [json.loads(found) for found in re.findall(f'"{key}"{STRING}', raw)]
        said = [max(strings, key=len)] if longest else strings
    glue = "" if path.parent.name == "rev_json" else " "
    return re.findall(r"\w+", glue.join(said))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.removeprefix("formats/"))
def test_samples(sample: Sample, shared_data: Path) -> None:
    sample.check()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.removeprefix("formats/"))
def test_each_word_is_said_once(sample: Sample, shared_data: Path) -> None:
    cues = clean_cues(sample.reading().cues, Cleaning(fillers=False, stutters=False, sounds=False))
    found = re.findall(r"\w+", " ".join(cue.text for cue in cues))
    expected = spoken(shared_data / sample.path)
    if sample.path in MIXED:
        found, expected = sorted(found), sorted(expected)
    assert found == expected


def test_every_file_has_its_line(shared_data: Path) -> None:
    files = {
        path.relative_to(shared_data).as_posix()
        for folder in SPOKEN
        for path in (shared_data / "formats" / folder).iterdir()
        if folder != "podcast_namespace" or path.suffix == ".json"
    }
    assert files - {LEFT_OUT} == {sample.path for sample in SAMPLES}


def test_adobes_schema_is_no_transcript(shared_data: Path) -> None:
    file = shared_data / LEFT_OUT
    with pytest.raises(TranscriptError, match="JSON Schema"):
        read(file.read_bytes(), file.name)


@pytest.mark.parametrize(
    ("path", "at", "speaker", "text", "confidence"),
    [
        (AWS + "02-channel-identification.json", 0, "ch_1", "She was gone out into the village", 0.98),
        (AWS + "02-channel-identification.json", 3, "ch_0", "it will be well for you if you join,", 0.97),
        (AWS + "03-speaker-identification.json", 4, "spk_1", "to feed his sheep,", 0.99),
        (DEEPGRAM + "dg_transcription.json", 0, None, "Yeah. As as much as, it's worth celebrating, the first,", 0.95),
        (DEEPGRAM + "dg_whisper_transcription.json", 1, None, "anything it is to honor the women", 0.89),
        ("formats/ibm_watson/pulled_transcription.json", 2, None, "it is rather old because Sarah is fact", 0.85),
        ("formats/rev_json/revai_transcript.json", 0, "Speaker 0", "Hi, my name's Jack resinger. And I'm", 0.98),
        ("formats/podcast_namespace/example.json", 0, "Darth Vader", "I am your father.", None),
        (WHISPER + "whisper_timestamped.json", 0, None, "Yeah, as much as it's worth celebrating", 0.91),
        ("formats/whisperx_json/whisperx_diarized.json", 2, "SPEAKER_00", "is to leverage the knowledge", 0.88),
    ],
)
def test_some_of_their_cues(
    path: str, at: int, speaker: str | None, text: str, confidence: float | None, shared_data: Path
) -> None:
    cue = Sample(path, "", 0, 0, 0).reading().cues[at]
    assert (cue.speaker, cue.text[: len(text)]) == (speaker, text)
    assert cue.confidence == (None if confidence is None else pytest.approx(confidence, abs=0.006))
