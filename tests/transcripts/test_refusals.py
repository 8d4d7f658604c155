"""What is no transcript, and the words it is refused with."""

from __future__ import annotations

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read, read_and_explain

EDL = (
    "TITLE: Sequence 01\nFCM: NON-DROP FRAME\n\n"
    "001  AX       AA/V  C        00:00:01:00 00:00:04:10 01:00:04:00 01:00:07:10\n* FROM CLIP NAME: one.mov\n\n"
    "002  AX       V     D    024 00:00:02:00 00:00:05:10 01:00:08:00 01:00:11:10\n* FROM CLIP NAME: two.mov\n\n"
    "003  AX       V     C        00:00:03:00 00:00:06:10 01:00:12:00 01:00:15:10\n* FROM CLIP NAME: three.mov\n"
)
VTT = "WEBVTT\n\n00:00.000 --> 00:05.000\n{}\n\n00:05.000 --> 00:10.000\n{}\n"

MESSAGE = ":\n\tfirst line\n\tsecond line\n\n\tlast line\n"
ZOOM_CHATS = (
    *(
        "".join(f"10:22:0{number} {header.format(name)}{MESSAGE}" for number, name in enumerate(("Mira Vald", "Zed")))
        for header in (
            "From {} to Everyone", "Von {} an Alle", "De {} à Tout le monde", "De {} a Todos", "De {} para Todos",
            "Da {} a Tutti", "Van {} aan Iedereen", "От {} кому Все", "開始 {} から 全員", "自 {} 至 所有人",
        )
    ),
    *(
        "".join(f"{time} From {name} to Everyone{MESSAGE}" for name in ("Mira", "Zed"))
        for time in ("02:33:12 PM", "2025-01-14 14:33:12", "14.01.2025 14:33:12")
    ),
    "".join(f"10:22:0{number}\t From  Mira Vald : one\ntwo\nthree\n" for number in range(6)),
    "10:22:01\t De  Mira Vald : bonjour\ntous\net toutes\n10:22:05\t De  Zed : oui\n",
)  # fmt: skip

CASES = {
    **dict.fromkeys(ZOOM_CHATS, ("chat.txt", "a Zoom chat")),
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
    "[10:00:03] <ann> hello all\n[10:00:09] <@bob> hi\n[10:01:00] * ann waves\n": ("irc.txt", "a chat"),
    "10:00 <ann> hello\n10:01 -!- bob has joined\n10:02 <bob> hi\n": ("irc.txt", "a chat"),
    EDL: ("sequence.edl", "an edit list (EDL)"),
    EDL.replace("FCM: NON-DROP FRAME\n", ""): ("sequence.txt", "an edit list (EDL)"),
    VTT.format("sprite.jpg#xywh=0,0,160,90", "sprite.jpg#xywh=160,0,160,90"): ("thumbs.vtt", "a list of thumbnails"),
    VTT.format("img/1.png", "img/2.png"): ("thumbs.vtt", "a list of thumbnails"),
    VTT.format('{"lat": 1,\n"lon": 2}', '{"lat": 1}'): ("meta.vtt", "a track of data (JSON)"),
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
    assert caught.value.hint and len(caught.value.hint) < 200


@pytest.mark.parametrize(
    "text",
    [
        "Shopping list\n- milk 10:30\n- bread 11:00\n",
        "Milk  2:30\nBread  3:00\nCheese  4:10\n",
        "9:00\nbread\n10:30\nmilk\n",
        "The oven opens at 10:30. Nobody knows why.\n\nAt 11:15 we close.\n",
        "Minutes\n1. Opening (10:00)\n2. Bread (10:15)\n",
    ],
)
def test_times_do_not_make_a_transcript(text: str) -> None:
    with pytest.raises(TranscriptError, match=r"this is text that holds times, .*: not a transcript"):
        read(text.encode(), "list.txt")


DAY = ("09:00", "Registration"), ("09:30", "Opening"), ("10:15", "Arches: a talk by Mira Vald"), ("11:00", "Coffee")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            ("Stone Days\n\n" + "".join(form.format(*entry) for entry in DAY), "stone.md")
            for form in ("{} {}\n", "[{}] {}\n", "{}:00 {}\n", "{}: {}\n", "- {} {}\n", "| {} | {} |\n", "{}\n{}\n",
                         "**{}** {}\n", "{} AM {}\n")
        ),
        ("Shopping\n9:00 bakery: bread\n10:30 market: milk\n11:15 dairy: cheese\n", "list.txt"),
        ("Agenda\n10:00 - 10:15 Welcome\n10:15 - 11:00 The arch\n11:00 - 11:30 Coffee\n", "agenda.txt"),
        ("[9:00 - 9:45] Registration\n[9:45 - 10:30] Opening\n[10:30 - 11:00] Coffee\n", "agenda.txt"),
        ("[09:02] Registration\n[09:31] Opening\n[10:17] Talk by Mira\n[11:01] Coffee\n", "agenda.txt"),
        ("Friday\n[09:00] Opening\n[20:00] Music\n\nSaturday\n[09:30] Bread\n[11:00] Farewell\n", "agenda.txt"),
        ("[09:00] Opening\n[09:30] Arches\nAn arch leans on itself, Mira says.\n[10:15] Coffee\n", "agenda.md"),
        ("Time,Session,Host\n" + "".join(f"{time},{what},Zed\n" for time, what in DAY), "stone.csv"),
        ("Time,Text\n" + "".join(f"{time},{what}\n" for time, what in DAY), "stone.csv"),
        ("Start,End,Session\n9:00,9:45,Opening\n9:45,10:30,Arches\n10:30,11:00,Coffee\n", "stone.csv"),
        ("Start\tEnd\tSession\n9:00\t9:45\tOpening\n9:45\t10:30\tArches\n10:30\t11:00\tCoffee\n", "stone.tsv"),
        ("Speaker,Start,End,Text\nMira,9:00,9:45,Arches\nZed,9:45,10:30,Bread\n", "stone.csv"),
    ],
)  # fmt: skip
def test_a_schedule(text: str, name: str) -> None:
    with pytest.raises(TranscriptError, match=r"this is a schedule, not a transcript") as caught:
        read(text.encode(), name)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0:00 Intro\n1:23 Setup\n12:40 Questions\n", "a.txt"),
        ("[0:00] Intro\n[1:23] What do we need?\n[12:40] Questions\n[1:02:10] Thanks\n", "a.txt"),
        ("(0:00) - Intro\n(1:23) - Setup\n(12:40) - Questions\n", "a.md"),
        ("We bake from the start. Enjoy!\n\n0:00 Intro\n1:23 Setup\n12:40 Bread\n\nMore at example.org\n", "a.txt"),
        ("Time,Text\n0:00,Intro\n1:23,Setup\n12:40,Questions\n", "a.csv"),
        ("Start,End,Text\n0:00,1:23,Intro\n1:23,12:40,Setup\n12:40,20:01,Questions\n", "a.csv"),
    ],
)
def test_a_chapter_list(text: str, name: str) -> None:
    with pytest.raises(TranscriptError, match=r"this is a chapter list, not a transcript"):
        read(text.encode(), name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0:10 the door opens\n2:20 a man coughs\n2:22 who is there\n9:15 nobody\n9:16 all right then\n", "a.txt"),
        ("0:10 The door opens.\n2:20 A man coughs.\n9:15 Nobody.\n", "a.txt"),
        ("[00:10.500] door\n[02:20.250] cough\n[09:15.125] nobody\n", "a.txt"),
        ("**Mira:** [0:10] yes\n\n**Zed:** [2:20] no\n\n**Mira:** [9:15] why\n", "a.md"),
        ("[0:10] 今天我们烤面包\n[0:14] 先把面揉好\n[0:19] 然后放一夜\n", "a.txt"),
        ("[10:00] Knead it until it is smooth.\n[10:05] Then it rests.\n[10:20] Over night.\n", "a.txt"),
        ("1\n00:00:10,000 --> 00:00:12,000\nIntro\n\n2\n00:09:00,000 --> 00:09:02,000\nSetup\n\n", "a.srt"),
        ("Start,End,Text\n0:10,0:12,the door\n2:20,2:22,who is there\n9:15,9:16,nobody\n", "a.csv"),
    ],
)
def test_a_talk_of_few_words_is_no_list(text: str, name: str) -> None:
    assert len(read(text.encode(), name).cues) > 1


@pytest.mark.parametrize(
    "text",
    [
        "10:22:01 Van Dam: Knead it for me.\n10:22:05 De la Cruz: To everyone: fold it.\n10:22:09 Van Dam: So be it.\n",
        "10:22:01 Mira:\n\tFrom here to there:\n\tknead it.\n10:22:05 Zed:\n\tThen fold it.\n",
    ],
)
def test_a_talk_with_names_like_a_chats_words(text: str) -> None:
    assert len(read(text.encode(), "talk.txt").cues) > 1


PROSE = "The player jumps to a moment where a line begins with its time, and goes on from there to the end.\n"


@pytest.mark.parametrize(
    "text",
    [
        f"# Player\n\n{PROSE}\n[0:05] Hello and welcome.\n[0:12] Today we bake.\n\n" + f"{PROSE}\n" * 8,
        f"# Changes\n\n{PROSE}\n## 2\n\n[0:05] now begins a cue.\n\n{PROSE * 3}\n## 1\n\n"
        f"[0:12] Name: too.\n\n{PROSE * 3}",
        f"# Player\n\n{PROSE}\n```\n[00:00:05] **Mira:** Hello.\n[00:00:12] **Zed:** Hi.\n```\n\n" + f"{PROSE}\n" * 8,
        f"# Player\n\n{PROSE * 8}\n" + "[0:05] Hello.\n[0:12] Bread.\n[0:19] Milk.\n[0:25] Bye.\n\n" + f"{PROSE * 9}",
    ],
)
def test_a_document_with_a_few_lines_of_a_transcript(text: str) -> None:
    with pytest.raises(TranscriptError, match=r"Markdown document .*not a transcript"):
        read(text.encode(), "README.md")


@pytest.mark.parametrize(
    "text",
    [
        "# Bread\n\nA talk of Mira Vald.\n\n[0:05] Hello and welcome.\n[0:12] Today we bake.\n",
        f"# Player\n\n[0:05] {PROSE}\n{PROSE}\n{PROSE * 4}\n[1:12] {PROSE}\n{PROSE}\n{PROSE * 3}",
        "".join(f"[0{hour}:00:00]\n\n" + f"Mira: {PROSE}\n" * 12 for hour in range(2)),
    ],
)
def test_two_times_make_a_transcript_where_the_text_is_theirs(text: str) -> None:
    assert len(read(text.encode(), "talk.md").cues) == 2


def test_one_picture_or_brace_among_words_is_no_players_data() -> None:
    for text in ("sprite.jpg#xywh=0,0,160,90", '{"lat": 1}', "{laughs}"):
        assert read(VTT.format(text, "Knead it.").encode(), "talk.vtt").format == "webvtt"


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
        for ask in (read, read_and_explain):
            with pytest.raises(
                TranscriptError, match=r"\.prtranscript.*binary.*not a transcript that can be read"
            ) as caught:
                ask(data, "Talk.PRTRANSCRIPT")
            assert "Export to text file" in caught.value.hint

    def test_json_under_that_name_is_read(self) -> None:
        text = '{"segments": [{"start": 1, "duration": 2, "words": [{"text": "Knead.", "start": 1}]}], "speakers": []}'
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be"):
            assert read(text.encode(encoding), "talk.prtranscript").format == "premiere_json"
