"""One search of the page: what was said and what the model wrote never together, and the facets to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.counting import counted
from connector.serve.client_requests import FacetFilter, read
from connector.serve.pages.choice import FACETS, Choice
from connector.serve.searching import Searching, Wanted
from indexer import query as typed
from indexer.access import Asker
from indexer.document import KINDS
from indexer.languages import name_of
from indexer.lookup import kinds_seen
from indexer.properties import term
from indexer.request import SearchResult
from indexer.syntax import parse
from indexer.text import key, words

SIZE = 10  # results on a page
FACET_VALUES = 30
SHOWN = 6  # of a facet's values, before "more" is opened

_SAMPLES = typed.Keyed("kind", ("sample",))
_OURS = typed.Keyed("kind", ("transcript",))
_LOOKED_FOR = (*typed.SCORED, typed.All, typed.Any)  # the others filter


@dataclass(frozen=True)
class Value:
    """One of a facet, with how many documents have it; ``address`` chooses it, or lets go of it."""

    label: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    values: tuple[Value, ...]

    @property
    def first(self) -> tuple[Value, ...]:
        return self.values[:SHOWN]

    @property
    def more(self) -> tuple[Value, ...]:
        return self.values[SHOWN:]


@dataclass(frozen=True)
class Amounts:
    """How much was found: moments, recordings they are in, and documents of other kinds."""

    moments: int
    recordings: int
    documents: int

    @property
    def all(self) -> int:
        return self.moments + self.documents

    @classmethod
    def of(cls, found: SearchResult) -> Amounts:
        """Of a search by recording that counted types; a document of another kind stands by itself in it."""
        types = found.facets.get("type", ())
        ours = sum(one["count"] for one in types if one["value"] in KINDS)
        others = sum(one["count"] for one in types) - ours
        return cls(ours, found.total - others, others)

    def __str__(self) -> str:
        told = [f"{counted(self.moments, 'moment')} in {counted(self.recordings, 'recording')}"] if self.moments else []
        told += [counted(self.documents, "document")] if self.documents else []
        return " and ".join(told)


class Finding:
    """Searches for pages, for whoever asks."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching
        own = searching.service.settings.glean.datasource
        # A recording's own document repeats what its moments say; those of others may have no moments.
        self._said = typed.Not(
            typed.Any((_SAMPLES, typed.All((_OURS, typed.Keyed("property", (term("datasource", own),))))))
        )

    def page(self, choice: Choice, asker: Asker | None) -> SearchResult:
        """Recordings with their moments, or samples, with the counts of every facet."""
        fields = ("type", *FACETS) if not choice.samples else ()
        return self._find(choice, asker, choice.samples, size=SIZE, cursor=choice.cursor, fields=fields)

    def newest(self, asker: Asker | None, size: int) -> SearchResult:
        """The recordings of the last days, with the counts of every facet in all there is."""
        return self._find(Choice(sort="date"), asker, False, size=size, fields=("type", *FACETS))

    def count(self, choice: Choice, asker: Asker | None, *, samples: bool) -> int:
        """How many moments and documents, or ``samples``, the words alone find."""
        if samples and "sample" not in kinds_seen(self._searching.service.index(asker), asker):
            return 0
        fields = () if samples else ("type",)
        found = self._find(Choice(choice.query, exact=choice.exact), asker, samples, size=0, fields=fields)
        return found.total if samples else Amounts.of(found).all

    def facets(self, choice: Choice, asker: Asker | None, found: SearchResult) -> Iterator[Facet]:
        """What can be chosen, of facets that tell the results apart. Values of one are OR, so what is chosen of a facet
        does not count in it.
        """
        whole = sum(one["count"] for one in found.facets.get("type", ()))
        for name, label in FACETS.items():
            chosen = choice.values(name)
            told = found.facets.get(name, [])
            if chosen:
                others = tuple(one for one in choice.chosen if one[0] != name)
                without = Choice(choice.query, others, exact=choice.exact)
                told = self._find(without, asker, False, size=0, fields=(name,)).facets.get(name, [])
            values = [(one["value"], one["count"]) for one in told][:FACET_VALUES]
            if not chosen and (len(values) < 2 and (not values or values[0][1] == whole)):
                continue
            yield Facet(name, label, tuple(_values(choice, name, values, chosen)))

    def _find(
        self, choice: Choice, asker: Asker | None, samples: bool, *, size: int, cursor: str = "",
        fields: tuple[str, ...] = (),
    ) -> SearchResult:  # fmt: skip
        chosen = [
            read(FacetFilter, {"fieldName": name, "values": [{"value": value} for value in values]})
            for name in FACETS
            if (values := choice.values(name))
        ]
        # Who types `kind:transcript` gets them.
        kinds = _SAMPLES if samples else typed.Not(_SAMPLES) if parse(choice.query).kind else self._said
        wanted = Wanted(
            query=choice.query, filters=(kinds, *self._searching.translated(chosen, asker).nodes), size=size,
            cursor=cursor, fields=fields, facet_values=FACET_VALUES, spelling=not choice.exact, group=not samples,
            sort=choice.sort,
        )  # fmt: skip
        return self._searching.find(wanted, asker)


def by_title(node: typed.Node | None, title: str) -> bool:
    """Whether ``title`` has all that is looked for: then its recording is found, said there or not."""
    match node:
        case typed.Word(terms) | typed.Phrase(terms) | typed.Title(terms):
            return f" {' '.join(terms)} " in f" {' '.join(words(title))} "
        case typed.Near(term):
            return term in words(title)
        case typed.Prefix(term):
            return any(word.startswith(term) for word in words(title))
        case typed.Alike(own, others):
            return by_title(own, title) or any(by_title(other, title) for other in others)
        case typed.All(parts):
            looked_for = [part for part in parts if isinstance(part, _LOOKED_FOR)]
            return bool(looked_for) and all(by_title(part, title) for part in looked_for)
        case typed.Any(parts):
            return any(by_title(part, title) for part in parts)
    return False


def label_of(name: str, value: str) -> str:
    """A facet's value for people."""
    if name == "language":
        return name_of(value)
    if name == "month":
        try:
            return f"{datetime.strptime(value, '%Y-%m'):%B %Y}"
        except ValueError:
            return value
    return value


def _values(choice: Choice, name: str, told: list[tuple[str, int]], chosen: list[str]) -> Iterator[Value]:
    """The chosen first, months from the newest on."""
    known = {key(value): (value, count) for value, count in told}
    wanted = {key(value): value for value in chosen}
    for folded, value in wanted.items():
        yield Value(label_of(name, value), known.get(folded, ("", 0))[1], True, choice.toggled(name, value))
    others = [one for folded, one in known.items() if folded not in wanted]
    for value, count in sorted(others, reverse=True) if name == "month" else others:
        yield Value(label_of(name, value), count, False, choice.toggled(name, value))
