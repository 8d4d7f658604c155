"""Documents in memory and in files: the same text, however it is kept."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Text, TextError, text
from model.dataset import fingerprint, split, stream
from model.text import Document, StoredText, says_something, stored, text_file
from model.vocab import Vocabulary
from tests.model.conftest import prose


def read(document: Document) -> str:
    return "".join(document.pieces())


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "BLOCK", 100)


@pytest.mark.usefixtures("small_blocks")
class TestFile:
    @pytest.mark.parametrize(
        "data",
        [
            prose(1000).replace(". ", ".\n").encode(),
            prose(1000).replace(". ", ".\r\n").encode(),
            prose(1000).replace(". ", ".\r").encode(),
            b"\xef\xbb\xbf" + prose(300).encode(),
            "会議の録音。".encode() * 100,
            ("x" * 99 + "\r\n" + "y" * 98 + "\r\n" + "é" * 99).encode(),
            b"",
            b"a\n" * 50,
        ],
        ids=["lf", "crlf", "cr", "bom", "no line ends", "on the border", "empty", "exact"],
    )
    def test_is_what_reading_it_at_once_gives(self, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "talk.txt"
        file.write_bytes(data)
        whole = file.read_text(encoding="utf-8-sig")
        with text_file(file) as document:
            assert (document.id, document.characters) == ("talk.txt", len(whole))
            assert read(document) == whole == read(document)
            assert all(len(piece.encode()) <= 100 for piece in document.pieces())
            assert says_something(document) == bool(whole.strip())
            assert fingerprint([document]) == fingerprint([Text("talk.txt", whole)])

    def test_is_split_at_nine_tenths_as_a_text_in_memory(self, tmp_path: Path) -> None:
        whole = prose(3001).replace(". ", ".\n") + "é" * 40
        (tmp_path / "a").write_text(whole)
        with text_file(tmp_path / "a") as document:
            inside, outside = split([document]), split([Text("a", whole)])
            assert (inside.kind, inside.train_characters) == (outside.kind, outside.train_characters)
            assert inside.manifest() == outside.manifest()
            for one, other in ((inside.train, outside.train), (inside.validation, outside.validation)):
                assert [read(d) for d in one] == [read(d) for d in other]

    @pytest.mark.parametrize(("before", "wrong"), [(0, 0), (250, 250), (99, 99)])
    def test_the_first_wrong_byte_is_named(self, tmp_path: Path, before: int, wrong: int) -> None:
        (tmp_path / "bad.txt").write_bytes(b"a" * before + b"\xff" + b"b" * 300)
        with pytest.raises(TextError, match=rf"bad\.txt: byte {wrong:,} is no UTF-8"), text_file(tmp_path / "bad.txt"):
            pass

    def test_a_change_while_it_is_read_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "a.txt"
        file.write_text("one line\n" * 100)
        with text_file(file) as document:
            file.write_text("é" * 100)
            with pytest.raises(TextError, match="changed"):
                read(document)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_what_can_be_read_but_once_is_read_as_often_as_it_is_asked_for(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_text(prose(700)))
        writer.start()
        with text_file(pipe) as document:
            assert read(document) == prose(700) == read(document)
        writer.join()


@pytest.mark.usefixtures("small_blocks")
class TestStored:
    @given(texts=st.lists(st.text(st.characters()), max_size=5))
    def test_is_what_was_given(self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
        folder = tmp_path_factory.getbasetemp() / "stored"
        given = [(f"t{i}", text) for i, text in enumerate([*texts, prose(250) + "\r\n\ud800"])]
        with stored(given, folder) as documents:
            assert [(d.id, read(d)) for d in documents] == given
            assert [d.characters for d in documents] == [len(text) for _, text in given]
            for document, (_, text) in zip(documents, given, strict=True):
                head, tail = document.cut(len(text) // 3)
                assert read(head) + read(tail) == text

    @pytest.mark.skipif(os.name == "nt", reason="there such files have names until they are closed")
    def test_has_no_name_in_the_folder(self, tmp_path: Path) -> None:
        with stored([("a", "a secret")], tmp_path / "model") as (document,):
            ids = stream([document], Vocabulary().grown(document.pieces()), tmp_path / "model")
            assert list((tmp_path / "model").iterdir()) == []
            assert isinstance(document, StoredText)
        assert len(ids) == len("a secret") + 2, "still there for who looks at it"


def test_numbers_in_a_file_are_those_in_memory(tmp_path: Path) -> None:
    documents = [Text("a", prose(500)), Text("b", "")]
    vocabulary = Vocabulary().grown([prose(500)])
    kept = stream(documents, vocabulary, tmp_path / "new")
    assert kept.tolist() == stream(documents, vocabulary).tolist()
    assert kept[3:9].tolist() == kept.tolist()[3:9]
