"""The index is a view: it equals the ledger, document by document, whatever happened on the way."""

from __future__ import annotations

import shutil

import pytest

from connector.archive import heart
from connector.archive.groups import all_documents
from connector.archive.status import status
from connector.archive.writer import DAEMON, Archive, DataFolderInUseError, writing
from connector.config import Settings
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import ingest
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.support import talk


def take_in(archive: Archive, name: str, text: str) -> str:
    inbox = Inbox(archive.settings)
    (archive.settings.inbox / name).write_text(text)
    found = inbox.find(archive.settings.inbox / name)
    assert found is not None
    result = ingest(found, inbox, archive.ledger, archive.settings)
    assert result.transcript_id is not None, result
    return result.transcript_id


def shown(archive: Archive) -> list[str]:
    with Index.open(archive.settings.index_folder) as index:
        return sorted(document.canonical for document in index.documents())


def truth(archive: Archive) -> list[str]:
    groups = all_documents(archive.ledger, archive.settings)
    return sorted(document.canonical for _, documents in groups for document in documents)


def test_the_index_equals_the_ledger_after_every_change(archive: Archive) -> None:
    first = take_in(archive, "a.srt", talk("bread"))
    take_in(archive, "b.srt", talk("bridges"))
    archive.view.sync()
    assert shown(archive) == truth(archive) and len(shown(archive)) > 4
    take_in(archive, "a.srt", talk("baking"))
    archive.view.sync()
    assert shown(archive) == truth(archive)
    assert not any("bread" in document for document in shown(archive))
    archive.ledger.forget(first)
    archive.view.sync()
    assert shown(archive) == truth(archive)
    assert archive.view.sync() == 0


def test_rebuild_gives_the_same_documents_one_by_one(archive: Archive) -> None:
    for name in ("bread", "bridges", "tickets"):
        take_in(archive, f"{name}.srt", talk(name))
    archive.view.sync()
    before = shown(archive)
    assert archive.view.rebuild() == len(before)
    assert shown(archive) == before


@pytest.fixture
def filled(settings: Settings) -> Settings:
    with writing(settings, "test", lambda _: None) as archive:
        take_in(archive, "a.srt", talk("bread"))
        archive.view.sync()
    return settings


def test_what_the_index_missed_is_replayed_at_the_next_start(filled: Settings) -> None:
    with writing(filled, "test", lambda _: None) as archive:
        take_in(archive, "b.srt", talk("bridges"))  # in the ledger; killed before the index
    with writing(filled, "test", lambda _: None) as archive:
        assert archive.view.sync() == 1
        assert shown(archive) == truth(archive)


@pytest.mark.parametrize("damage", ["gone", "garbage", "torn", "flipped"])
def test_a_damaged_index_is_built_anew(filled: Settings, damage: str) -> None:
    if damage == "gone":
        shutil.rmtree(filled.index_folder)
    for file in filled.index_folder.glob("*"):
        if damage == "garbage":
            file.write_bytes(b"\x00garbage" * 20)
        elif damage == "torn" and file.suffix in (".toc", ".seg"):
            file.write_bytes(file.read_bytes()[:-40])
        elif damage == "flipped" and file.suffix == ".seg":
            content = file.read_bytes()
            file.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    said: list[str] = []
    seen: list[tuple[int, int]] = []
    with writing(filled, "test", said.append, lambda *far: seen.append(far)) as archive:
        archive.view.sync()
        assert shown(archive) == truth(archive) != []
    assert damage == "gone" or any("anew" in line for line in said)
    assert seen[-1:] == ([(1, 1)] if any("anew" in line for line in said) else []), "how far it is"


def test_an_index_that_shows_more_than_the_ledger_is_built_anew(filled: Settings) -> None:
    """As after a ledger of yesterday was put back by hand: what the index shows is not what the ledger says."""
    kept = filled.ledger_file.read_bytes()
    with writing(filled, "test", lambda _: None) as archive:
        take_in(archive, "b.srt", talk("bridges"))
        archive.view.sync()
    filled.ledger_file.write_bytes(kept)
    said: list[str] = []
    with writing(filled, "test", said.append) as archive:
        assert shown(archive) == truth(archive) != []
        assert archive.view.index.counts()["transcript"] == 1
    assert any("more than the ledger holds" in line for line in said)


def test_a_search_goes_on_while_the_index_is_built_anew(filled: Settings) -> None:
    with Index.open(filled.index_folder) as reader:
        before = [document.canonical for document in reader.documents()]
        (segment,) = filled.index_folder.glob("*.seg")
        damaged = bytearray(segment.read_bytes())
        damaged[500] ^= 1
        copy = segment.with_suffix(".copy")  # who has the file open goes on with what it was
        copy.write_bytes(damaged)
        copy.replace(segment)
        found = []

        def say(line: str) -> None:
            found.append(search(reader, SearchRequest("bread", kind="all")).total)

        with writing(filled, "test", say) as archive:
            assert shown(archive) == truth(archive)
        reader.refresh()
        assert found and all(found)
        assert [document.canonical for document in reader.documents()] == before


def test_another_configuration_gives_other_documents(filled: Settings) -> None:
    changed = filled.model_copy(update={"public_url": "https://talks.example.com"})
    with writing(changed, "test", lambda _: None) as archive:
        assert shown(archive) == truth(archive)
        assert all("talks.example.com" in document for document in shown(archive))


def test_how_far_a_daemon_is_that_builds_the_index_anew_shows_before_it_tells_itself(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "EVERY", 0.0)
    changed = filled.model_copy(update={"public_url": "https://talks.example.com"})
    looks: list[dict[str, object]] = []

    def look(*_: int) -> None:
        looks.append(status(changed)["daemon"])

    with writing(changed, DAEMON, lambda _: None, look):
        looks.append(status(changed)["daemon"])
    assert [one["doing"] for one in looks] == ["starting", "building the index anew"]
    assert looks[1]["progress"] == [1, 1]


def test_one_process_writes(archive: Archive) -> None:
    with (
        pytest.raises(DataFolderInUseError, match="`connector test`"),
        writing(archive.settings, "test", lambda _: None),
    ):
        pass


def test_the_data_folder_is_its_owners_alone(archive: Archive) -> None:
    assert archive.settings.data.stat().st_mode & 0o077 == 0


def test_an_index_that_is_deleted_under_the_writer_is_built_anew(archive: Archive) -> None:
    take_in(archive, "a.srt", talk("bread"))
    archive.view.sync()
    shutil.rmtree(archive.settings.index_folder)
    take_in(archive, "b.srt", talk("bridges"))
    archive.view.sync()
    assert shown(archive) == truth(archive) and archive.view.index.counts()["transcript"] == 2


def test_forgetting_that_was_interrupted_is_finished_at_the_next_start(settings: Settings) -> None:
    with writing(settings, "test", lambda _: None) as archive:
        ident = take_in(archive, "a.srt", talk("marzipan"))
        take_in(archive, "b.srt", talk("bridges"))
        archive.view.sync()
        archive.settings.export_folder.mkdir()
        archive.ledger.forget(ident)  # killed here
    seen: list[tuple[int, int]] = []
    with writing(settings, "test", lambda _: None, lambda *far: seen.append(far)) as archive:
        assert shown(archive) == truth(archive)
    assert seen == [(1, 1)], "how far the index is that is built anew"
    (settings.inbox / "a.srt").unlink()
    holding = [file for file in settings.data.rglob("*") if file.is_file() and b"marzipan" in file.read_bytes()]
    assert holding == [] and not settings.export_folder.exists()
