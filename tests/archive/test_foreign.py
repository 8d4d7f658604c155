"""What others index here, in the ledger: what waits for its deletion, and what the archive's own knows nothing of."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.archive.asking import everywhere
from connector.archive.groups import leaving_groups
from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.ledger.migrations import MIGRATIONS
from connector.archive.ledger.people import Member
from connector.archive.ledger.uploads import Page, staged_document
from connector.archive.rows import dump
from connector.archive.writer import writing
from connector.config import Settings
from connector.errors import ConflictError
from indexer.access import Asker, Membership

SIXTH = Path(__file__).parents[1] / "fixtures" / "ledgers" / "6.sql"  # as it was when its schema was the newest
# What later programs left in ledgers under the same number.
ALTERED = """
ALTER TABLE uploads ADD COLUMN page TEXT NOT NULL DEFAULT '';
UPDATE foreign_documents SET group_id = replace(group_id, 'wiki/t9', 'wiki:/t9');
UPDATE changes SET group_id = replace(group_id, 'wiki/t9', 'wiki:/t9');
UPDATE staged SET payload = replace(payload, '"wiki/', '"wiki:/');
"""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def document(ident: str, text: str = "x") -> ForeignDocument:
    return ForeignDocument(Key("wiki", "Note", ident), f"wiki/Note/{ident}", f'{{"text":"{text}"}}')


def page(upload_id: str, idents: list[str], *, first: bool = True, last: bool = True) -> Page:
    items = [staged_document(document(ident)) for ident in idents]
    return Page("wiki", "documents", "", upload_id, items, first, last)


def idents(ledger: Ledger) -> list[str]:
    return [group.rpartition("/")[2] for group in ledger.foreign_groups()]


def test_much_that_is_stale_goes_after_seven_days(tmp_path: Path) -> None:
    clock = Clock()
    with Ledger.open(tmp_path / "ledger.db", create=True, clock=clock) as ledger:
        ledger.put_datasource({"name": "wiki"})
        ledger.take_page(page("a", list("abcdefghij")))
        clock.now += timedelta(hours=1)
        ledger.take_page(page("b", list("abcdefg")))
        before = ledger.generation()
        clock.now += timedelta(days=6)
        assert (ledger.drop_stale(), idents(ledger)) == (0, list("abcdefghij"))
        ledger.put_documents([document("h")])  # which is no longer stale
        clock.now += timedelta(days=1)
        assert (ledger.drop_stale(), idents(ledger)) == (2, list("abcdefgh"))
        assert {group for _, group in ledger.changes_since(before)} == {"wiki/Note/i", "wiki/Note/j"}


def test_what_comes_again_as_it_was_changes_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        assert ledger.put_documents([document("a"), document("b")]) == 2
        before = ledger.generation()
        assert ledger.put_documents([document("a"), document("b", "y")]) == 1
        assert [group for _, group in ledger.changes_since(before)] == ["wiki/Note/b"]
        ledger.take_page(page("u", ["a"], last=False))
        with pytest.raises(ConflictError):
            ledger.take_page(page("v", ["a"]))
        assert (ledger.groups(), leaving_groups(ledger)) == ([], [])  # nothing of it leaves


def test_groups_within_groups_end_where_they_began(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        ledger.put_user("wiki", {"email": "Ann@x.com", "name": "", "userId": "A1"})
        for inner, outer in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "unknown"), ("unknown", "d")):
            ledger.put_membership("wiki", Member(outer, True, inner))
        for group in "abcd":
            ledger.put_group("wiki", group)
        assert [one.groups for one in ledger.memberships_of("ann@x.com")] == [frozenset()]
        ledger.put_membership("wiki", Member("b", False, "A1"))
        assert [one.groups for one in ledger.memberships_of("ann@x.com")] == [frozenset("abc")]


def test_who_is_called_by_the_address_of_another_is_in_none_of_their_groups(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        ledger.put_user("wiki", {"email": "boss@x.com", "name": ""})
        eve = {"email": "eve@x.com", "name": "", "userId": "boss@x.com"}
        with pytest.raises(ConflictError, match="the address of another user"):
            ledger.put_user("wiki", eve)
        ledger._put_user("wiki", eve)  # as a ledger from before may have it
        ledger.put_group("wiki", "board")
        ledger.put_membership("wiki", Member("board", False, "boss@x.com"))
        assert [one.groups for one in ledger.memberships_of("eve@x.com")] == [frozenset()]
        assert [one.groups for one in ledger.memberships_of("boss@x.com")] == [frozenset({"board"})]


def test_a_conflict_from_before_is_no_affair_of_others(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        boss, eve, new = ({"email": f"{name}@x.com", "name": ""} for name in ("boss", "eve", "new"))
        ledger.put_user("wiki", boss)
        ledger._put_user("wiki", eve | {"userId": "boss@x.com"})
        ledger.put_user("wiki", new | {"userId": "N1"})
        items = [("new@x.com", dump(new | {"userId": "N2"})), ("zoe@x.com", dump({"email": "zoe@x.com", "name": ""}))]
        ledger.take_page(Page("wiki", "users", "", "u", items, True, True))
        assert ledger.people_counts("wiki")["users"] == 4
        with pytest.raises(ConflictError, match=r"`boss@x\.com` is the address of another user"):
            ledger.put_user("wiki", boss)
        for twice in (new | {"userId": "boss@x.com"}, boss | {"userId": "N2"}):
            with pytest.raises(ConflictError):
                ledger.put_user("wiki", twice)
            with pytest.raises(ConflictError):
                ledger.take_page(Page("wiki", "users", "", "v", [(twice["email"], dump(twice))], True, True, True))
        ledger.delete_user("wiki", "eve@x.com")
        ledger.put_user("wiki", boss)


def test_a_deletion_that_came_first_keeps_older_versions_out(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        assert not ledger.delete_document(document("a").key, version=5)
        with pytest.raises(ConflictError):
            ledger.put_documents([document("a")], version=4)
        assert (ledger.put_documents([document("a")], version=6), idents(ledger)) == (1, ["a"])


def test_a_datasource_may_go_by_the_identities_of_the_archive(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki", "identityDatasourceName": "Talks"})
        member, other = Asker("ann@x.com", frozenset({"staff"})), Asker("eve@x.com", member=False)
        assert everywhere(member, ledger, "talks").elsewhere == (Membership("wiki", frozenset({"staff"})),)
        assert everywhere(other, ledger, "talks").elsewhere == ()


def test_a_page_whose_answer_was_lost_may_come_again(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        ledger.put_datasource({"name": "wiki"})
        for part in (page("u", ["a"], last=False), page("u", ["b"], first=False)):
            ledger.take_page(part)
            before = ledger.generation()
            ledger.take_page(part)
            assert ledger.generation() == before
        assert idents(ledger) == ["a", "b"]
        with pytest.raises(ConflictError):
            ledger.take_page(page("u", ["c"], first=False))


@pytest.mark.parametrize("altered", ["", ALTERED])
def test_a_ledger_of_the_sixth_schema_is_gone_on_with(settings: Settings, altered: str) -> None:
    settings.data.mkdir(exist_ok=True)
    with sqlite3.connect(settings.ledger_file) as db:
        db.executescript(SIXTH.read_text() + altered)
    db.close()
    with writing(settings, "test", lambda _: None) as archive:
        ledger = archive.ledger
        archive.view.sync()
        assert archive.view.rebuild() == 3
        assert ledger.foreign_groups() == ["wiki/Note/n1", "wiki:/t9"]
        assert ledger.document_counts("wiki", archive.view.index.generation) == ledger.document_counts("wiki")
        ledger.take_page(page("u", [], first=False))  # the upload that was under way
        archive.view.sync()
        assert ledger.foreign_groups() == ["wiki/Note/n1", "wiki:/t10", "wiki:/t9"]
        assert {document.group for document in archive.view.index.documents()} == set(ledger.foreign_groups())


def test_the_steps_to_the_sixth_schema_are_as_they_were() -> None:
    then, now = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    then.executescript(SIXTH.read_text())
    for step in MIGRATIONS[:6]:
        step(now)
    schema = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    assert then.execute(schema).fetchall() == now.execute(schema).fetchall()
    for db in (then, now):
        db.close()
