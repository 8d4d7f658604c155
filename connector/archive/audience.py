"""Whether a person sees a document, and why: which rule of its permissions opens it, or what is missing to each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from connector.archive.asking import everywhere
from connector.archive.documents import SAMPLE
from connector.archive.groups import leaving, leaving_groups
from connector.archive.ledger import Ledger
from connector.archive.lookup import lookup
from connector.config import Settings
from connector.identity import Identity, asker_in, route
from connector.permissions import Permissions, may_see
from indexer import Asker, Document
from indexer.access import tokens


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
            yield f"it does not go to Glean from here: {self.stays}"
        else:
            yield f"in Glean, once it has been sent: {'yes' if self.sees_in_glean else 'no'}"


def access(ledger: Ledger, settings: Settings, identity: Identity | None, ident: str, email: str) -> Access:
    """Whether the person sees the document with this id, or beginning of one; BadInputError where none is clear.

    Of another datasource its people decide, as they were indexed here.
    """
    document, group = lookup(ledger, settings, ident, None)
    permissions = document.permissions or {}
    if document.scope:
        person = everywhere(asker_in(identity, email), ledger, settings.glean.datasource)
        told = list(reasons_elsewhere(permissions, document.scope, person))
        origin = f"whoever indexed it into the datasource `{document.scope}`"
        stays = "it was indexed here, and leaves from where it came"
    else:
        person = asker_in(identity, email)
        told = list(reasons(Permissions.model_validate(permissions), identity, person))
        origin = _origin(ledger, document)
        stays = _stays(ledger, settings, document, group)
    sees = may_see(person, permissions, document.scope)
    return Access(
        id=document.id,
        object_type=document.payload["objectType"],
        title=document.title,
        email=person.email,
        sees=sees,
        sees_in_glean=sees and not stays,
        why=[reason for opens, reason in told if opens == sees],
        permissions_from=origin,
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


def reasons_elsewhere(permissions: dict[str, Any], scope: str, person: Asker) -> Iterator[tuple[bool, str]]:
    """The same for a document of the datasource ``scope``, whose permissions are as others wrote them."""

    def opens(rule: dict[str, Any]) -> bool:
        return may_see(person, rule, scope)

    if not tokens(permissions, scope):
        yield False, "its permissions name nobody: it is for the owner of the data folder alone"
        return
    if opens({"allowAnonymousAccess": permissions.get("allowAnonymousAccess")}):
        yield True, "everyone may see it (allowAnonymousAccess)"
    if permissions.get("allowAllDatasourceUsersAccess") is True:
        here = any(one.datasource == scope for one in person.elsewhere)
        told = f"{person.email} is {'one' if here else 'none'} of them"
        yield here, f"every user of `{scope}` may see it (allowAllDatasourceUsersAccess): {told}"
    if users := [user for user in _items(permissions, "allowedUsers") if isinstance(user, dict)]:
        named = [str(user.get("email") or user.get("datasourceUserId") or "?") for user in users]
        if opens({"allowedUsers": users}):
            yield True, f"named in allowedUsers, as a user of `{scope}`"
        else:
            yield False, f"allowedUsers names {_listed(named)} alone"
    for name in _names(permissions, "allowedGroups"):
        told = _among(person, scope, [name])
        yield opens({"allowedGroups": [name]}), f"the group `{name}` of `{scope}` may see it (allowedGroups): {told}"
    for one in _items(permissions, "allowedGroupIntersections"):
        if not tokens({"allowedGroupIntersections": [one]}, scope):
            continue
        needed = _names(one, "requiredGroups")
        told = _among(person, scope, needed)
        rule = f"who is in all of {_listed(needed)} of `{scope}` may see it (allowedGroupIntersections)"
        yield opens({"allowedGroupIntersections": [one]}), f"{rule}: {told}"


def _among(person: Asker, scope: str, names: Iterable[str]) -> str:
    """Which of these groups of ``scope`` the person is in."""
    theirs = next((one.groups for one in person.elsewhere if one.datasource == scope), frozenset())
    return "; ".join(f"{person.email} is {'' if name in theirs else 'not '}in `{name}`" for name in names)


def _membership(identity: Identity | None, person: Asker, group: str) -> tuple[bool, str]:
    """Whether the person is in the group, and how."""
    if identity is None:
        return False, f"there is no identity.yaml that says who is in `{group}`"
    way = route(identity.direct_groups().get(person.email, ()), group, identity.parents())
    if way:
        return True, f"{person.email} is in " + ", which is in ".join(f"`{name}`" for name in way)
    return False, f"{person.email} is not in `{group}`"


def _items(owner: Any, key: str) -> list[Any]:
    """What is listed there; nothing where it is no list."""
    value = owner.get(key) if isinstance(owner, dict) else None
    return value if isinstance(value, list) else []


def _names(owner: Any, key: str) -> list[str]:
    """The names that are listed there: as for the index, strings alone."""
    return [name for name in _items(owner, key) if isinstance(name, str)]


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
