"""The registry of readers: which format a source has, told by its content, and the reading of it.

A new format is one file with a ``READER`` and one line below. A file's suffix only breaks ties: suffixes lie.
"""

from __future__ import annotations

from dataclasses import replace

from connector.transcripts.decode import LOST, decode
from connector.transcripts.formats import (
    assemblyai,
    aws_transcribe,
    deepgram,
    google_meet,
    google_stt,
    ibm_watson,
    lrc,
    meeting_json,
    microdvd,
    podcast_html,
    podcast_json,
    premiere_csv,
    premiere_json,
    premiere_markers,
    premiere_text,
    rev_json,
    rev_text,
    sami,
    sbv,
    scc,
    speaker_markdown,
    speaker_text,
    spruce,
    srt,
    substation,
    teams_text,
    timed_lines,
    timed_table,
    ttml,
    webvtt,
    whisper_json,
    whisper_tsv,
    youtube,
)
from connector.transcripts.formats.refusals import plainly, refusal, refuse_by_name
from connector.transcripts.formats.source import Reader, Source
from connector.transcripts.formats.time_lines import with_plain_arrows
from connector.transcripts.transcript import Reading

__all__ = ["READERS", "Reader", "read", "read_and_explain"]

READERS: tuple[Reader, ...] = (
    premiere_text.READER,
    premiere_csv.READER,
    premiere_json.READER,
    premiere_markers.READER,
    srt.READER,
    webvtt.READER,
    sbv.READER,
    spruce.READER,
    ttml.READER,
    substation.READER,
    sami.READER,
    scc.READER,
    lrc.READER,
    microdvd.READER,
    youtube.READER,
    whisper_json.READER,
    whisper_tsv.READER,
    assemblyai.READER,
    aws_transcribe.READER,
    deepgram.READER,
    google_stt.READER,
    ibm_watson.READER,
    meeting_json.READER,
    podcast_json.READER,
    podcast_html.READER,
    rev_json.READER,
    rev_text.READER,
    speaker_markdown.READER,
    speaker_text.READER,
    teams_text.READER,
    google_meet.READER,
    timed_lines.READER,
    timed_table.READER,
)

_DOUBTFUL = 0.95  # a reader no surer than that gives way to what a file plainly is instead of a transcript


def read(data: bytes, name: str, *, fps: float | str | None = None) -> Reading:
    """Reads a source of any known format.

    ``name`` is the file's name (its suffix breaks ties between formats); ``fps`` the frame rate of its
    timecodes, which is inferred where it is None. Raises ``TranscriptError``, without a path, where it is
    no transcript we can read.
    """
    source = _source(data, name, fps)
    found = _candidates(source, until=1.0)
    if not found:
        raise refusal(source)
    return _reading(found[0][0], source)


def read_and_explain(
    data: bytes, name: str, *, fps: float | str | None = None
) -> tuple[Reading, list[tuple[Reader, float]]]:
    """``read``, and all readers that take the source for theirs, surest first, each with how sure it is (0 to 1)."""
    source = _source(data, name, fps)
    found = _candidates(source)
    if not found:
        raise refusal(source)
    return _reading(found[0][0], source), found


def _reading(reader: Reader, source: Source) -> Reading:
    """What ``reader`` makes of the source, and a note where bytes of it were no characters."""
    reading = reader.read(source)
    first = source.text.find(LOST)
    if first < 0:
        return reading
    line = source.text.count("\n", 0, first) + 1
    count = source.text.count(LOST)
    told = f"line {line}: a character that cannot be read" + (f", the first of {count:,}" if count > 1 else "")
    return replace(reading, notes=(f"{told}; {LOST} stands in its place", *reading.notes))


def _source(data: bytes, name: str, fps: float | str | None = None) -> Source:
    refuse_by_name(data, name)
    return Source(with_plain_arrows(decode(data)), name, fps)


def _candidates(source: Source, until: float = 2.0) -> list[tuple[Reader, float]]:
    """Asks the readers of the file's suffix first, and no more of them once one is ``until`` sure."""
    own: list[tuple[Reader, float]] = []
    for reader in sorted(READERS, key=lambda reader: source.suffix not in reader.suffixes):
        if (sure := reader.sniff(source)) > 0:
            own.append((reader, sure))
            if sure >= until:
                break
    own.sort(key=lambda entry: -entry[1])  # stable: of equals the one whose suffix it is
    return [] if own and own[0][1] <= _DOUBTFUL and plainly(source) else own
