"""Bytes to text: marks, UTF-16 without one, code pages, and what is refused by name."""

from __future__ import annotations

import re

import pytest

from connector.errors import TranscriptError
from connector.transcripts.decode import decode
from connector.transcripts.formats import read

TALK = "1\n00:00:01,000 --> 00:00:02,000\nÄn bröd åt Łódź: 橋, мост.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_unicode(encoding: str) -> None:
    assert decode(TALK.encode(encoding)) == TALK


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TALK, "00:00:01:00 - 00:00:02:00\nНеизвестный\nМост стоит на камнях.\n"])
def test_utf16_without_a_mark(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Die Brücke ist größer, c'est déjà très élégant, naïve à côté.\n"),
        ("cp1252", "It’s a loaf – “really”… isn’t it\n"),
        ("cp1250", "Příliš žluťoučký kůň. Těsto musí odpočívat, než ho dáme do trouby.\n"),
        ("cp1250", "A kovászos kenyér türelmet kíván, a híd erősebb, mint gondolnánk, könnyű.\n"),
        ("cp1251", "Сегодня мы говорим о мостах и о том, как их строят.\n"),
        ("koi8_r", "Сегодня мы говорим о мостах и о том, как их строят.\n"),
        ("cp1254", "Bugün köprülerden ve nasıl yapıldıklarından konuşacağız, ışık ve gölge.\n"),
        ("cp932", "今日は橋の話をします。パン生地は一晩寝かせます。\n"),
        ("gb18030", "今天我们来谈谈桥梁。面团要放置一夜。谢谢大家来听。\n"),
        ("cp949", "오늘은 다리에 대해 이야기하겠습니다. 반죽은 하룻밤 둡니다.\n"),
    ],
)
def test_legacy_code_pages(encoding: str, text: str) -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\n" + text
    assert decode(cue.encode(encoding)) == cue


def test_utf8_with_a_lost_byte_stays_utf8() -> None:
    data = ("Größe, Brücke, Überführung, Türöffnung. " * 10).encode()
    assert decode(data[:-1] + b"\xc3").count("\ufffd") == 1


@pytest.mark.parametrize(
    ("before", "damaged"),
    [
        ("We met at the café, Ms Müller was naïve.", b"a cut emoji \xf0\x9f\x98 here"),
        ("Not a letter beyond ASCII.", b"a cut emoji \xf0\x9f\x98 here"),
        ("At the café — it was “nice”.", b"a cut emoji \xf0\x9f\x98 here"),
        ("Grüße, schöne Brücken, überall Tüftler.", b"three bytes \xff\xfe of nothing \xc3( here"),
        ("今日は橋の話をします。\nパン生地は一晩寝かせます。\nありがとう。", b"\xe4\xbb\x8a\xe6\x97"),
    ],
)
def test_utf8_with_few_letters_beyond_ascii_and_a_lost_byte_stays_utf8(before: str, damaged: bytes) -> None:
    cue = f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{before}\n\n00:00:03.000 --> 00:00:04.000\n"
    data = cue.encode() + damaged + b"\n"
    assert decode(data) == data.decode(errors="replace")
    lost, *_ = read(data, "talk.vtt").notes
    assert re.match(
        rf"line {cue.count(chr(10)) + 1}: a character that cannot be read(, the first of \d)?; \ufffd", lost
    )


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends(end: str, encoding: str) -> None:
    assert decode(f"one{end}två{end}".encode(encoding)) == "one\ntvå\n"


def test_control_characters_are_dropped() -> None:
    assert decode(b"a tab\tstays, a bell\x07 and a \x00zero do not" + b" " * 20) == (
        "a tab\tstays, a bell and a zero do not" + " " * 20
    )


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(data: bytes) -> None:
    with pytest.raises(TranscriptError, match="the file is empty"):
        decode(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04\x14\x00word/document.xml", "a Word document"),
        (b"PK\x03\x04\x14\x00other", "a ZIP archive"),
        (b"\x00\x00\x00\x20ftypisom", "an MP4 or QuickTime recording"),
        (b"ID3\x04\x00", "an MP3 recording"),
        (bytes(range(256)) * 4, "binary data"),
        (b"\x00" * 4096, "binary data"),
    ],
)
def test_binary_files_are_named(data: bytes, what: str) -> None:
    with pytest.raises(TranscriptError, match=f"this is {what}, not a transcript") as caught:
        decode(data)
    assert caught.value.hint
