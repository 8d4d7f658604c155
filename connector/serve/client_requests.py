"""What the client API is asked, read strictly: types as the specification has them, and bounds.

Keys that are not read here are passed over, as Glean does; ``connector.serve.checking`` is stricter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from connector.serve.http import Refused

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")
Relation = Literal["EQUALS", "ID_EQUALS", "LT", "GT", "NOT_EQUALS"]
Operator = Literal["EQUALS", "NOT_EQUALS", "GT", "GTE", "LT", "LTE"]

MOST_SPECS = 100  # documents asked for at once
MOST_FILTERS = 100
MOST_NAMES = 100  # datasources, hints, kinds of results
MOST_FACETS = 50  # counted at once
MOST_VALUES = 1_000  # of all filters together
MOST_EVENTS = 1_000
MOST_MISTAKES = 10  # told of one request


# A list is read up to its first mistake: of a body full of them as many would be kept, each many times its size.
Values = Annotated[list[T], Field(max_length=MOST_VALUES, fail_fast=True)]
Filters = Annotated[list[T], Field(max_length=MOST_FILTERS, fail_fast=True)]
Names = Annotated[list[str], Field(max_length=MOST_NAMES, fail_fast=True)]
Specs = Annotated[list[T], Field(max_length=MOST_SPECS, fail_fast=True)]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Camel(_Read):
    model_config = ConfigDict(alias_generator=to_camel)


class FilterValue(_Camel):
    value: str
    relation_type: Relation | None = None
    is_negated: bool | None = None

    @property
    def relation(self) -> str:
        return "NOT_EQUALS" if self.is_negated else self.relation_type or "EQUALS"


class FacetFilter(_Camel):
    """Values of one are OR; filters are AND."""

    field_name: str = Field(min_length=1)
    values: Values[FilterValue] = Field(min_length=1)


class _WithValues(Protocol):
    @property
    def values(self) -> Sized: ...


def _demand_few(filters: Iterable[_WithValues]) -> None:
    if sum(len(one.values) for one in filters) > MOST_VALUES:
        raise ValueError(f"filters have at most {MOST_VALUES:,} values, all together")


class FilterSet(_Camel):
    filters: Filters[FacetFilter] = []


def _in_sets(sets: Iterable[FilterSet]) -> Iterator[FacetFilter]:
    return (one for filters in sets for one in filters.filters)


class BucketFilter(_Camel):
    facet: str = ""
    prefix: str = ""


class Options(_Camel):
    datasource_filter: str | None = None
    datasources_filter: Names | None = None
    facet_filters: Filters[FacetFilter] | None = None
    facet_filter_sets: Filters[FilterSet] | None = None
    facet_bucket_filter: BucketFilter | None = None
    facet_bucket_size: int = Field(default=10, ge=0)
    default_facets: Annotated[list[str], Field(max_length=MOST_FACETS, fail_fast=True)] | None = None
    response_hints: Names | None = None
    timezone_offset: int | None = Field(default=None, ge=-24 * 60, le=24 * 60)
    disable_spellcheck: bool | None = None
    disable_query_autocorrect: bool | None = None
    return_llm_content_over_snippets: bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Options:
        if self.facet_filters and self.facet_filter_sets:
            raise ValueError("facetFilters or facetFilterSets, not both")
        _demand_few(self.facet_filters or ())
        _demand_few(_in_sets(self.facet_filter_sets or ()))
        return self


class SearchAsked(_Camel):
    query: str
    cursor: str | None = None
    page_size: int | None = Field(default=None, ge=1)
    max_snippet_size: int | None = Field(default=None, ge=1)
    request_options: Options | None = None
    disable_spellcheck: bool | None = None
    tracking_token: str | None = None


class AutocompleteAsked(_Camel):
    query: str = ""
    datasources_filter: Names | None = None
    datasource: str | None = None
    result_types: Names | None = None
    result_size: int | None = Field(default=None, ge=1)


class Spec(_Camel):
    """A document by its id or its address; content made in Glean itself (``ugcType``) there is none here."""

    id: str | None = None
    url: str | None = None
    ugc_type: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Spec:
        if sum(part is not None for part in (self.id, self.url, self.ugc_type)) != 1:
            raise ValueError("a document is named by its id or by its url")
        return self


class DocumentsAsked(_Camel):
    document_specs: Specs[Spec]
    include_fields: Names | None = None


class ByFacetsAsked(_Camel):
    filter_sets: Filters[FilterSet]
    datasources_filter: Names | None = None
    cursor: str | None = None

    @model_validator(mode="after")
    def _few_values(self) -> ByFacetsAsked:
        _demand_few(_in_sets(self.filter_sets))
        return self


class SummaryAsked(_Camel):
    document_specs: Specs[Spec] = Field(min_length=1)
    query: str | None = None
    preferred_summary_length: int | None = Field(default=None, ge=1)


class RecommendationsAsked(_Camel):
    recommendation_document_spec: Spec
    page_size: int | None = Field(default=None, ge=1)
    max_snippet_size: int | None = Field(default=None, ge=1)
    request_options: Options | None = None


class FeedbackAsked(_Camel):
    event: str = Field(min_length=1)
    tracking_tokens: Annotated[list[str], Field(max_length=MOST_EVENTS, fail_fast=True)]


class EventAsked(_Camel):
    action: Literal["VIEW", "EDIT", "SEARCH", "COMMENT", "CRAWL", "HISTORICAL_SEARCH", "HISTORICAL_VIEW"]
    timestamp: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
    url: str = Field(min_length=1)


class ActivityAsked(_Camel):
    events: Annotated[list[EventAsked], Field(max_length=MOST_EVENTS, fail_fast=True)]


class PlainFilter(_Read):
    """One of ``POST /api/search``."""

    field: str = Field(pattern=r"\S")
    values: Values[str] = Field(min_length=1)
    operator: Operator | None = None


class TimeRange(_Read):
    start: str | None = None
    end: str | None = None


class PlainSearchAsked(_Read):
    """``POST /api/search``."""

    query: str
    page_size: int = Field(default=10, ge=1, le=100)
    cursor: str | None = None
    datasources: Names | None = None
    filters: Filters[PlainFilter] | None = None
    time_range: TimeRange | None = None

    @model_validator(mode="after")
    def _few_values(self) -> PlainSearchAsked:
        _demand_few(self.filters or ())
        return self


def read(model: type[Model], body: Any) -> Model:
    """``body`` as ``model``; Refused with 400 and up to MOST_MISTAKES, each with a pointer to its place (RFC 6901)."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise refused(error) from error


def refused(error: ValidationError) -> Refused:
    """What pydantic found wrong, as an answer."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return refused_for(
        (one["loc"], one["msg"].removeprefix("Value error, "), one["type"] == "missing") for one in found
    )


def refused_for(found: Iterable[tuple[Sequence[str | int], str, bool]]) -> Refused:
    """The answer to a body with mistakes: (where: keys and positions, what, whether something is missing there)."""
    mistakes = [
        {
            "pointer": "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in where),
            "detail": what,
            "code": "missing_required_field" if missing else "invalid_parameter",
        }
        for where, what, missing in islice(found, MOST_MISTAKES)
    ]
    told = "; ".join(f"{mistake['pointer'] or 'the body'}: {mistake['detail']}" for mistake in mistakes)
    code = mistakes[0]["code"] if len(mistakes) == 1 else "invalid_request"
    return Refused(400, told, code=code, errors=mistakes)
