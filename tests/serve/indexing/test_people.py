"""The indexing API by Glean's own client: people, groups, and who sees what by them."""

from __future__ import annotations

from typing import Any

import pytest
from glean.api_client import Glean, errors

from tests.serve.indexing.wiki import ANN, BOB, EVE, article, datasource, idents
from tests.serve.support import Served

# The debug methods say the same, and more; the client warns of these.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")


@pytest.fixture(scope="module")
def name(glean: Glean) -> str:
    """A datasource with people, groups, and groups within groups."""
    name = datasource(glean, "people")
    rights = glean.indexing.permissions
    for email in (ANN, BOB):
        rights.index_user(datasource=name, user={"email": email, "name": "", "user_id": email[:3].upper()})
    for group in ("inner", "outer", "third"):
        rights.index_group(datasource=name, group={"name": group})
    rights.index_membership(datasource=name, membership={"group_name": "inner", "member_user_id": ANN})
    rights.index_membership(datasource=name, membership={"group_name": "outer", "member_group_name": "inner"})
    rights.index_membership(datasource=name, membership={"group_name": "third", "member_user_id": "BOB"})
    return name


class TestPeople:
    """Users, groups, groups within groups: who sees what follows, in one datasource alone."""

    def put(self, glean: Glean, name: str, ident: str, **permissions: Any) -> None:
        document = article(name, ident, "a secret capybara", permissions=permissions)
        glean.indexing.documents.add_or_update(document=document)

    def may(self, glean: Glean, name: str, ident: str) -> list[str]:
        documents = glean.indexing.documents

        def sees(email: str) -> bool:
            asked = {"datasource": name, "object_type": "Article", "doc_id": ident, "user_email": email}
            return bool(documents.check_access(**asked).has_access)

        return [email[:3] for email in (ANN, BOB, EVE) if sees(email)]

    @pytest.mark.parametrize(
        ("permissions", "who"),
        [
            ({"allow_anonymous_access": True}, ["ann", "bob", "eve"]),
            ({"allow_all_datasource_users_access": True}, ["ann", "bob"]),
            ({"allowed_users": [{"email": "Ann@Example.com"}, {"email": EVE}]}, ["ann"]),  # eve is nobody here
            ({"allowed_users": [{"datasource_user_id": "BOB"}]}, ["bob"]),
            ({"allowed_groups": ["inner"]}, ["ann"]),
            ({"allowed_groups": ["outer"]}, ["ann"]),
            ({"allowed_groups": ["third"]}, ["bob"]),
            ({"allowed_group_intersections": [{"required_groups": ["inner", "outer"]}]}, ["ann"]),
            ({"allowed_group_intersections": [{"required_groups": ["inner", "third"]}]}, []),
            ({"allowed_group_intersections": [{"required_groups": []}]}, []),
            ({"allowed_groups": ["nobodys"]}, []),
            ({}, []),
        ],
    )
    def test_who_may_see(
        self, server: Served, glean: Glean, name: str, permissions: dict[str, Any], who: list[str]
    ) -> None:
        self.put(glean, name, "r1", **permissions)
        assert self.may(glean, name, "r1") == who
        for email in (ANN, BOB, EVE):
            assert bool(idents(server, "capybara", **{"as": email})) == (email[:3] in who)

    def test_changed_rights_count_at_once(self, server: Served, glean: Glean, name: str) -> None:
        rights = glean.indexing.permissions
        self.put(glean, name, "r2", allowed_groups=["outer"])
        permissions = {"allowed_groups": ["third"]}
        rights.update_permissions(datasource=name, object_type="Article", id="R2", permissions=permissions)
        assert self.may(glean, name, "r2") == ["bob"]
        rights.update_permissions(
            datasource=name, view_url="https://wiki.example.com/r2", permissions={"allowed_groups": ["inner"]}
        )
        assert self.may(glean, name, "r2") == ["ann"]
        assert "people/Article/r2" in idents(server, "capybara", **{"as": ANN})

    def test_in_another_datasource_they_mean_nothing(self, glean: Glean, name: str) -> None:
        other = datasource(glean, "peopleelsewhere")
        glean.indexing.permissions.index_group(datasource=other, group={"name": "inner"})
        for ident, permissions in (("e1", {"allowed_groups": ["inner"]}), ("e2", {"allowed_users": [{"email": ANN}]})):
            self.put(glean, other, ident, **permissions)
            assert self.may(glean, other, ident) == []
        assert self.may(glean, name, "nothing") == []

    def test_identities_of_another_are_used_where_that_is_said(self, glean: Glean, name: str) -> None:
        other = datasource(glean, "peopleborrowed", identity_datasource_name=name)
        self.put(glean, other, "e1", allowed_groups=["outer"])
        assert self.may(glean, other, "e1") == ["ann"]

    def test_who_leaves_sees_nothing(self, glean: Glean) -> None:
        name = datasource(glean, "leaving")
        rights = glean.indexing.permissions
        member = {"group_name": "g", "member_user_id": ANN}

        def ann(**more: Any) -> None:
            rights.index_user(datasource=name, user={"email": ANN, "name": "Ann", **more})

        ann()
        rights.index_group(datasource=name, group={"name": "g"})
        rights.index_membership(datasource=name, membership=member)
        self.put(glean, name, "l1", allowed_groups=["g"])
        assert self.may(glean, name, "l1") == ["ann"]
        ann(is_active=False)
        assert self.may(glean, name, "l1") == []
        ann()
        rights.delete_membership(datasource=name, membership=member)
        assert self.may(glean, name, "l1") == []
        rights.index_membership(datasource=name, membership=member)
        rights.delete_group(datasource=name, group_name="g")
        rights.index_group(datasource=name, group={"name": "g"})  # memberships went with the group
        assert self.may(glean, name, "l1") == []
        rights.index_membership(datasource=name, membership=member)
        assert self.may(glean, name, "l1") == ["ann"]
        rights.delete_user(datasource=name, email=ANN)
        ann()
        assert self.may(glean, name, "l1") == []
        assert glean.indexing.people.count(datasource=name).user_count == 1

    def test_in_bulk(self, glean: Glean) -> None:
        name = datasource(glean, "bulkpeople")
        rights = glean.indexing.permissions
        page: dict[str, Any] = {"datasource": name, "upload_id": "a", "is_first_page": True, "is_last_page": True}
        rights.bulk_index_users(users=[{"email": email, "name": ""} for email in (ANN, BOB)], **page)
        rights.bulk_index_groups(groups=[{"name": "g"}, {"name": "h"}], **page)
        rights.bulk_index_memberships(group="g", memberships=[{"member_user_id": ANN}], **page)
        rights.bulk_index_memberships(
            group="h", memberships=[{"member_user_id": BOB}, {"member_group_name": "g"}], **page
        )
        rights.process_memberships(request={"datasource": name})
        self.put(glean, name, "k1", allowed_groups=["h"])
        assert self.may(glean, name, "k1") == ["ann", "bob"]
        rights.bulk_index_memberships(group="h", memberships=[{"member_group_name": "g"}], **page)
        assert self.may(glean, name, "k1") == ["ann"]
        told = glean.indexing.people.debug(datasource=name, email=ANN)
        assert told.status and told.status.is_active_user
        assert [one.name for one in told.uploaded_groups or ()] == ["g", "h"]
        rights.bulk_index_users(users=[{"email": BOB, "name": ""}], **page)
        assert self.may(glean, name, "k1") == ["ann"]  # half of all go only where that is meant
        identity = glean.indexing.datasource.status(datasource=name).identity
        assert identity and identity.users and identity.users.bulk_upload_history
        assert identity.users.bulk_upload_history[0].processing_state == "DELETION PAUSED"
        meant = {"disable_stale_data_deletion_check": True}
        rights.bulk_index_users(users=[{"email": BOB, "name": ""}], **page, **meant)
        assert self.may(glean, name, "k1") == []
        assert glean.indexing.people.debug(datasource=name, email=ANN).status.upload_status == "NOT_UPLOADED"  # type: ignore[union-attr]
        rights.bulk_index_groups(groups=[{"name": "h"}], **page, **meant)
        status = glean.indexing.datasource.status(datasource=name).identity
        assert status and status.groups and status.groups.counts and status.groups.counts.uploaded == 1

    def test_memberships_of_no_group_are_taken_and_open_nothing(
        self, glean: Glean, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = datasource(glean, "groupless")
        rights = glean.indexing.permissions
        rights.index_user(datasource=name, user={"email": ANN, "name": "Ann"})
        rights.index_group(datasource=name, group={"name": "g"})
        self.put(glean, name, "n1", allowed_groups=["g", ""], allowed_group_intersections=[{"required_groups": [""]}])
        member: dict[str, Any] = {"datasource": name, "upload_id": "crawl", "memberships": [{"member_user_id": ANN}]}
        rights.bulk_index_memberships(**member, is_first_page=True)
        rights.bulk_index_memberships(**member, is_last_page=True)
        assert "memberships `crawl` to `groupless` names no group: it opens nothing" in caplog.text
        assert self.may(glean, name, "n1") == []
        rights.bulk_index_memberships(**member | {"upload_id": "g"}, group="g", is_first_page=True, is_last_page=True)
        rights.bulk_index_memberships(**member, is_first_page=True, is_last_page=True)  # takes nothing away either
        assert self.may(glean, name, "n1") == ["ann"]
        identity = glean.indexing.datasource.status(datasource=name).identity
        assert identity and identity.memberships and identity.memberships.counts
        assert identity.memberships.counts.uploaded == 1
        told = [(one.upload_id, one.processing_state) for one in identity.memberships.bulk_upload_history or ()]
        assert told == [("crawl", "UPLOAD COMPLETED"), ("g", "INDEXING COMPLETED"), ("crawl", "UPLOAD COMPLETED")]

    def test_nobody_goes_by_the_id_or_address_of_another(self, glean: Glean) -> None:
        name = datasource(glean, "borrowedids")
        rights = glean.indexing.permissions

        def put(email: str, user_id: str) -> int:
            try:
                rights.index_user(datasource=name, user={"email": email, "name": "", "user_id": user_id})
            except errors.GleanError as error:
                return error.status_code
            return 200

        told = [put(ANN, "ann"), put(ANN, "ann"), put(BOB, "ann"), put(BOB, ANN), put(BOB, BOB), put(EVE, "bob")]
        assert told == [200, 200, 409, 409, 200, 200]
        page: dict[str, Any] = {"datasource": name, "upload_id": "a", "is_first_page": True, "is_last_page": True}
        swapped = [{"email": ANN, "name": "", "user_id": "bob"}, {"email": EVE, "name": "", "user_id": "ann"}]
        rights.bulk_index_users(users=swapped, **page)
        with pytest.raises(errors.GleanError, match="goes for two users"):
            twice = [{"email": email, "name": "", "user_id": "ann"} for email in (ANN, EVE)]
            rights.bulk_index_users(users=twice, **page)
        assert glean.indexing.people.count(datasource=name).user_count == 3

    def test_identities_are_borrowed_from_a_datasource_that_is_known(self, glean: Glean) -> None:
        with pytest.raises(errors.GleanError, match="`nowhere` is not known here: add it first") as refused:
            datasource(glean, "borrows", identity_datasource_name="nowhere")
        assert refused.value.status_code == 400
        with pytest.raises(errors.GleanError) as unknown:
            glean.indexing.datasources.retrieve_config(datasource="borrows")
        assert unknown.value.status_code == 400

    def test_older_versions_are_refused(self, glean: Glean, name: str) -> None:
        rights = glean.indexing.permissions
        user = {"email": EVE, "name": "Eve", "is_active": False}
        rights.index_user(datasource=name, user=user, version=5)
        rights.index_group(datasource=name, group={"name": "versioned"}, version=5)
        for ask in (
            lambda: rights.index_user(datasource=name, user=user, version=4),
            lambda: rights.delete_user(datasource=name, email=EVE, version=4),
            lambda: rights.index_group(datasource=name, group={"name": "versioned"}, version=4),
        ):
            with pytest.raises(errors.GleanError) as refused:
                ask()
            assert refused.value.status_code == 409
