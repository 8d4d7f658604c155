"""Words whose own time cannot be read: every reader keeps them, in their place, and names the line."""

from __future__ import annotations

import json

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read

SCC_HELLO = "9420 9420 94ae 94ae 9470 9470 c8e5 ecec efa1 942f 942f"
EVENTS = "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, Effect, Text\n"
TT = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>\n{}\n</div></body></tt>'
# By the name of the file: its text, what is said, and the lines that are told of.
KEPT = {
    "a.ass": (
        f"{EVENTS}Dialogue: 0,0:00:01.00,0:00:02.00,D,Ann,,one\nDialogue: 0,0:00:xx.00,0:00:04.00,D,Bob,,two\n"
        "Dialogue: 0,99999:00:05.00,0:00:06.00,D,Bob,,three\n",
        [(1.0, "one"), (2.0, "two"), (4.0, "three")],
        [5, 6],
    ),
    "b.smi": (
        "<SAMI><BODY>\n<!-- of\ntwo lines -->\n<SYNC Start=1000><P Class=ENCC>one\n<SYNC Start=abc><P Class=ENCC>two\n"
        "<SYNC Start=3000><P Class=ENCC>three\n<SYNC Start=99999999999999><P Class=ENCC>four</BODY></SAMI>",
        [(1.0, "one\ntwo"), (3.0, "three\nfour")],
        [5, 7],
    ),
    "c.sub": (
        "{1}{1}25\n{25}{50}one\n{xx}{80}{y:i}two|2\n{100}{125}three\nfour\n{99999999999}{999999999999}five\n"
        "{DEFAULT}{}{C:$0000ff}\n",
        [(1.0, "one"), (2.0, "two\n2"), (4.0, "three"), (5.0, "four"), (5.0, "five")],
        [3, 5, 6],
    ),
    "d.scc": (
        f"Scenarist_SCC V1.0\n\n00:00:01:00\t{SCC_HELLO}\n\n00:00:04:00\t942c 942c\n\n00:00:xx:00\t{SCC_HELLO}\n",
        [(1.3013, "Hello!"), (4.371033, "Hello!")],
        [7],
    ),
    "e.srv1": (
        '<?xml version="1.0"?>\n<transcript>\n<text start="0" dur="1">one</text>\n<text start="q" dur="1">two</text>\n'
        '<text>three</text>\n<text start="4">four</text>\n</transcript>',
        [(0.0, "one"), (1.0, "two"), (1.0, "three"), (4.0, "four")],
        [4, 5],
    ),
    "f.md": (
        "Ann: 00:00:01\n\none\n\nBob: 00:0x:02\n\ntwo\n\nAnn: 00:00:03\n\nthree\n\nBob: 9999:00:00\n\nfour\n",
        [(1.0, "one"), (1.0, "two"), (3.0, "three"), (3.0, "four")],
        [5, 13],
    ),
    "g.stc": (
        "*TC 00:00:01;00\none\n\n*TC 00:00:xx;00\ntwo\n\n*TC 00:00:05;00\nthree\n",
        [(1.001, "one\ntwo"), (5.005, "three")],
        [4],
    ),
    "h.stl": (
        "$FontName = Arial\n00:00:01:00 , 00:00:02:00 , one\n00:00:xx:00 , 00:00:04:00 , two | 2\n"
        "$Bold = TRUE\n00:00:05:00 , 00:00:06:24 , three\n",
        [(1.0, "one"), (2.0, "two\n2"), (5.0, "three")],
        [3],
    ),
    "i.sub": (
        "[BEGIN]\n[DELAY]\n0\n[START SCRIPT]\n"
        "[00:00:01]\none\n[00:xx:03]\ntwo\n[00:00:05]\nthree\n[9999:00:05]\nfour\n",
        [(1.0, "one\ntwo"), (5.0, "three\nfour")],
        [7, 11],
    ),
    "j.html": (
        "<p>one</p>\n<cite>Ann:</cite><time>0:01</time>\n<p>two</p>\n<cite>Bob:</cite><time>0:05</time><p>three</p>",
        [(1.0, "one"), (1.0, "two"), (5.0, "three")],
        [1],
    ),
    "k.ttml": (
        TT.format(
            '<p begin="1s" end="2s">one</p>\n<p begin="xx" end="4s">two</p>\n<p begin="99999999999h" end="3s">three</p>'
            '\n<p begin="5s" dur="1s">four</p>'
        ),
        [(1.0, "one"), (2.0, "two"), (4.0, "three"), (5.0, "four")],
        [3, 4],
    ),
    "l.ttml": (  # a paragraph that is but a frame: its lines say when
        TT.format('<p begin="xx"><span begin="1s" end="2s">one</span><br/><span begin="2s" end="3s">two</span></p>'),
        [(1.0, "one\ntwo")],
        [],
    ),
}


@pytest.mark.parametrize(("name", "text", "said", "lines"), [(name, *case) for name, case in KEPT.items()])
def test_words_without_a_time_are_kept(name: str, text: str, said: list[tuple[float, str]], lines: list[int]) -> None:
    result = read(text.encode(), name)
    assert [(round(cue.start, 6), cue.text) for cue in result.cues] == said
    told = [note.partition(":")[0] for note in result.notes if "line " in note]
    assert told == [f"line {line}" for line in lines]


def test_json3_names_the_line_and_keeps_what_is_appended() -> None:
    events = [
        {"tStartMs": 1000, "dDurationMs": 1000, "segs": [{"utf8": "one"}]},
        {"wWinId": 1, "segs": [{"utf8": "two"}]},
        {"wWinId": 1, "aAppend": 1, "segs": [{"utf8": " more"}]},
    ]
    result = read(json.dumps({"events": events}, indent=0).encode(), "talk.json3")
    assert [(cue.start, cue.text) for cue in result.cues] == [(1.0, "one"), (2.0, "two more")]
    assert len(result.notes) == 1
    assert result.notes[0].endswith("placed after the one before")


LONG = "1000000000000:00:00"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("hours.srt", f"1\n{LONG},000 --> {LONG},500\nhi there\n", 2),
        ("hours.srt", "1\n9999:00:00,000 --> 9999:00:01,000\nhi there\n", 2),
        ("hours.tsv", "start\tend\ttext\n3600000000000000\t3600000000000001\thi\n", 2),
        ("hours.ass", f"{EVENTS}Dialogue: 0,{LONG}.00,{LONG}.50,D,,,hi\n", 4),
    ],
)
def test_a_time_above_1000_hours_is_the_reason(name: str, text: str, line: int) -> None:
    with pytest.raises(TranscriptError, match="a time above 1000 hours") as caught:
        read(text.encode(), name)
    assert caught.value.line == line


def test_many_lost_times_are_read_in_time() -> None:
    """What looks for their lines and joins their words stays linear: the square would take minutes."""
    paragraphs = '<p begin="&#120;x">two</p>' * 30_000
    assert len(read(TT.format(f'<p begin="1s" end="2s">one</p>{paragraphs}').encode(), "a.ttml").cues) == 30_001
    syncs = "<SYNC <!-- --> Start=x>two" * 30_000
    assert read(f"<SAMI><BODY><SYNC Start=1000>one{syncs}".encode(), "a.smi").cues[0].text.count("two") == 30_000
