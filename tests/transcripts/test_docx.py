"""Word documents: their text, and the archives that are none or mean harm."""

from __future__ import annotations

import io
import zipfile

import pytest

from connector.errors import TranscriptError
from connector.transcripts.decode import decode
from connector.transcripts.docx import docx_text
from connector.transcripts.formats import read
from connector.transcripts.transcript import Cue

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HEAD = f'<w:document xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>'
TAIL = "</w:body></w:document>"


def archive(name: str = "word/document.xml", content: str | bytes = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("[Content_Types].xml", "<Types/>")
        written.writestr(name, content)
    return file.getvalue()


def text_of(body: str) -> str:
    return docx_text(archive(content=HEAD + body + TAIL))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<w:p><w:r><w:t>Mira</w:t><w:tab/><w:t>0:05</w:t><w:br/><w:t>Knead.</w:t></w:r></w:p>",
            "Mira\t0:05\nKnead.\n",
        ),
        ("<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r></w:p><w:p/>", "a\n\n"),
        ("<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>", "link\n"),
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new\n",
        ),
        (
            "<w:p><w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>x</w:t></w:r></w:moveTo></w:p>",
            "x\n",
        ),
        (
            "<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r></w:p>",
            "co-op\n",
        ),
        ("<w:p><w:r><w:t>a</w:t><mc:Fallback><w:t>a</w:t></mc:Fallback></w:r></w:p>", "a\n"),
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>0:05</w:t></w:r></w:p></w:tc>"
            "<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
            "0:05 \ta b\n",
        ),
    ],
)
def test_text(body: str, text: str) -> None:
    assert text_of(body).replace(" \n", "\n") == text


def test_the_strict_namespace_and_another_name() -> None:
    body = HEAD.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main") + "<w:p><w:r><w:t>a</w:t></w:r></w:p>"
    assert docx_text(archive("word/document2.xml", body + TAIL)) == "a\n"


def test_teams_old_export_with_time_name_and_words_in_runs_of_their_own() -> None:
    runs = [("0:0:1.0 --> 0:0:5.320", "Vald, Mira", "Knead."), ("0:0:6.0 --> 0:0:7.5", "Stone, Zed", "Fold."),
            ("0:0:8.0 --> 0:0:9.0", "Vald, Mira", "Rest.")]  # fmt: skip
    body = "".join(
        f"<w:p><w:r><w:t>{time}</w:t></w:r><w:r><w:br/><w:t>{name}</w:t></w:r><w:r><w:br/><w:t>{words}</w:t></w:r></w:p>"
        for time, name, words in runs
    )
    result = read(archive(content=HEAD + body + TAIL), "talk.docx")
    assert result.format == "teams_text"
    assert result.cues[0] == Cue(1.0, 5.32, "Vald, Mira", "Knead.")
    assert [cue.speaker for cue in result.cues] == ["Vald, Mira", "Stone, Zed", "Vald, Mira"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive("xl/workbook.xml"), "this is an Excel workbook, not a transcript"),
        (archive("ppt/presentation.xml"), "this is a PowerPoint file, not a transcript"),
        (archive("talk.srt"), "this is a ZIP archive, not a transcript"),
        (archive("word/styles.xml"), "this is a Word document, not a transcript"),
        (archive(content=HEAD), "a damaged Word document, not a transcript"),
        (archive(content=b"\xff\x00" * 50), "a damaged Word document, not a transcript"),
        (archive(content=HEAD + "<w:p>" * 100_000), "a damaged Word document"),
        (
            archive(content='<!DOCTYPE d [<!ENTITY a "x">]>' + HEAD + "&a;" + TAIL),
            "XML entities in it, not a transcript",
        ),
        (archive(content='<!DOCTYPE d SYSTEM "file:///etc/passwd">' + HEAD + TAIL), "XML entities in it"),
        (archive(content=HEAD + " " * 30_000_000 + TAIL), "unpacks to more than"),
        (archive(content=HEAD + TAIL), "the file is empty"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(TranscriptError, match=reason):
        decode(data)


def test_deep_nesting_is_read() -> None:
    deep = 100_000
    assert text_of("<w:sdt>" * deep + "<w:p><w:r><w:t>a</w:t></w:r></w:p>" + "</w:sdt>" * deep) == "a\n"


def test_an_encrypted_part() -> None:
    data = bytearray(archive(content=HEAD + TAIL))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of encryption, in both headers
        start = data.rindex(mark)
        data[start + at] |= 1
    with pytest.raises(TranscriptError, match="encrypted"):
        decode(bytes(data))


def test_a_locked_office_file() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(TranscriptError, match="locked with a password, not a transcript"):
        decode(data)


def test_every_damage_is_told() -> None:
    data = archive(content=HEAD + "<w:p><w:r><w:t>0:05 Knead.</w:t></w:r></w:p>" + TAIL)
    for at in range(4, len(data)):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
            try:
                decode(damaged)
            except TranscriptError as error:
                assert error.reason
