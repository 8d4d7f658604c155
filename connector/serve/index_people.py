"""The indexing API's people: users, groups and memberships of a datasource, one by one and in bulk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from starlette.routing import Route

from connector.archive.ledger import Ledger
from connector.archive.ledger.people import Member, reference
from connector.archive.rows import dump
from connector.serve import index_requests as asked_for
from connector.serve.client_requests import read
from connector.serve.http import Asked
from connector.serve.indexing import administrators, changed, config_of, page_of
from connector.serve.service import Service

log = logging.getLogger("connector")


def routes(service: Service) -> list[Route]:
    return [administrators(path, work) for path, work in _People(service).works.items()]


class _People:
    def __init__(self, service: Service) -> None:
        self._service = service
        self.works = {
            "indexuser": self.index_user,
            "deleteuser": self.delete_user,
            "bulkindexusers": self.index_users,
            "indexgroup": self.index_group,
            "deletegroup": self.delete_group,
            "bulkindexgroups": self.index_groups,
            "indexmembership": self.index_membership,
            "deletemembership": self.delete_membership,
            "bulkindexmemberships": self.index_memberships,
            "processallmemberships": self.process,
            "getusercount": self.count,
        }

    def index_user(self, asked: Asked) -> None:
        body = read(asked_for.IndexUser, asked.body)
        self._change(body, lambda ledger: ledger.put_user(body.datasource, asked.body["user"], body.version))

    def delete_user(self, asked: Asked) -> None:
        body = read(asked_for.DeleteUser, asked.body)
        self._change(body, lambda ledger: ledger.delete_user(body.datasource, body.email, body.version))

    def index_users(self, asked: Asked) -> None:
        body = read(asked_for.BulkUsers, asked.body)
        users = zip(body.users, asked.body["users"], strict=True)
        items = [(reference(user.email), dump(payload)) for user, payload in users]
        all_stale = body.disable_stale_data_deletion_check
        self._change(body, lambda ledger: ledger.take_page(page_of(body, "users", items, delete_all=all_stale)))

    def index_group(self, asked: Asked) -> None:
        body = read(asked_for.IndexGroup, asked.body)
        self._change(body, lambda ledger: ledger.put_group(body.datasource, body.group.name, body.version))

    def delete_group(self, asked: Asked) -> None:
        body = read(asked_for.DeleteGroup, asked.body)
        self._change(body, lambda ledger: ledger.delete_group(body.datasource, body.group_name, body.version))

    def index_groups(self, asked: Asked) -> None:
        body = read(asked_for.BulkGroups, asked.body)
        items = [(group.name, "null") for group in body.groups]
        all_stale = body.disable_stale_data_deletion_check
        self._change(body, lambda ledger: ledger.take_page(page_of(body, "groups", items, delete_all=all_stale)))

    def index_membership(self, asked: Asked) -> None:
        body = read(asked_for.IndexMembership, asked.body)
        member = _member(body.membership.group_name, body.membership)
        self._change(body, lambda ledger: ledger.put_membership(body.datasource, member, body.version))

    def delete_membership(self, asked: Asked) -> None:
        body = read(asked_for.IndexMembership, asked.body)
        member = _member(body.membership.group_name, body.membership)
        self._change(body, lambda ledger: ledger.delete_membership(body.datasource, member, body.version))

    def index_memberships(self, asked: Asked) -> None:
        """Without a group they are taken as an upload and kept nowhere: nobody is in a group that was not named."""
        body = read(asked_for.BulkMemberships, asked.body)
        members = [dump(list(_member(body.group, one))) for one in body.memberships] if body.group else []
        items = [(member, member) for member in members]
        self._change(body, lambda ledger: ledger.take_page(page_of(body, "memberships", items, body.group or "")))
        if body.group is None and body.is_last_page:
            text = "the upload of memberships `%s` to `%s` names no group: it opens nothing to anybody"
            log.warning(text, body.upload_id, body.datasource)

    def process(self, asked: Asked) -> None:
        """Memberships count as they come; there is nothing to wait for."""
        body = read(asked_for.ProcessAll, asked.body)
        if body.datasource is not None:
            with self._service.ledger() as ledger:
                config_of(self._service, ledger, body.datasource)

    def count(self, asked: Asked) -> Any:
        body = read(asked_for.OfDatasource, asked.body)
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, body.datasource)
            return {"userCount": ledger.people_counts(body.datasource)["users"]}

    def _change(self, body: asked_for.OfDatasource, act: Callable[[Ledger], None]) -> None:
        def checked(ledger: Ledger) -> None:
            config_of(self._service, ledger, body.datasource)
            act(ledger)

        changed(self._service, checked, wait=False)  # rights are looked up as somebody asks; the index has none of it


def _member(group: str, member: asked_for.BulkMembership) -> Member:
    if member.member_group_name is not None:
        return Member(group, True, member.member_group_name)
    return Member(group, False, reference(member.member_user_id or ""))
