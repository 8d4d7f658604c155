"""What the indexing API is asked, read strictly: types and required keys as the specification has them, and bounds.

Keys that are not read here are passed over; documents are kept as they came.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from connector.glean.matching import UrlRegex

DATASOURCE = re.compile(r"[A-Za-z0-9]{1,50}")
_TYPE = r"^[^\s_/]{1,100}$"  # no spaces and no _, as the specification has it; / divides the parts of our own names
MOST_ITEMS = 100_000  # of one list
T = TypeVar("T")
Version = Annotated[int, Field(ge=0, lt=1 << 53)]
Epoch = Annotated[int, Field(ge=0, lt=1 << 40)]
Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Ident = Annotated[str, Field(min_length=1, max_length=200)]
ObjectType = Annotated[str, Field(pattern=_TYPE)]
# A list is read up to its first mistake, as those of connector.serve.client_requests.
Many = Annotated[list[T], Field(max_length=MOST_ITEMS, fail_fast=True)]
Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=1_000)]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


class User(_Read):
    """Somebody a document names."""

    email: str | None = None
    datasource_user_id: str | None = None
    name: str | None = None


class Content(_Read):
    mime_type: str = Field(min_length=1)
    text_content: str | None = None
    binary_content: str | None = None


class Intersection(_Read):
    required_groups: Many[str] | None = None


class Permissions(_Read):
    allowed_users: Many[User] | None = None
    allowed_groups: Many[str] | None = None
    allowed_group_intersections: Many[Intersection] | None = None
    allow_anonymous_access: bool | None = None
    allow_all_datasource_users_access: bool | None = None


class Property(_Read):
    name: str | None = None
    value: str | int | float | Many[str] | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _no_flag(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("must be text, a number or a list of texts, never true or false")
        return value


class Document(_Read):
    datasource: str
    object_type: ObjectType | None = None
    id: Ident
    view_url: str | None = Field(default=None, alias="viewURL", max_length=8_000)
    title: str | None = None
    container: str | None = None
    container_datasource_id: str | None = None
    container_object_type: str | None = None
    summary: Content | None = None
    body: Content | None = None
    author: User | None = None
    owner: User | None = None
    updated_by: User | None = None
    permissions: Permissions | None = None
    created_at: Epoch | None = None
    updated_at: Epoch | None = None
    tags: Many[str] | None = None
    status: str | None = None
    custom_properties: Many[Property] | None = None


class OfDatasource(_Read):
    datasource: str


class Versioned(OfDatasource):
    version: Version = 0


class IndexDocument(_Read):
    version: Version = 0
    document: Document


class IndexDocuments(OfDatasource):
    documents: Many[Document]


class Bulk(OfDatasource):
    """One page of an upload."""

    upload_id: str = Field(min_length=1, max_length=500)
    is_first_page: bool = False
    is_last_page: bool = False
    force_restart_upload: bool = False

    @model_validator(mode="after")
    def _restart_first(self) -> Bulk:
        if self.force_restart_upload and not self.is_first_page:
            raise ValueError("forceRestartUpload comes with isFirstPage alone")
        return self


class BulkDocuments(Bulk):
    documents: Many[Document]
    disable_stale_document_deletion_check: bool = False

    @model_validator(mode="after")
    def _check_last(self) -> BulkDocuments:
        if self.disable_stale_document_deletion_check and not self.is_last_page:
            raise ValueError("disableStaleDocumentDeletionCheck comes with isLastPage alone")
        return self


class DeleteDocument(Versioned):
    object_type: str
    id: Ident


class UpdatePermissions(OfDatasource):
    object_type: str | None = None
    id: Ident | None = None
    view_url: str | None = Field(default=None, alias="viewURL")
    permissions: Permissions

    @model_validator(mode="after")
    def _named(self) -> UpdatePermissions:
        if self.id is None and self.view_url is None:
            raise ValueError("a document is named by its id, or by its viewURL")
        return self


class ProcessAll(_Read):
    datasource: str | None = None


class NamedDocument(_Read):
    object_type: str
    doc_id: Ident


class StatusOfDocument(NamedDocument, OfDatasource):
    pass


class AccessToDocument(StatusOfDocument):
    user_email: Address


class DebugDocuments(_Read):
    debug_documents: Many[NamedDocument] = Field(max_length=1_000)


class DebugEvents(NamedDocument):
    max_events: int = Field(default=20, ge=1, le=100)
    start_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}")


class DebugUser(_Read):
    email: Address


class Datasource(_Read):
    name: str
    datasource_category: str | None = None
    url_regex: str | None = Field(default=None, max_length=10_000)
    object_definitions: Many[dict[str, Any]] | None = None
    identity_datasource_name: str | None = None
    is_entity_datasource: bool | None = None
    is_test_datasource: bool | None = None

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not DATASOURCE.fullmatch(value):
            raise ValueError("must be 1 to 50 letters and digits")
        return value

    @field_validator("url_regex")
    @classmethod
    def _is_regex(cls, value: str | None) -> str | None:
        UrlRegex(value or "")
        return value

    @field_validator("datasource_category")
    @classmethod
    def _says_something(cls, value: str | None) -> str | None:
        if value == "UNCATEGORIZED":
            raise ValueError("must say what kind of datasource it is, for example PUBLISHED_CONTENT")
        return value

    @property
    def object_types(self) -> set[str] | None:
        """The types documents may be of; None where every one may be."""
        names = [one.get("name") for one in self.object_definitions or ()]
        return None if not names or not all(isinstance(name, str) and name for name in names) else set(map(str, names))


class DatasourceUser(_Read):
    email: Address
    user_id: str | None = None
    name: str
    is_active: bool | None = None


class DatasourceGroup(_Read):
    name: str = Field(pattern=r"^\S+$", max_length=1_000)


class BulkMembership(_Read):
    member_user_id: Name | None = None
    member_group_name: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> BulkMembership:
        if (self.member_user_id is None) == (self.member_group_name is None):
            raise ValueError("a member is a user (memberUserId) or a group (memberGroupName)")
        return self


class Membership(BulkMembership):
    group_name: Name


class IndexUser(Versioned):
    user: DatasourceUser


class IndexGroup(Versioned):
    group: DatasourceGroup


class IndexMembership(Versioned):
    membership: Membership


class BulkPeople(Bulk):
    disable_stale_data_deletion_check: bool = False

    @model_validator(mode="after")
    def _check_last(self) -> BulkPeople:
        if self.disable_stale_data_deletion_check and not self.is_last_page:
            raise ValueError("disableStaleDataDeletionCheck comes with isLastPage alone")
        return self


class BulkUsers(BulkPeople):
    users: Many[DatasourceUser]


class BulkGroups(BulkPeople):
    groups: Many[DatasourceGroup]


class BulkMemberships(Bulk):
    group: Name | None = None  # the specification does not demand it, and the SDK's own crawl names none
    memberships: Many[BulkMembership]


class DeleteUser(Versioned):
    email: Address


class DeleteGroup(Versioned):
    group_name: Name
