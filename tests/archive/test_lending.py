"""What a version of a recording lends to one that is for other people: link, video, names of who speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.archive.ledger import Ledger, gone
from connector.archive.rows import TranscriptRow
from connector.archive.writer import Archive, writing
from connector.config import Settings
from connector.permissions import Permissions
from tests.archive.versions import FIRST, MENDED, put, speakers, take, with_speakers
from tests.support import talk

EVERYBODY = {"allowAnonymousAccess": True}
STAFF = {"allowedGroups": ["staff"]}
BOARD = {"allowedGroups": ["board"]}


def allow(archive: Archive, sidecar: str, permissions: dict[str, Any] | None, **said: str) -> None:
    file = archive.settings.inbox / sidecar
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said | ({} if permissions is None else {"permissions": permissions})))


def shown(archive: Archive, ident: str | None) -> TranscriptRow:
    row = archive.ledger.transcript(ident or "")
    assert row is not None
    return row


def test_what_names_nobody_is_for_the_users_and_not_for_the_world(archive: Archive) -> None:
    """As an installation is set up, every user may see what names nobody; a cut for the world shows no more of it."""
    allow(archive, "uncut.meta.yaml", None, title="Uncut", url="https://video.example/secret")
    allow(archive, "public/talk.meta.yaml", EVERYBODY)
    (archive.settings.inbox / "uncut.mp4").touch()
    put(archive, "uncut.vtt", with_speakers(FIRST))
    new = put(archive, "public/talk.srt", MENDED)
    row = shown(archive, new.transcript_id)
    assert (row.metadata.title, row.metadata.url) == ("Talk", None)
    assert archive.ledger.media(row.id) is None
    assert set(speakers(archive.ledger, row.id)) == {None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"allowedGroups": ["x", "y"]}, {"allowedGroups": ["y", "x"]}),
        ({"allowedGroups": ["x", "y"]}, {"allowedGroups": ["x"]}),
        (EVERYBODY, STAFF),
        ({"allowAllDatasourceUsersAccess": True}, STAFF),
    ],
    ids=["in another order", "fewer", "the world", "all users"],
)
def test_who_may_see_a_version_keeps_what_lay_beside_the_one_before(
    archive: Archive, before: dict[str, Any], after: dict[str, Any]
) -> None:
    allow(archive, "a.meta.yaml", before, url="https://video.example/1")
    allow(archive, "b.meta.yaml", after)
    (archive.settings.inbox / "a.mp4").touch()
    put(archive, "a.vtt", with_speakers(FIRST))
    new = put(archive, "b.srt", MENDED)
    assert shown(archive, new.transcript_id).metadata.url == "https://video.example/1"
    assert archive.ledger.media(new.transcript_id or "") == "a.mp4"
    assert set(speakers(archive.ledger, new.transcript_id)) == {"Ann", "Bob"}


def test_what_a_file_said_under_a_former_name_follows_the_default(archive: Archive) -> None:
    allow(archive, "a.meta.yaml", None, title="Secret")
    allow(archive, "b.meta.yaml", EVERYBODY)
    put(archive, "a.srt", FIRST)
    (archive.settings.inbox / "a.srt").rename(archive.settings.inbox / "b.srt")
    for default, title in ((EVERYBODY, "Secret"), (BOARD, "B")):
        archive.ledger.set_default(default)
        assert shown(archive, take(archive, "b.srt").transcript_id).metadata.title == title


def test_another_default_lets_others_write_meanwhile_and_begins_anew_where_it_was_stopped(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "PART", 1)
    allow(archive, "open/_folder.yaml", EVERYBODY)
    archive.ledger.set_default(BOARD)
    idents = []
    for name in ("bread", "bridges"):
        allow(archive, f"{name}.meta.yaml", None, url=f"https://video.example/{name}")
        put(archive, f"{name}.srt", talk(name, 20))
        idents.append(put(archive, f"open/{name}.srt", talk(name, 20).replace(name, f"new {name}")).transcript_id)

    def stop(*done: int) -> None:
        with Ledger.open(archive.settings.ledger_file) as other:
            other.set_state("written meanwhile", done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.ledger.set_default(EVERYBODY, stop)
    assert archive.ledger.get_state("written meanwhile") == [1, 2]
    assert sum(shown(archive, ident).metadata.url is not None for ident in idents) == 1
    archive.ledger.set_default(BOARD)
    assert [shown(archive, ident).metadata.url for ident in idents] == [None, None]


def test_who_is_stopped_while_another_default_is_followed_holds_the_archive_no_more(settings: Settings) -> None:
    with writing(settings, "test", lambda _: None) as archive:
        put(archive, "a.srt", FIRST)
        put(archive, "b.srt", MENDED)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    changed = settings.model_copy(update={"permissions": Permissions.model_validate(BOARD)})
    with pytest.raises(KeyboardInterrupt), writing(changed, "test", lambda _: None, stop):
        pass
    with Ledger.open(settings.ledger_file) as ledger:
        assert ledger.get_state("holder") is None and ledger.get_state(gone.DEFAULT) == BOARD
