"""Documents by their ids or addresses, as far as the asker may see them; what is hidden is not there."""

from __future__ import annotations

from collections.abc import Iterable

from indexer import query as typed
from indexer.access import Asker
from indexer.document import Document
from indexer.plan import Scope
from indexer.properties import address, term
from indexer.store import Index
from indexer.values import document_of


def by_id(index: Index, idents: Iterable[str], asker: Asker | None) -> dict[str, Document]:
    """The documents with these ids."""
    found = _found(index, typed.Keyed("id", tuple(idents)), asker)
    return {document.id: document for document in found}


def by_url(index: Index, urls: Iterable[str], asker: Asker | None) -> dict[str, Document]:
    """The documents at these addresses, as they are written in them; of several at one the first by id."""
    wanted = tuple(dict.fromkeys(urls))
    terms = tuple(address(url, moment=moment) for url in wanted for moment in (False, True))
    found = sorted(_found(index, typed.Keyed("property", terms), asker), key=lambda one: one.id, reverse=True)
    return {document.url: document for document in found if document.url in wanted}


def of_group(index: Index, group: str, asker: Asker | None) -> list[Document]:
    """The documents of a recording, or of a checkpoint, in the order of what was said."""
    found = _found(index, typed.Keyed("group", (group,)), asker)
    return sorted(found, key=lambda one: (one.kind != "transcript", one.position, one.start or 0.0, one.id))


def known_properties(index: Index, names: Iterable[str], asker: Asker | None) -> set[str]:
    """Those of ``names`` that are properties of any document the asker may see (see ``indexer.properties``)."""
    with index.reading() as view:
        scope = Scope(view, asker, "all")
        terms = {name: tuple(scope.lexicon("property", term(name, ""))) for name in names}
        return {name for name in terms if scope.count(typed.Keyed("property", terms[name]))}


def _found(index: Index, node: typed.Keyed, asker: Asker | None) -> list[Document]:
    with index.reading() as view:
        scope = Scope(view, asker, "all")
        return [document_of(scope, number) for number in scope.matches(node).numbers.tolist()] if node.keys else []


def kinds_seen(index: Index, asker: Asker | None) -> dict[str, int]:
    """How many documents of each kind the asker may see; kinds of which there are none left out."""
    with index.reading() as view:
        scope = Scope(view, asker, "all")

        def counts() -> dict[str, int]:
            found = {kind: scope.count(typed.Keyed("kind", (kind,))) for kind in scope.kinds}
            return {kind: count for kind, count in found.items() if count}

        return view.once(("kinds", scope.audience), counts)
