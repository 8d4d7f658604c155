"""``connector evaluate`` as a person runs it."""

from __future__ import annotations

from pathlib import Path

from tests.support import connector, connector_json, make_home, run, talk


def test_it_measures_the_archive(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    assert run(home, "evaluate").returncode == 3
    for number in range(6):
        (home / f"talk{number}.srt").write_text(talk(f"bread {number}", count=40))
    connector(home, "ingest", *(f"talk{number}.srt" for number in range(6)))
    rows = connector_json(
        home, "evaluate", "--queries", "8", "--kind", "exact", "--kind", "misspelt", "--misheard", "25"
    )
    assert {(row["kind"], row["misheard"]) for row in rows} == {
        (kind, share) for kind in ("exact", "misspelt") for share in (0.0, 0.25)
    }
    assert {"connector", "FTS5"} <= {row["engine"] for row in rows}
    clean = next(row for row in rows if row["engine"] == "connector" and row["kind"] == "exact" and not row["misheard"])
    assert clean["queries"] > 0 and clean["mrr@10"] > 0.5
    told = connector(home, "evaluate", "--queries", "3", "--no-peers")
    assert "MRR@10" in told and "FTS5" not in told and "none could be made" in told  # no glossary, no synonyms
    assert run(home, "evaluate", "--kind", "nonsense").returncode == 2
