"""Answers and their pages: neighbouring moments as one, and paging while documents arrive."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from indexer import Asker, Document
from indexer.cursor import MOST, Seen
from indexer.query import Named
from indexer.search import SearchRequest, SearchResult
from indexer.store import Index
from tests.indexer.support import QUIET, find, recording, sample, segment, transcript


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


class TestNeighbours:
    def test_are_one_answer_with_the_best_snippet_from_the_first_matching_cue_on(self, index: Index) -> None:
        first = segment("t0", 1, "hello there, now we come to the bread", **QUIET)
        timed = Document(first.payload, ((0, 20.5), (13, 25.25)))
        others = [segment("t0", at, text, **QUIET) for at, text in ((2, "rye bread, bread"), (3, "salt"), (4, "bread"))]
        index.write([("t0", [transcript("t0", title="x"), segment("t0", 0, "oven", **QUIET), timed, *others])], 1)
        result = find(index, "bread", merge=True)
        assert result.total == 2 and find(index, "bread").total == 3
        (joined,) = [hit for hit in result.hits if hit.passage]
        assert joined.id == "t00002" and joined.snippet == "rye <b>bread</b>, <b>bread</b>"
        assert joined.at == 25.25
        told = joined.to_json()["passage"]
        assert told == {"start": 20.5, "end": 61.0, "segments": ("t00001", "t00002")}
        assert [hit.id for hit in result.hits if not hit.passage] == ["t00004"]

    def test_of_two_recordings_stay_two(self, index: Index) -> None:
        index.write([(f"t{at}", [segment(f"t{at}", 0, "bread", **QUIET)]) for at in range(3)], 1)
        assert find(index, "bread", merge=True).total == 3

    def test_are_segments_alone(self, index: Index) -> None:
        index.write(
            [recording("t0", "budget one", "budget two"), ("c1", [sample("c1", n, "budget") for n in (0, 1)])], 1
        )
        result = find(index, "budget", kind="all", merge=True)
        assert result.total == 4  # the recording's title, its two moments as one, and two samples
        assert sorted(len(hit.passage.segments) if hit.passage else 1 for hit in result.hits) == [1, 1, 1, 2]
        assert find(index, "budget", kind="sample", merge=True).total == 2

    def test_in_a_long_row_are_several(self, index: Index) -> None:
        """The link of an answer opens at its first moment, which must not be far from the best."""
        index.write([recording("t0", *["bread"] * 10, **QUIET)], 1)
        result = find(index, "bread", merge=True, sort="start")
        assert [len(hit.passage.segments) for hit in result.hits if hit.passage] == [4, 4, 2]
        assert [hit.passage.segments[0] for hit in result.hits if hit.passage] == ["t00000", "t00004", "t00008"]

    def test_of_a_recording_are_one_of_its_moments(self, index: Index) -> None:
        index.write([recording("t0", "bread", "bread bread bread bread", "salt", "bread", **QUIET)], 1)
        (hit,) = find(index, "bread", merge=True, group=True).hits
        assert (hit.id, hit.moments, [other.id for other in hit.more]) == ("t00001", 2, ["t00003"])

    def test_pages_give_every_answer_once(self, index: Index) -> None:
        texts = ["bread" if at % 7 else "salt" for at in range(60)]
        index.write([recording("t0", *texts, **QUIET), recording("t1", *texts, **QUIET)], 1)
        whole = ids(find(index, "bread", merge=True, limit=100))
        paged = [hit for at in range(0, 40, 3) for hit in ids(find(index, "bread", merge=True, limit=3, offset=at))]
        assert paged == whole and len(set(whole)) == find(index, "bread", merge=True, limit=1).total
        shown = find(index, "bread", merge=True, limit=100).hits
        moments = [one for hit in shown for one in (hit.passage.segments if hit.passage else (hit.id,))]
        assert sorted(moments) == sorted(ids(find(index, "bread", limit=1000)))


class TestPaging:
    TEXTS = tuple(" ".join(["bread"] * (1 + at % 4) + ["and salt"] * (at % 3) + ["oven"] * at) for at in range(20))

    def pages(self, index: Index, query: str, arrive: bool, by: str | None = None, **more: object) -> list[str]:
        """What all pages show, of four each; ``by`` is who says what arrives meanwhile."""
        quiet = QUIET | {"speaker": by}
        shown, token = [], ""
        for page in range(60):
            result = find(index, query, limit=4, cursor=token, **more)
            shown += [hit.transcript_id if more.get("group") else hit.id for hit in result.hits]
            if not (token := result.next):
                return shown
            if arrive and page < 6:  # what comes changes how rare each word is, and so every score
                new = f"n{page}"
                index.write(
                    [(new, [segment(new, at, f"bread salt salt {page}", **quiet) for at in range(3)])], 2 + page
                )
        raise AssertionError("the pages do not end")

    def written(self, index: Index) -> None:
        index.write([(f"t{at:02}", [segment(f"t{at:02}", 0, text, **QUIET)]) for at, text in enumerate(self.TEXTS)], 1)

    @pytest.mark.parametrize("query", ["bread", "bread salt", "bread salt oven"])
    @pytest.mark.parametrize("more", [{}, {"merge": True}, {"sort": "date"}])
    def test_no_hit_is_repeated_and_none_skipped_while_documents_arrive(
        self, index: Index, query: str, more: dict[str, object]
    ) -> None:
        self.written(index)
        there = {hit.id for hit in find(index, query, limit=100, **more).hits}
        shown = self.pages(index, query, arrive=True, **more)
        assert len(set(shown)) == len(shown)
        assert there <= set(shown)

    def test_recordings_too(self, index: Index) -> None:
        self.written(index)
        there = {hit.transcript_id for hit in find(index, "bread salt", group=True, limit=100).hits}
        shown = self.pages(index, "bread salt", arrive=True, group=True)
        assert len(set(shown)) == len(shown) and there <= set(shown)

    @pytest.mark.parametrize("more", [{}, {"merge": True}, {"group": True}, {"asker": Asker("ann@example.com")}])
    @pytest.mark.parametrize("chosen", [{"speakers": ("anna",)}, {"filters": (Named("speaker", "Anna"),)}])
    def test_with_a_speaker_chosen_too(self, index: Index, chosen: dict[str, object], more: dict[str, object]) -> None:
        """What comes has another name with the word that was chosen, so that it stands for more than it did."""
        spoken = [QUIET | {"speaker": "Anna Maier" if at % 4 else "Rosa Luz"} for at in range(len(self.TEXTS))]
        index.write(
            [
                (f"t{at:02}", [segment(f"t{at:02}", 0, text, **by)])
                for at, (text, by) in enumerate(zip(self.TEXTS, spoken, strict=True))
            ],
            1,
        )
        found = find(index, "bread salt", limit=100, **chosen, **more).hits
        there = {hit.transcript_id if more.get("group") else hit.id for hit in found}
        shown = self.pages(index, "bread salt", arrive=True, by="Anna Lee", **chosen, **more)
        assert len(set(shown)) == len(shown) and there <= set(shown)
        assert not {one for one in shown if one.startswith(("t00", "t04", "t08", "t12", "t16"))}

    @pytest.mark.parametrize("more", [{}, {"merge": True}, {"sort": "start"}])
    def test_is_the_plain_one_where_nothing_arrives(self, index: Index, more: dict[str, object]) -> None:
        self.written(index)
        assert self.pages(index, "bread salt", arrive=False, **more) == ids(find(index, "bread salt", limit=99, **more))

    def test_goes_on_after_what_was_skipped(self, index: Index) -> None:
        self.written(index)
        whole = ids(find(index, "bread", limit=99))
        second = find(index, "bread", limit=4, offset=5)
        assert ids(second) == whole[5:9]
        assert ids(find(index, "bread", limit=4, cursor=second.next)) == whole[9:13]
        assert ids(find(index, "bread", limit=50, offset=1, cursor=second.next)) == whole[10:]

    def test_forgets_the_first_of_very_many(self) -> None:
        names = [str(at) for at in range(3 * MOST)]
        seen = Seen()
        for at in range(0, len(names) - 10, 500):
            seen = seen.with_page(0, names[at : at + 500])
        assert seen.count == 3 * MOST and len(seen.marks) == MOST
        more = [*names, "new"]
        again = Seen.read(seen.token("search"), "search")
        assert again == seen and list(again.rest(more, str)) == ["new"]

    @pytest.mark.parametrize("token", ["x", "é", "AAAA", "next", "AAAAAAAAAAAAAA=="])
    def test_a_token_that_is_none_is_refused(self, token: str) -> None:
        with pytest.raises(ValueError, match="token"):
            SearchRequest("bread", cursor=token)

    def test_a_token_of_another_search_is_refused(self, index: Index) -> None:
        self.written(index)
        token = find(index, "bread", limit=4).next
        for other in ({"query": "salt"}, {"query": "bread", "tags": ("a",)}, {"query": "bread", "merge": True}):
            with pytest.raises(ValueError, match="another search"):
                SearchRequest(**other, cursor=token)  # type: ignore[arg-type]
        assert SearchRequest("bread", limit=7, cursor=token).seen.count == 4

    def test_the_last_page_has_no_next(self, index: Index) -> None:
        self.written(index)
        assert find(index, "bread", limit=20).next == "" and "next" not in find(index, "bread", limit=20).to_json()
        assert find(index, "bread", limit=19).to_json()["next"]
        assert find(index, "bread", limit=0).next == ""


def test_a_token_is_the_same_in_every_process() -> None:
    def signed(seed: str) -> str:
        code = (
            "from indexer import Asker; from indexer.search import SearchRequest\n"
            "print(SearchRequest('rye', asker=Asker('a@x', frozenset({'staff', 'board', 'trainers'}))).signature)"
        )
        around = os.environ | {"PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", code], env=around, capture_output=True, check=True, text=True
        ).stdout

    assert signed("1") == signed("2") == signed("3") != ""
