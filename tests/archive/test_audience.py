"""Whether a person sees a document, and why: always what the index itself decides, and said in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.archive.audience import access, reasons, reasons_elsewhere
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.ledger.people import Member
from connector.archive.rows import CheckpointRow, SampleRow
from connector.archive.writer import Archive
from connector.identity import Identity, asker_in
from connector.permissions import Permissions, lends, may_see
from indexer.access import Asker, Membership
from tests.support import connector, make_home, run, talk

PEOPLE = {
    "users": [{"email": "ann@example.com", "groups": ["backend"]}, {"email": "bob@example.com"}],
    "groups": [{"name": "backend", "groups": ["staff"]}],
}
OPEN = {"allowAllDatasourceUsersAccess": True}


def why(permissions: dict[str, Any], email: str, people: dict[str, Any] | None = PEOPLE) -> tuple[bool, list[str]]:
    """Whether the person sees it, and the rules that say so."""
    identity = None if people is None else Identity.model_validate(people)
    person = asker_in(identity, email)
    sees = may_see(person, permissions)
    told = reasons(Permissions.model_validate(permissions), identity, person)
    return sees, [reason for opens, reason in told if opens == sees]


@pytest.mark.parametrize(
    ("permissions", "email", "sees", "told"),
    [
        ({"allowAnonymousAccess": True}, "eve@example.com", True, "everyone may see it"),
        (OPEN, "bob@example.com", True, "identity.yaml lists bob@example.com"),
        (OPEN, "eve@example.com", False, "identity.yaml does not list eve@example.com"),
        ({"allowedUsers": ["Bob@example.com"]}, "bob@example.com", True, "named in allowedUsers"),
        ({"allowedUsers": ["bob@example.com"]}, "ann@example.com", False, "allowedUsers names `bob@example.com` alone"),
        ({"allowedGroups": ["staff"]}, "ann@example.com", True, "is in `backend`, which is in `staff`"),
        ({"allowedGroups": ["staff"]}, "bob@example.com", False, "bob@example.com is not in `staff`"),
        (
            {"allowedGroupIntersections": [{"requiredGroups": ["staff", "board"]}]},
            "ann@example.com",
            False,
            "which is in `staff`; ann@example.com is not in `board`",
        ),
        ({"allowAllDatasourceUsersAccess": False}, "ann@example.com", False, "for the owner of the data folder alone"),
    ],
)
def test_every_rule_has_its_words(permissions: dict[str, Any], email: str, sees: bool, told: str) -> None:
    payload = Permissions.model_validate(permissions).payload()
    seen, (reason,) = why(payload, email)
    assert seen is sees and told in reason


def test_without_identity_everybody_counts_and_nobody_is_in_a_group() -> None:
    assert why(OPEN, "eve@example.com", None)[0]
    assert "no identity.yaml that says who is in `x`" in why({"allowedGroups": ["x"]}, "eve@example.com", None)[1][0]


GROUPS = st.lists(st.sampled_from(["backend", "staff", "board"]), min_size=1, max_size=3)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "allowAnonymousAccess": st.booleans(),
        "allowAllDatasourceUsersAccess": st.booleans(),
        "allowedUsers": st.lists(st.sampled_from(["ann@example.com", "bob@example.com"]), max_size=2),
        "allowedGroups": GROUPS,
        "allowedGroupIntersections": st.lists(GROUPS.map(lambda names: {"requiredGroups": names}), max_size=2),
    },
)


@given(RULES, st.sampled_from(["ann@example.com", "bob@example.com", "eve@example.com"]), st.booleans())
def test_there_is_always_a_reason_and_only_for_what_the_index_decides(
    rules: dict[str, Any], email: str, listed: bool
) -> None:
    identity = Identity.model_validate(PEOPLE) if listed else None
    person = asker_in(identity, email)
    permissions = Permissions.model_validate(rules)
    told = list(reasons(permissions, identity, person))
    sees = may_see(person, permissions.payload())
    assert any(opens for opens, _ in told) is sees and told


@given(RULES, RULES, st.sampled_from(["ann@example.com", "bob@example.com", ""]))
def test_what_is_lent_is_seen_by_all_it_is_lent_to(owned: dict[str, Any], audience: dict[str, Any], email: str) -> None:
    owned, audience = (Permissions.model_validate(rules).payload() for rules in (owned, audience))
    person = asker_in(Identity.model_validate(PEOPLE), email) if email else Asker("", member=False)  # of the world
    assert may_see(person, owned) or not (lends(owned, audience) and may_see(person, audience))


class TestOtherDatasources:
    """Whose users and groups are their own: staff of identity.yaml is not the staff of the wiki."""

    @pytest.fixture
    def wiki(self, archive: Archive) -> Archive:
        ledger = archive.ledger
        ledger.put_datasource({"name": "wiki"})
        for address, ident in (("ann@example.com", "a1"), ("bob@example.com", "")):
            ledger.put_user("wiki", {"email": address, "name": address, **({"userId": ident} if ident else {})})
        for group in ("inner", "staff"):
            ledger.put_group("wiki", group)
        ledger.put_membership("wiki", Member("inner", False, "ann@example.com"))
        ledger.put_membership("wiki", Member("staff", True, "inner"))
        return archive

    def put(self, archive: Archive, permissions: dict[str, Any]) -> None:
        told = {"id": "n1", "objectType": "Note", "title": "A note", "permissions": permissions}
        key = Key("wiki", "Note", "n1")
        archive.ledger.put_documents([ForeignDocument(key, "wiki/Note/n1", json.dumps(told))])

    @pytest.mark.parametrize(
        ("permissions", "email", "sees", "told"),
        [
            ({"allowAnonymousAccess": True}, "eve@example.com", True, "everyone may see it"),
            (OPEN, "bob@example.com", True, "bob@example.com is one of them"),
            (OPEN, "eve@example.com", False, "eve@example.com is none of them"),
            ({"allowedUsers": [{"datasourceUserId": "a1"}]}, "ann@example.com", True, "named in allowedUsers"),
            ({"allowedUsers": [{"email": "bob@example.com"}]}, "ann@example.com", False, "`bob@example.com` alone"),
            ({"allowedGroups": ["staff"]}, "ann@example.com", True, "ann@example.com is in `staff`"),
            ({"allowedGroups": ["staff"]}, "bob@example.com", False, "bob@example.com is not in `staff`"),
            (
                {"allowedGroupIntersections": [{"requiredGroups": ["staff", "board"]}]},
                "ann@example.com",
                False,
                "ann@example.com is in `staff`; ann@example.com is not in `board`",
            ),
            ({}, "ann@example.com", False, "for the owner of the data folder alone"),
        ],
    )
    def test_their_people_decide(
        self, wiki: Archive, permissions: dict[str, Any], email: str, sees: bool, told: str
    ) -> None:
        self.put(wiki, permissions)
        everybody = {"users": [{"email": one, "groups": ["staff"]} for one in ("bob@example.com", "eve@example.com")]}
        found = access(wiki.ledger, wiki.settings, Identity.model_validate(everybody), "wiki/Note/n1", email)
        assert found.sees is sees and len(found.why) == 1 and told in found.why[0]
        assert not found.sees_in_glean and "datasource `wiki`" in found.permissions_from
        assert "it does not go to Glean from here" in list(found.lines())[-1]

    @pytest.mark.parametrize(
        "permissions",
        [
            {"allowedUsers": 3},
            {"allowedGroups": [3]},
            {"allowedGroups": [["a"]]},
            {"allowedGroupIntersections": [3, {"requiredGroups": [{}]}, {"requiredGroups": []}]},
            {"unknown": True},
        ],
    )
    def test_what_nobody_understands_opens_nothing(self, permissions: dict[str, Any]) -> None:
        ann = Asker("ann@example.com", elsewhere=(Membership("wiki", frozenset({"staff"})),))
        ((opens, told),) = reasons_elsewhere(permissions, "wiki", ann)
        assert not opens and "for the owner" in told and not may_see(ann, permissions, "wiki")
        beside = reasons_elsewhere({**permissions, "allowedGroups": [["a"], "staff"]}, "wiki", ann)
        assert [opens for opens, _ in beside] == [True], "what is beside it is understood"


class TestWhatStays:
    @pytest.fixture
    def samples(self, archive: Archive) -> Archive:
        """Two checkpoints, the second read more than everybody may see."""
        for number, everybody in ((1, True), (2, False)):
            ident = f"c{number}"
            archive.ledger.add_checkpoint(CheckpointRow(ident, number, "corpus", [], {}, everybody))
            archive.ledger.put_samples(ident, [SampleRow(ident, n, "So", 1, 0.8, 40, "x", []) for n in range(7)])
        return archive

    def told(self, archive: Archive, ident: str) -> str:
        return access(archive.ledger, archive.settings, None, ident, "ann@example.com").stays

    def test_samples(self, samples: Archive) -> None:
        assert "newest checkpoint" in self.told(samples, "c100001")
        assert "not everybody may see" in self.told(samples, "c200001")
        samples.ledger.remove_checkpoints(["c2"])
        assert self.told(samples, "c100004") == ""
        assert "only the first 5" in self.told(samples, "c100005")


def test_the_command(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", glean="{object_types: [TranscriptSegment]}")
    (home / "inbox" / "bread.srt").write_text(talk("bread"))
    (home / "inbox" / "bread.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
    (home / "identity.yaml").write_text(json.dumps(PEOPLE))
    connector(home, "ingest", "inbox")
    hit = json.loads(connector(home, "search", "bread", "--json"))["hits"][0]
    told = json.loads(connector(home, "access", hit["id"], "ann@example.com", "--json"))
    assert (told["sees"], told["sees_in_glean"], told["permissions_from"]) == (True, True, "its sidecar or folder")
    text = connector(home, "access", hit["transcript_id"], "bob@example.com")
    assert "does not see it" in text and "glean.object_types leaves Transcript out" in text
    assert run(home, "access", "nothing", "ann@example.com").returncode == 5
    assert run(home, "access", hit["id"], "ann").returncode == 5
