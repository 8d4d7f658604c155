"""What documents must be to each other, to the datasource's configuration, and to its people and groups.

Documents pass one by one; of each only a hash of its id is kept, on the disk. Knows nothing of where they come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connector.counting import counted
from connector.glean.datasource import origin
from connector.glean.identity import groups, users
from connector.glean.matching import UrlRegex
from connector.glean.met import Met, short
from connector.glean.rules import Broken, objects
from connector.identity import Identity
from connector.transcripts.links import is_of_this_machine

Payload = dict[str, Any]
Configure = Callable[
    [Iterable[str]], Payload
]  # the datasource's configuration, for documents with links of these hosts

MATCHING = 5.0  # seconds of the processor for all links: of a pattern that does no harm they are some millions

_TEXTS = (list, "a list of texts")
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "TEXT": (str, "text"),
    "PICKLIST": (str, "text"),
    "USERID": (str, "text"),
    "INT": (int, "a whole number"),
    "DATE": ((int, str), "whole epoch seconds or a date"),
    "TEXTLIST": _TEXTS,
}


@dataclass(frozen=True)
class People:
    """Who and which groups Glean is told of before the documents."""

    users: frozenset[str]
    groups: frozenset[str]

    @classmethod
    def of(cls, identity: Identity) -> People:
        return cls(
            frozenset(user["email"] for user in users(identity)), frozenset(group["name"] for group in groups(identity))
        )


class Across:
    """Documents held against what was there before them.

    ``config`` is the datasource's configuration, or a function of the hosts of their links that makes one; ``people``
    None: nothing is known of them; ``whole``: these are all the documents there are. ``named`` are the addresses of the
    people that documents name, in small letters, where nothing is known of them. ``unheld`` says what documents could
    not be held against, as far as they are not all there are.
    """

    def __init__(self, config: Payload | Configure | None, people: People | None, *, whole: bool) -> None:
        self.counts: Counter[str] = Counter()
        self.named: set[str] = set()
        self._configure = config if callable(config) else None
        self._people = people
        self._whole = whole
        self._origins: dict[str, bool] = {}  # whether only this machine can open its links
        self._regexes: dict[str, UrlRegex | None] = {}  # of a configuration that we make: for the links of each
        self._met = Met()
        self._containers: dict[int, tuple[str, str, str]] = {}  # not seen yet: object type, id, a document in it
        self._warnings: Counter[str] = Counter()
        self._unheld: Counter[str] = Counter()
        self._last: tuple[Any, list[Broken], bool] = (None, [], False)
        self._config = config([]) if callable(config) else config
        self._unread = ""  # why links are not held against the urlRegex
        self._regex = self._compiled(self._config or {})
        self._types = {
            str(one.get("name")): {
                str(item.get("name")): str(item.get("propertyType")) for item in objects(one, "propertyDefinitions")
            }
            for one in objects(self._config or {}, "objectDefinitions")
        }

    @property
    def config(self) -> Payload | None:
        """The datasource's configuration, for the documents so far where we make it."""
        return self._configure(self._origins) if self._configure else self._config

    def add(self, document: Payload) -> list[Broken]:
        """The rules that the document breaks beside those of its own shape."""
        found: list[Broken] = []
        kind, ident = document.get("objectType"), document.get("id")
        if isinstance(kind, str) and isinstance(ident, str):
            self.counts[kind] += 1
            key = _key(kind, ident)
            if not self._met.put(key):
                found.append(Broken("id", f"`{ident}` stands twice (capitals and small letters are the same)"))
            self._containers.pop(key, None)
            self._hold_container(document, ident)
        if isinstance(link := document.get("viewURL"), str):
            found += self._hold_link(link)
        if self._config is not None:
            found += self._hold_definitions(document, kind)
        elif not self._whole:
            self._unheld["not held against urlRegex, object types and properties: no file is of their datasource"] += 1
        return found + self._hold_permissions(document.get("permissions"))

    def finish(self) -> Iterator[tuple[str, Broken]]:
        """(document, broken rule) of what only the end shows: containers that are not there."""
        for kind, ident, document in self._containers.values():
            if self.counts[kind]:
                broken = Broken("containerDatasourceId", f"there is no {kind} `{ident}`")
                if self._whole:
                    yield document, broken
                else:
                    self._warnings[f"in a {kind} that is not in these files"] += 1

    def warnings(self) -> list[str]:
        """What breaks no rule and a person should know."""
        return _counted(self._warnings)

    def unheld(self) -> list[str]:
        """What was not looked at."""
        return _counted(self._unheld)

    # -- one rule after another

    def _hold_container(self, document: Payload, ident: str) -> None:
        kind, container = document.get("containerObjectType"), document.get("containerDatasourceId")
        if isinstance(kind, str) and isinstance(container, str):
            key = _key(kind, container)
            if key not in self._containers and key not in self._met:
                self._containers[key] = (kind, container, ident)

    def _hold_link(self, link: str) -> Iterator[Broken]:
        if (begin := origin(link)) not in self._origins:
            self._origins[begin] = is_of_this_machine(begin)
            if self._configure is not None:  # the pattern of all names every host, and nothing more of this one
                self._regexes[begin] = self._compiled(self._configure([begin]))
        regex = self._regexes[begin] if self._configure else self._regex
        if self._unread:
            self._unheld[f"not held against the urlRegex, which {self._unread}"] += 1
        try:
            if regex is not None and not regex.fits(link):
                yield Broken("viewURL", "does not match the datasource's urlRegex")
        except TimeoutError:
            self._warnings["not held against the urlRegex, which takes too long: does it repeat what repeats?"] += 1
        if self._origins[begin]:
            self._warnings[f"with a link that only this machine can open ({begin}): no video link, see public_url"] += 1

    def _compiled(self, config: Payload) -> UrlRegex | None:
        pattern = config.get("urlRegex")
        try:
            return UrlRegex(pattern, MATCHING) if isinstance(pattern, str) else None
        except ValueError as error:
            self._unread = str(error)
            return None

    def _hold_definitions(self, document: Payload, kind: Any) -> Iterator[Broken]:
        assert self._config is not None
        if "datasource" in document and document["datasource"] != self._config.get("name"):
            yield Broken("datasource", f"the datasource that is configured is `{self._config.get('name')}`")
        types = self._types.get(kind) if isinstance(kind, str) else None
        if types is None:
            yield Broken("objectType", f"`{kind}` is not defined in the datasource's configuration")
            return
        container = document.get("containerObjectType")
        if isinstance(container, str) and container not in self._types:
            yield Broken("containerObjectType", f"`{container}` is not defined in the datasource's configuration")
        properties = document.get("customProperties", ())
        for at, item in enumerate(properties if isinstance(properties, list) else ()):
            if not isinstance(item, dict):
                continue
            wanted, value = types.get(str(item.get("name"))), item.get("value")
            if wanted is None:
                yield Broken(f"customProperties[{at}].name", f"`{item.get('name')}` is not defined for {kind}")
            elif wanted in _TYPES and not isinstance(value, _TYPES[wanted][0]):
                yield Broken(f"customProperties[{at}].value", f"must be {_TYPES[wanted][1]}: it is defined as {wanted}")

    def _hold_permissions(self, permissions: Any) -> list[Broken]:
        """Documents of one recording share them: what was found of the last is found again."""
        if permissions is not self._last[0]:
            found = list(self._unknown(permissions)) if isinstance(permissions, dict) else []
            self._last = (permissions, found, isinstance(permissions, dict) and self._names_unknown(permissions))
        if self._last[2] and self._whole:
            self._warnings["with groups of which nothing says who is in them: write identity.yaml"] += 1
        elif self._last[2]:
            self._unheld["whose people and groups are in none of the files"] += 1
        return self._last[1]

    def _names_unknown(self, permissions: Payload) -> bool:
        """Whether it names whom nobody knows; people of the whole archive are told of by what documents say."""
        named = [_group_names(permissions), *([] if self._whole else [_emails(permissions)])]
        return self._people is None and any(map(any, named))

    def _unknown(self, permissions: Payload) -> Iterator[Broken]:
        if self._people is None:
            self.named.update(email.strip().lower() for _, email in _emails(permissions))
            return
        for field, email in _emails(permissions):
            if email.strip().lower() not in self._people.users:
                yield Broken(field, f"`{email}` is no user of the datasource: add them to identity.yaml")
        for field, name in _group_names(permissions):
            if name not in self._people.groups:
                yield Broken(field, f"there is no group `{name}`: nobody in identity.yaml is in it")


def _counted(told: Counter[str]) -> list[str]:
    return [f"{counted(number, 'document')} {what}" for what, number in sorted(told.items())]


def _emails(permissions: Payload) -> Iterator[tuple[str, str]]:
    for at, user in enumerate(objects(permissions, "allowedUsers")):
        if isinstance(email := user.get("email"), str):
            yield f"permissions.allowedUsers[{at}].email", email


def _group_names(permissions: Payload) -> Iterator[tuple[str, str]]:
    yield from _texts(permissions, "allowedGroups", "permissions.allowedGroups")
    for at, intersection in enumerate(objects(permissions, "allowedGroupIntersections")):
        where = f"permissions.allowedGroupIntersections[{at}].requiredGroups"
        yield from _texts(intersection, "requiredGroups", where)


def _texts(owner: Payload, key: str, where: str) -> Iterator[tuple[str, str]]:
    values = owner.get(key)
    for at, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, str):
            yield f"{where}[{at}]", value


def _key(kind: str, ident: str) -> int:
    """The same for ids that Glean takes for the same."""
    return short(f"{kind}:{ident.casefold()}")
