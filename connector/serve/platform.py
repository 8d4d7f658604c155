"""POST /api/search and GET /api/search/filters: the plain search API of the official clients from 0.17 on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from starlette.routing import Route

from connector.serve.client_requests import FacetFilter, PlainFilter, PlainSearchAsked, TimeRange, read
from connector.serve.fields import COUNTED, DEFAULT, PEOPLE
from connector.serve.http import Asked, Refused, request_id, route
from connector.serve.results import Told, link, moment, person, snippet_text
from connector.serve.searching import MOST_FACET_VALUES, Searching, Wanted, of_datasources
from connector.serve.service import Service
from indexer import query as typed
from indexer.access import Asker
from indexer.request import Hit

EVERYTHING = typed.Not(typed.Keyed("id", ()))


def routes(service: Service) -> list[Route]:
    searching = Searching(service)

    def search(asked: Asked) -> Told:
        body = read(PlainSearchAsked, asked.body)
        if not body.query.strip() and not (body.filters or body.datasources or body.time_range):
            raise Refused(422, "there is nothing to look for", code="unprocessable_query")
        filters = [_filter(one) for one in body.filters or ()]
        _demand_one_each(body.filters or ())
        translated = searching.translated(filters, asked.asker)
        _demand_datasources(searching, body.datasources or (), asked.asker)
        nodes = (*of_datasources(*(body.datasources or ())), *translated.nodes, *_within(body.time_range))
        found = searching.find(Wanted(body.query, nodes, size=body.page_size, cursor=body.cursor or ""), asked.asker)
        warnings = [("unknown_filter_field", f"nothing has a field `{name}`") for name in translated.unknown]
        if body.time_range and not _whole_days(body.time_range):
            warnings.append(("time_range_by_day", "times are compared by day (UTC)"))
        return {
            "results": [_result(hit) for hit in found.hits],
            "has_more": bool(found.next),
            "next_cursor": found.next or None,
            "request_id": request_id(),
            "warnings": [{"code": code, "message": message} for code, message in warnings],
        }

    def filters(asked: Asked) -> Told:
        wanted = asked.query.getlist("datasources")
        query = asked.query.get("query")
        if query is not None and not query.strip():
            raise Refused(400, "query: must not be blank", code="invalid_parameter")
        if query is not None and len(wanted) != 1:
            raise Refused(400, "datasources: with a query name exactly one", code="invalid_parameter")
        known = _demand_datasources(searching, wanted, asked.asker)
        chosen = [name for name in known if not wanted or name in wanted]
        told = [{"datasource": name, "filters": _fields(searching, name, query, asked.asker)} for name in chosen]
        return {"datasources": told, "request_id": request_id()}

    return [route("/api/search", search), route("/api/search/filters", filters, "GET")]


def _result(hit: Hit) -> Told:
    payload = hit.document.payload
    told: Told = {
        "url": link(hit),
        "title": hit.document.title or "Untitled",
        "datasource": str(payload.get("datasource") or ""),
        "snippets": [text for one in (hit, *hit.more) if (text := snippet_text(one)[0])],
        "document_type": payload.get("objectType"),
        "created_at": moment(payload.get("createdAt")),
        "updated_at": moment(payload.get("updatedAt")),
    }
    for name, written in (("creator", "author"), ("owner", "owner")):
        if found := person(payload.get(written)):
            told[name] = {"name": found["name"], "id": found["obfuscatedId"]}
    return told


def _filter(one: PlainFilter) -> FacetFilter:
    """The filter as the other search has it; bounds that count with their day are moved by one."""
    operator = one.operator or "EQUALS"
    if operator in ("GT", "GTE", "LT", "LTE"):
        if len(one.values) != 1:
            raise Refused(400, f"{one.field}: {operator} takes one value", code="invalid_filter")
        if one.field in COUNTED:
            raise Refused(400, f"{one.field}: takes EQUALS and NOT_EQUALS alone", code="invalid_filter")
    values = one.values
    if operator in ("GTE", "LTE"):
        step = timedelta(days=-1 if operator == "GTE" else 1)
        try:
            values = [(date.fromisoformat(one.values[0][:10]) + step).isoformat()]
        except (ValueError, OverflowError) as error:
            raise Refused(
                400, f"{one.field}: no date is read from `{values[0][:80]}`", code="invalid_filter"
            ) from error
    relation = operator[:2] if operator in ("GTE", "LTE") else operator
    told = [{"value": value, "relationType": relation} for value in values]
    return FacetFilter.model_validate({"fieldName": one.field, "values": told})


def _demand_one_each(filters: Sequence[PlainFilter]) -> None:
    equal = Counter(one.field for one in filters if (one.operator or "EQUALS") == "EQUALS")
    if twice := [field for field, times in equal.items() if times > 1]:
        raise Refused(400, f"{twice[0]}: give all its values in one filter", code="invalid_filter")


def _demand_datasources(searching: Searching, wanted: Sequence[str], asker: Asker | None) -> list[str]:
    """The datasources of which the asker may see anything; Refused where one of those ``wanted`` is none."""
    counted = Wanted("", (EVERYTHING,), size=0, fields=("datasource",), facet_values=MOST_FACET_VALUES, group=False)
    known = sorted(one["value"] for one in searching.find(counted, asker).facets["datasource"])
    if strange := [name for name in wanted if name not in known]:
        raise Refused(400, f"there is no datasource `{strange[0][:80]}`", code="invalid_datasource")
    return known


def _fields(searching: Searching, datasource: str, query: str | None, asker: Asker | None) -> list[Told]:
    """The fields that filter a datasource; with a ``query`` also the values there are among what it finds."""
    wanted = Wanted(query or "", of_datasources(datasource), size=0, fields=DEFAULT, facet_values=50, group=False)
    found = searching.find(wanted, asker).facets
    told: list[Told] = []
    for name in DEFAULT:
        if name in ("datasource", "month") or not (values := found.get(name)):
            continue
        field: Told = {
            "field": name,
            "type": "USER" if name in PEOPLE else "STRING",
            "operators": ["EQUALS", "NOT_EQUALS"],
        }
        told.append(field | {"values": [one["value"] for one in values]} if query else field)
    return told


def _within(range_: TimeRange | None) -> tuple[typed.Node, ...]:
    """The days of the range; a day that it cuts belongs to it."""
    if range_ is None or not (range_.start or range_.end):
        return ()
    start, end = _time("start", range_.start), _time("end", range_.end)
    after = start.date() if start else None
    return (typed.Recorded(after, _day_after(end) if end else None, updated=True),)


def _day_after(end: datetime) -> date | None:
    """The first day of which a range to ``end`` has nothing; None after the last that there is."""
    if _is_midnight(end):
        return end.date()
    return end.date() + timedelta(days=1) if end.date() < date.max else None


def _whole_days(range_: TimeRange) -> bool:
    times = (_time("start", range_.start), _time("end", range_.end))
    return all(one is None or _is_midnight(one) for one in times)


def _is_midnight(at: datetime) -> bool:
    return at.time() == time.min


def _time(name: str, written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(
            400, f"time_range/{name}: no time is read from `{written[:80]}`", code="invalid_parameter"
        ) from error
