"""Whether a person sees a document, and why: which rule of its permissions opens it, or what is missing to each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from connector.archive.documents import SAMPLE
from connector.archive.groups import leaving, leaving_groups
from connector.archive.ledger import Ledger
from connector.archive.lookup import lookup
from connector.config import Settings
from connector.errors import BadInputError
from connector.identity import Identity, asker_in, route
from connector.permissions import Permissions, may_see
from indexer import Asker, Document


@dataclass(frozen=True)
class Access:
    """``sees``: here; ``sees_in_glean``: once what leaves has been sent. ``why`` are the rules that open it, or else
    what is missing to each; ``permissions_from``: who set them; ``stays``: why it does not leave, "" where it does.
    """

    id: str
    object_type: str
    title: str
    email: str
    sees: bool
    sees_in_glean: bool
    why: list[str]
    permissions_from: str
    stays: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """In words."""
        yield f"{self.object_type} {self.id}: {self.title}"
        yield f"{self.email} {'sees it' if self.sees else 'does not see it'}; permissions from {self.permissions_from}"
        yield from (f"  {reason}" for reason in self.why)
        if self.stays:
            yield f"nobody sees it in Glean: {self.stays}"
        else:
            yield f"in Glean, once it has been sent: {'yes' if self.sees_in_glean else 'no'}"


def access(ledger: Ledger, settings: Settings, identity: Identity | None, ident: str, email: str) -> Access:
    """Whether the person sees the document with this id, or beginning of one; BadInputError where none is clear."""
    person = asker_in(identity, email)
    document, group = lookup(ledger, settings, ident, None)
    if document.scope:  # whose people are its own
        raise BadInputError(
            f"{document.id} is of another datasource, whose permissions do not go by identity.yaml",
            hint="`connector show ID --as EMAIL` shows it to whoever may see it.",
        )
    permissions = document.permissions or {}
    sees = may_see(person, permissions)
    told = list(reasons(Permissions.model_validate(permissions), identity, person))
    stays = _stays(ledger, settings, document, group)
    return Access(
        id=document.id,
        object_type=document.payload["objectType"],
        title=document.title,
        email=person.email,
        sees=sees,
        sees_in_glean=sees and not stays,
        why=[reason for opens, reason in told if opens == sees],
        permissions_from=_origin(ledger, document),
        stays=stays,
    )


def reasons(permissions: Permissions, identity: Identity | None, person: Asker) -> Iterator[tuple[bool, str]]:
    """(whether it opens the document, in words) for each rule of the permissions."""
    if permissions.allow_anonymous_access:
        yield True, "everyone may see it (allowAnonymousAccess)"
    if permissions.allow_all_datasource_users_access:
        if identity is None:
            told = "without identity.yaml everyone counts as one"
        else:
            told = f"identity.yaml {'lists' if person.member else 'does not list'} {person.email}"
        yield person.member, f"every user of the datasource may see it (allowAllDatasourceUsersAccess): {told}"
    if permissions.allowed_users:
        named = [user.email for user in permissions.allowed_users]
        if person.email in named:
            yield True, "named in allowedUsers"
        else:
            yield False, f"allowedUsers names {_listed(named)} alone"
    for group in permissions.allowed_groups:
        opens, told = _membership(identity, person, group)
        yield opens, f"the group `{group}` may see it (allowedGroups): {told}"
    for intersection in permissions.allowed_group_intersections:
        needed = intersection.required_groups
        told = "; ".join(_membership(identity, person, group)[1] for group in needed)
        opens = person.groups.issuperset(needed)
        yield opens, f"who is in all of {_listed(needed)} may see it (allowedGroupIntersections): {told}"
    if permissions == Permissions():
        yield False, "its permissions name nobody: it is for the owner of the data folder alone"


def _membership(identity: Identity | None, person: Asker, group: str) -> tuple[bool, str]:
    """Whether the person is in the group, and how."""
    if identity is None:
        return False, f"there is no identity.yaml that says who is in `{group}`"
    way = route(identity.direct_groups().get(person.email, ()), group, identity.parents())
    if way:
        return True, f"{person.email} is in " + ", which is in ".join(f"`{name}`" for name in way)
    return False, f"{person.email} is not in `{group}`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _origin(ledger: Ledger, document: Document) -> str:
    """Who says so."""
    if checkpoint := ledger.checkpoint(document.group):
        read = "read only what every user may see" if checkpoint.open else "read more than every user may see"
        return f"the model: checkpoint {checkpoint.number} {read}"
    row = ledger.transcript(document.group)
    return "its sidecar or folder" if row and row.metadata.permissions else "config.yaml"


def _stays(ledger: Ledger, settings: Settings, document: Document, group: list[Document]) -> str:
    """Why the document does not leave; "" where it does."""
    kind = document.payload["objectType"]
    if document.group in leaving_groups(ledger) and any(
        payload["id"] == document.id for payload in leaving(group, settings)
    ):
        return ""
    if document.held:
        return "it is held in doubt, and stays here until a person approves it (connector review)"
    if kind not in settings.glean.object_types:
        return f"glean.object_types leaves {kind} out"
    if kind == SAMPLE and document.group not in leaving_groups(ledger):
        return "only samples of the newest checkpoint leave"
    checkpoint = ledger.checkpoint(document.group)
    if checkpoint and not checkpoint.open:
        return "the model that wrote it has read what not everybody may see"
    return f"of the samples only the first {settings.glean.samples} leave (glean.samples)"
