"""The fields that Glean filters and counts by, and what the index has for each. Pure.

https://developers.glean.com/guides/search/filtering-results: values of one filter are OR, filters AND; a date is
bounded by GT and LT, neither with its day, and both bounds of one filter hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from connector.serve.client_requests import FacetFilter, FilterValue
from connector.serve.http import Answer, Refused
from indexer import query as typed
from indexer.text import words

# What Glean and people call a field, and what a search counts it as.
COUNTED = {
    "type": "type",
    "objecttype": "type",
    "datasource": "datasource",
    "app": "datasource",
    "from": "from",
    "author": "from",
    "owner": "owner",
    "speaker": "speaker",
    "speakers": "speaker",
    "collection": "collection",
    "tag": "tag",
    "tags": "tag",
    "label": "tag",
    "labels": "tag",
    "month": "month",
    "language": "language",
    "lang": "language",
    "quality": "quality",
}
DEFAULT = ("type", "datasource", "from", "speaker", "collection", "tag", "language", "quality", "month")
PROPERTIES = ("type", "datasource", "from", "owner", "quality")  # counted by ``indexer.properties``
PEOPLE = ("from", "owner", "author")
_UPDATED = ("last_updated_at", "lastupdatedat", "updated", "updated_at", "updatedat")
_CREATED = ("created_at", "createdat", "created", "recorded")
_PAST = re.compile(r"(?:past|last)_(?:(\d{1,4})_)?(day|week|month|year)s?")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_MONTH = re.compile(r"(\d{4})-(\d\d)")


class Bounds(NamedTuple):
    """Days: from ``after`` on, and before ``before``."""

    after: date | None = None
    before: date | None = None


@dataclass(frozen=True)
class Translated:
    """What must hold, and the fields that nothing here knows, which were passed over."""

    nodes: tuple[typed.Node, ...] = ()
    unknown: tuple[str, ...] = ()


class BadOperatorError(Refused):
    """A value that no date is read from; the one mistake in a filter that Glean answers with 422."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(422, f"{name}: no date is read from `{value[:80]}`", code="invalid_filter")
        self.name, self.value = name, value

    def answer(self) -> Answer:
        """As the client API tells it: ErrorInfo."""
        told = {"key": self.name, "value": self.value}
        return Answer({"invalidOperators": [told], "errorMessages": [{"errorMessage": self.text}]}, 422)


def translate(filters: Iterable[FacetFilter], today: date, email: str | None, custom: Iterable[str] = ()) -> Translated:
    """``filters`` as nodes of a query, all of which must hold.

    ``today`` is the asker's, ``email`` theirs (``from: me``); ``custom`` are the properties there are besides. Raises
    BadOperatorError.
    """
    own = {name.lower() for name in custom}
    nodes: list[typed.Node] = []
    unknown: list[str] = []
    for one in filters:
        name = one.field_name.lower()
        if name in _UPDATED or name in _CREATED:
            nodes.append(_dated(one, today, updated=name in _UPDATED))
        elif (make := _made_by(name, email, own)) and all(_plain(value) for value in one.values):
            nodes.append(_either(one.values, make))
        else:
            unknown.append(one.field_name)
    return Translated(tuple(nodes), tuple(unknown))


def any_of(sets: Sequence[Translated]) -> Translated:
    """What one set of filters or another lets through."""
    unknown = tuple(dict.fromkeys(name for one in sets for name in one.unknown))
    if not sets or any(not one.nodes for one in sets):  # a set that asks for nothing lets all through
        return Translated((), unknown)
    return Translated((typed.Any(tuple(typed.All(one.nodes) for one in sets)),), unknown)


def _plain(value: FilterValue) -> bool:
    return value.relation in ("EQUALS", "ID_EQUALS", "NOT_EQUALS")


def _either(values: Sequence[FilterValue], make: Callable[[tuple[str, ...]], typed.Node]) -> typed.Node:
    """Any of the values that are to be equal, and none of those that are not."""
    wanted = tuple(value.value for value in values if value.relation != "NOT_EQUALS")
    others = tuple(value.value for value in values if value.relation == "NOT_EQUALS")
    parts = ([make(wanted)] if wanted else []) + ([typed.Not(make(others))] if others else [])
    return parts[0] if len(parts) == 1 else typed.All(tuple(parts))


def _made_by(name: str, email: str | None, own: set[str]) -> Callable[[tuple[str, ...]], typed.Node] | None:
    """How the field ``name`` is looked for; None where nothing has it."""
    if name == "title":
        return lambda values: _any(map(_title, values))
    meant = COUNTED.get(name) or (name if name in own else None)
    if meant in PEOPLE:
        return lambda values: typed.Property(meant, tuple(email or "" if one == "me" else one for one in values))
    if meant in ("speaker", "collection", "tag"):
        return lambda values: _any(typed.Named(meant, value) for value in values)
    if meant == "language":
        return lambda values: typed.Keyed("lang", tuple(one.replace("_", "-").split("-")[0].lower() for one in values))
    if meant == "month":
        return lambda values: _any(map(_month, values))
    return None if meant is None else lambda values: typed.Property(meant, values)


def _any(nodes: Iterable[typed.Node]) -> typed.Node:
    parts = tuple(nodes)
    return parts[0] if len(parts) == 1 else typed.Any(parts)


def _title(value: str) -> typed.Node:
    terms = tuple(words(value)[: typed.MAX_TERMS])
    return typed.Title(terms) if terms else typed.Keyed("id", ())


def is_month(value: str) -> bool:
    """Whether ``value`` is a month of a year, as in 2025-01."""
    match = _MONTH.fullmatch(value)
    return match is not None and 1 <= int(match[2]) <= 12 and 1 <= int(match[1]) < 9999


def _month(value: str) -> typed.Node:
    if not is_month(value):
        raise BadOperatorError("month", value)
    year, month = map(int, value.split("-"))
    first = date(year, month, 1)
    return typed.Recorded(first, (first + timedelta(days=31)).replace(day=1))


def _dated(one: FacetFilter, today: date, *, updated: bool) -> typed.Node:
    """Any of the days or spans that are to be equal, within both bounds, and none of those that are not."""

    def within(bounds: Bounds) -> typed.Node:
        return typed.Recorded(bounds.after, bounds.before, updated)

    read = [(value.relation, _bounds(one.field_name, value, today)) for value in one.values]
    parts: list[typed.Node] = []
    if equal := [within(bounds) for relation, bounds in read if relation in ("EQUALS", "ID_EQUALS")]:
        parts.append(_any(equal))
    parts += [within(bounds) for relation, bounds in read if relation in ("LT", "GT")]
    parts += [typed.Not(within(bounds)) for relation, bounds in read if relation == "NOT_EQUALS"]
    return parts[0] if len(parts) == 1 else typed.All(tuple(parts))


def _bounds(name: str, value: FilterValue, today: date) -> Bounds:
    said = value.value.strip().lower()
    try:
        span = _span(said, today)
        if value.relation == "LT":
            return Bounds(before=span.after)
        if value.relation == "GT":
            return Bounds(after=span.before or span.after)
    except (ValueError, OverflowError) as error:
        raise BadOperatorError(name, value.value) from error
    return span


def _span(said: str, today: date) -> Bounds:
    """The days that a value names; ValueError where it names none."""
    day = timedelta(days=1)
    if said == "today":
        return Bounds(today, today + day)
    if said == "yesterday":
        return Bounds(today - day, today)
    if match := _PAST.fullmatch(said):
        return Bounds(today - int(match[1] or 1) * _DAYS[match[2]] * day)
    exact = datetime.fromisoformat(said.upper()).date()
    return Bounds(exact, exact + day)
