"""What the client API is asked, read strictly: types as the specification has them, and bounds.

Keys that are not read here are passed over, as Glean does; ``connector.serve.checking`` is stricter.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from connector.serve.http import Refused

Model = TypeVar("Model", bound=BaseModel)
Relation = Literal["EQUALS", "ID_EQUALS", "LT", "GT", "NOT_EQUALS"]
Operator = Literal["EQUALS", "NOT_EQUALS", "GT", "GTE", "LT", "LTE"]

MOST_SPECS = 100  # documents asked for at once
MOST_FILTERS = 100


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
    values: list[FilterValue] = Field(min_length=1, max_length=1_000)


class FilterSet(_Camel):
    filters: list[FacetFilter] = Field(default=[], max_length=MOST_FILTERS)


class BucketFilter(_Camel):
    facet: str = ""
    prefix: str = ""


class Options(_Camel):
    datasource_filter: str | None = None
    datasources_filter: list[str] | None = None
    facet_filters: list[FacetFilter] | None = Field(default=None, max_length=MOST_FILTERS)
    facet_filter_sets: list[FilterSet] | None = Field(default=None, max_length=MOST_FILTERS)
    facet_bucket_filter: BucketFilter | None = None
    facet_bucket_size: int = Field(default=10, ge=0)
    default_facets: list[str] | None = None
    response_hints: list[str] | None = None
    timezone_offset: int | None = Field(default=None, ge=-24 * 60, le=24 * 60)
    disable_spellcheck: bool | None = None
    disable_query_autocorrect: bool | None = None
    return_llm_content_over_snippets: bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Options:
        if self.facet_filters and self.facet_filter_sets:
            raise ValueError("facetFilters or facetFilterSets, not both")
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
    datasources_filter: list[str] | None = None
    datasource: str | None = None
    result_types: list[str] | None = None
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
    document_specs: list[Spec] = Field(max_length=MOST_SPECS)
    include_fields: list[str] | None = None


class ByFacetsAsked(_Camel):
    filter_sets: list[FilterSet] = Field(max_length=MOST_FILTERS)
    datasources_filter: list[str] | None = None
    cursor: str | None = None


class SummaryAsked(_Camel):
    document_specs: list[Spec] = Field(min_length=1, max_length=MOST_SPECS)
    query: str | None = None
    preferred_summary_length: int | None = Field(default=None, ge=1)


class RecommendationsAsked(_Camel):
    recommendation_document_spec: Spec
    page_size: int | None = Field(default=None, ge=1)
    max_snippet_size: int | None = Field(default=None, ge=1)
    request_options: Options | None = None


class FeedbackAsked(_Camel):
    event: str = Field(min_length=1)
    tracking_tokens: list[str]


class EventAsked(_Camel):
    action: Literal["VIEW", "EDIT", "SEARCH", "COMMENT", "CRAWL", "HISTORICAL_SEARCH", "HISTORICAL_VIEW"]
    timestamp: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
    url: str = Field(min_length=1)


class ActivityAsked(_Camel):
    events: list[EventAsked]


class PlainFilter(_Read):
    """One of ``POST /api/search``."""

    field: str = Field(pattern=r"\S")
    values: list[str] = Field(min_length=1, max_length=1_000)
    operator: Operator | None = None


class TimeRange(_Read):
    start: str | None = None
    end: str | None = None


class PlainSearchAsked(_Read):
    """``POST /api/search``."""

    query: str
    page_size: int = Field(default=10, ge=1, le=100)
    cursor: str | None = None
    datasources: list[str] | None = None
    filters: list[PlainFilter] | None = Field(default=None, max_length=MOST_FILTERS)
    time_range: TimeRange | None = None


def read(model: type[Model], body: Any) -> Model:
    """``body`` as ``model``; Refused with 400 and every mistake, each with a pointer to its place (RFC 6901)."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise refused(error) from error


def refused(error: ValidationError) -> Refused:
    """What pydantic found wrong, as an answer."""
    mistakes = [
        {
            "pointer": "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in item["loc"]),
            "detail": item["msg"].removeprefix("Value error, "),
            "code": "missing_required_field" if item["type"] == "missing" else "invalid_parameter",
        }
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    told = "; ".join(f"{mistake['pointer'] or 'the body'}: {mistake['detail']}" for mistake in mistakes[:10])
    code = mistakes[0]["code"] if len(mistakes) == 1 else "invalid_request"
    return Refused(400, told, code=code, errors=mistakes)
