"""What is no transcript, and the words it is refused with."""

from __future__ import annotations

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import candidates, read

CASES = {
    "10:22:01\tMira Vald:\thello all\n10:22:05\tZed:\thi\n": ("chat.txt", "a Zoom chat"),
    "10:22:01 From Mira Vald to Everyone:\n\thello\n10:22:05 From Zed to Mira(direct message):\n\thi\n": (
        "chat.txt",
        "a Zoom chat",
    ),
    "10:22:01\t From  Mira Vald : hello\n10:22:05\t From  Zed : hi\n": ("chat.txt", "a Zoom chat"),
    "From Mira to Everyone:  09:48 AM\nhello\nFrom Zed to Everyone:  09:49 AM\nhi\n": ("chat.txt", "a Zoom chat"),
    "[14/01/25, 10:22:01] Mira: hi\n[14/01/25, 10:23:01] Zed: yes\n": ("chat.txt", "a chat"),
    "2025-01-14 10:22:01,123 INFO oven: hot\n2025-01-14 10:22:02,500 ERROR oven: too hot\n": ("oven.txt", "a log file"),
    "10:22:01 INFO started\n10:22:02 WARN hot\n10:22:05 INFO done\n": ("oven.txt", "a log file"),
    "[10:22:01] [main/INFO]: started\n[10:22:02] [main/WARN]: hot\n": ("oven.txt", "a log file"),
    "Jan 14 10:22:01 host oven[1]: lit\nJan 14 10:22:02 host oven[1]: hot\n": ("oven.txt", "a log file"),
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Bake\nEND:VEVENT\n": ("a.txt", "a calendar"),
    "From: Mira <m@example.org>\nTo: zed@example.org\nSubject: Bread\n\nAt 10:30:\n\nyes\n": ("a.txt", "an e-mail"),
    "<!doctype html><html><body><p>Open 9:00</p></body></html>": ("a.html", "an HTML page"),
    "{\\rtf1 hello}": ("a.rtf", "an RTF document"),
    "# Oven\n\n- clean\n- use\n\n## Use\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nOpen at 10:30.\n": (
        "README.md",
        "a Markdown",
    ),
    "The MIT License\n\nPermission is hereby granted, free of charge, to any person\n": ("LICENSE", "a licence"),
    "import os\n\n\ndef bake(x):\n    return x\n\n\nclass Oven:\n    x = 1\n": ("a.txt", "source code"),
    "x = '0:05'\n": ("a.py", "source code"),
    "[oven]\nheat = 1\nname = x\n": ("a.txt", "a configuration file"),
    "date,time,item\n2025-01-01,10:30,bread\n": ("a.csv", "a table without columns of times and text"),
    "time,temperature,note\n10:30:00,20,warm\n": ("a.csv", "a table without columns of times and text"),
    '{"loaves": 3}': ("a.json", "JSON"),
    "The bridge stands.": ("a.txt", "text without times"),
    "The bridge stands. ": ("a.md", "a Markdown document without times"),
}


@pytest.mark.parametrize(("text", "name", "what"), [(text, *told) for text, told in CASES.items()])
def test_what_it_is(text: str, name: str, what: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        read(text.encode(), name)
    assert caught.value.reason.startswith((f"this is {what}", f"this {what} is"))
    assert "not a transcript" in caught.value.reason
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "Shopping\n9:00 bakery: bread\n10:30 market: milk\n11:15 dairy: cheese\n",
        "Shopping list\n- milk 10:30\n- bread 11:00\n",
        "Milk  2:30\nBread  3:00\nCheese  4:10\n",
        "9:00\nbread\n10:30\nmilk\n",
        "Agenda\n10:00 - 10:15 Welcome\n10:15 - 11:00 The arch\n11:00 - 11:30 Coffee\n",
        "The oven opens at 10:30. Nobody knows why.\n\nAt 11:15 we close.\n",
        "Minutes\n1. Opening (10:00)\n2. Bread (10:15)\n",
    ],
)
def test_times_do_not_make_a_transcript(text: str) -> None:
    with pytest.raises(TranscriptError, match=r"this is text that holds times, .*: not a transcript"):
        read(text.encode(), "list.txt")


def test_a_document_that_quotes_a_transcript() -> None:
    text = (
        "# Reading\n\n- one\n- two\n- three\n\n## Layout\n\n```\n00:00:12:00 - 00:00:42:17\nUnknown\nWords.\n```\n\n"
        "- `[hh:mm:ss]`\n- more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    with pytest.raises(TranscriptError, match="a Markdown document, not a transcript"):
        read(text.encode(), "README.md")


class TestPremieresOwnFile:
    @pytest.mark.parametrize("data", [b"\x14\x00\x00\x00PTRN\x00\x01", b"some words 0:05", b""])
    def test_is_refused_with_what_to_do(self, data: bytes) -> None:
        for ask in (read, candidates):
            with pytest.raises(
                TranscriptError, match=r"\.prtranscript.*binary.*not a transcript that can be read"
            ) as caught:
                ask(data, "Talk.PRTRANSCRIPT")
            assert "Export to text file" in caught.value.hint

    def test_json_under_that_name_is_read(self) -> None:
        text = '{"segments": [{"start": 1, "duration": 2, "words": [{"text": "Knead.", "start": 1}]}], "speakers": []}'
        assert read(text.encode(), "talk.prtranscript").format == "premiere_json"
