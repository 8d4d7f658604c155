"""What a name tells: titles a person would write, dates that mean one day, nothing lost that belongs to the title."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.transcripts.file_names import MAX_TITLE, described_by_name, recording_stems


@pytest.mark.parametrize(
    ("stem", "title", "recorded"),
    [
        ("HW25_LIVE_SHOW-KICKOFF_RYAN-2025_01_14-V1_B", "HW25 Live Show: Kickoff Ryan", "2025-01-14"),
        ("2025-09-15_support-desk_week-two", "Support desk: week two", "2025-09-15"),
        ("Weekly Sync-20250114_150000-Meeting Recording", "Weekly Sync", "2025-01-14T15:00"),
        ("Weekly Sync-20250114_150010UTC-Meeting Recording", "Weekly Sync", "2025-01-14T15:00:10+00:00"),
        ("Weekly Sync (2025-01-14 at 10_30 GMT+1) - Transcript", "Weekly Sync", "2025-01-14T10:30+01:00"),
        ("Weekly Sync (2025-01-14 10:30 GMT-5_30)", "Weekly Sync", "2025-01-14T10:30-05:30"),
        ("Board meeting Jan 14, 2025", "Board meeting", "2025-01-14"),
        ("14th January 2025 Board meeting", "Board meeting", "2025-01-14"),
        ("Brotabend 14. März 2025", "Brotabend", "2025-03-14"),
        ("Brot_1_Dezember_2025", "Brot", "2025-12-01"),
        ("Le pain 1er août 2025", "Le pain", "2025-08-01"),
        ("Pan - 14 de enero de 2025", "Pan", "2025-01-14"),
        ("パン 2025年3月5日", "パン", "2025-03-05"),
        ("Mission to Mars 5 2025", "Mission to Mars 5 2025", None),
        ("12 Maiglocken 2025", "12 Maiglocken 2025", None),
        ("Brot_14.01.2025", "Brot", "2025-01-14"),
        ("Bread 01.14.2025", "Bread", "2025-01-14"),
        ("Bread 05-05-2025", "Bread", "2025-05-05"),
        ("Team - 2025-01-14 - Kickoff", "Team - Kickoff", "2025-01-14"),
        ("acdc__2026-02-05_174__transcript", "Acdc 174", "2026-02-05"),
        # nothing but a date and a kind: the date tells recordings apart
        ("GMT20250114-150000_Recording.transcript", "Recording 2025-01-14 15:00", "2025-01-14T15:00+00:00"),
        ("Screen Recording 2025-01-14 at 3.30.00 PM", "Screen Recording 2025-01-14 15:30", "2025-01-14T15:30"),
        ("20250114", "2025-01-14", "2025-01-14"),
        ("14.01.2025", "2025-01-14", "2025-01-14"),
        ("Jan 14, 2025", "2025-01-14", "2025-01-14"),
        # not a day, or not one
        ("03-04-2025 review", "03-04-2025 review", None),
        ("2025-13-41 review", "2025-13-41 review", None),
        ("Review 30.02.2025", "Review 30.02.2025", None),
        ("FOSDEM 2024", "FOSDEM 2024", None),
        ("plan_2025-01", "Plan 2025 01", None),
        ("room 120250114", "Room 120250114", None),
        # a number beside a date is a time only where it is written as one
        ("2025-01-14_05-06_ovens", "05 06 Ovens", "2025-01-14"),
        ("2025-01-14_1080p", "2025-01-14", "2025-01-14"),
        ("2025-01-14_256100_ovens", "256100 Ovens", "2025-01-14"),
    ],
)
def test_title_and_day(stem: str, title: str, recorded: str | None) -> None:
    told = described_by_name(stem)
    assert (told.title, told.recorded) == (title, recorded)


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("bitcoin-explained__silent-payments-part-2", "Bitcoin explained: silent payments part 2"),
        ("tabconf__2025__merkle-trees", "Tabconf 2025: merkle trees"),
        ("bread-expo__bread-expo-2022__ovens", "Bread expo 2022: ovens"),
        ("01_the-pipeline-function", "01 The pipeline function"),
        ("36_slice-and-dice-a-dataset-🔪", "36 Slice and dice a dataset 🔪"),
        ("37_datasets-+-dataframes-=-❤️", "37 Datasets + dataframes = ❤️"),
        ("aaron-and-sjors-discuss-what-s-new", "Aaron and sjors discuss what's new"),
        ("why-bread-doesn-t-rise", "Why bread doesn't rise"),
        ("bitcoin-core-v24", "Bitcoin core v24"),
        ("ALL HANDS Q3 REVIEW OF THE API", "All Hands Q3 Review of the API"),
        ("HW25", "HW25"),
        ("Q3_results", "Q3 results"),
        ("UsingtheJavaScriptClient", "UsingtheJavaScriptClient"),
        ("kick-off_ryan_smith", "Kick-off ryan smith"),
        ("COVID-19 update", "COVID-19 update"),
        ("Node.js", "Node.js"),
        ("the.long.bake", "The long bake"),
        ("日本語のタイトル", "日本語のタイトル"),
        ("Über-Brücken_und_Bögen", "Über-Brücken und Bögen"),
        ("What？ is： bread", "What? is: bread"),
        ("パンとは？", "パンとは？"),
        ("Bread%20and%20bridges", "Bread and bridges"),
        ("", "Untitled"),
        ("---", "Untitled"),
        ("v2", "V2"),
        ("a\ud800b", "A?b"),
        ("tab\tand\nline\x07", "Tab and line"),
    ],
)
def test_titles(stem: str, title: str) -> None:
    assert described_by_name(stem).title == title


@pytest.mark.parametrize(
    ("stem", "title", "dropped"),
    [
        ("talk_v2", "Talk", ("v2",)),
        ("kickoff_final_v2", "Kickoff", ("v2", "final")),
        ("Kickoff_FINAL", "Kickoff", ("FINAL",)),
        ("town-hall_final", "Town hall", ("final",)),
        ("Kickoff-V1_B", "Kickoff", ("V1_B",)),
        ("KICKOFF-V2", "KICKOFF", ("V2",)),
        ("Kickoff 2025-01-14 rev 3", "Kickoff", ("rev 3",)),
        ("talk - Copy (2)", "Talk", ("Copy (2)",)),
        ("talk copy 2", "Talk", ("copy 2",)),
        ("talk (1)", "Talk", ("(1)",)),
        ("Episode (2)", "Episode (2)", ()),
        ("world_cup_final", "World cup final", ()),
        ("lightning-updates-stratum-v2", "Lightning updates stratum v2", ()),
        ("ovens_1080p", "Ovens", ("1080p",)),
    ],
)
def test_versions_and_copies(stem: str, title: str, dropped: tuple[str, ...]) -> None:
    told = described_by_name(stem)
    assert (told.title, told.dropped) == (title, dropped)


@pytest.mark.parametrize(
    ("stem", "language"),
    [
        ("talk.en", "en"), ("talk.pt-BR", "pt-BR"), ("talk_en", "en"), ("talk_pt_BR", "pt-BR"), ("talk.ger", "de"),
        ("talk.zh-Hans", "zh-Hans"), ("talk.es-419", "es-419"), ("talk.en-orig", "en"), ("talk.en.forced", "en"),
        ("the.long.bake.de", "de"), ("de__talk", "de"), ("zh-CN__36_talk", "zh-CN"), ("GMT20250114_Recording.en", "en"),
        ("how_it_is", None), ("what.is.it", None), ("socket.io", None), ("town_hall_uk", None), ("Talk EN", None),
        ("fr-talk", None), ("en", None),
    ],
)  # fmt: skip
def test_languages(stem: str, language: str | None) -> None:
    assert described_by_name(stem).language == language


@pytest.mark.parametrize(
    ("stem", "url"),
    [
        ("How bread rises [dQw4w9WgXcQ]", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("How bread rises [dQw4w9WgXcQ].en", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("How bread rises [-_dQw4w9WgQ]", "https://www.youtube.com/watch?v=-_dQw4w9WgQ"),
        ("How bread rises-dQw4w9WgXcQ", None),
        ("[dQw4w9WgXcQ] How bread rises", None),
        ("Notes [transcribed]", None),
        ("Notes [Unpublished]", None),
        ("Notes [Part-2-of-4]", None),
        ("Notes [dQw4w9WgXcR]", None),  # no id of 64 bits ends with R
        ("Notes [x7tgad0]", None),
    ],
)
def test_the_video_that_yt_dlp_names(stem: str, url: str | None) -> None:
    told = described_by_name(stem)
    assert told.url == url
    assert (told.title == "How bread rises") is (url is not None)


@pytest.mark.parametrize(
    ("stem", "stems"),
    [
        ("talk", ("talk",)),
        ("talk.en", ("talk.en", "talk")),
        ("talk.transcript", ("talk.transcript", "talk")),
        ("talk.transcript.pt-BR", ("talk.transcript.pt-BR", "talk.transcript", "talk")),
        ("Weekly Sync-20250114_150000-Meeting Transcript", (
            "Weekly Sync-20250114_150000-Meeting Transcript", "Weekly Sync-20250114_150000")),
        ("talk_v2", ("talk_v2",)),
    ],
)  # fmt: skip
def test_the_recording_a_transcript_is_of(stem: str, stems: tuple[str, ...]) -> None:
    assert recording_stems(stem) == stems


pieces = st.sampled_from(
    ["2025_01_14", "20250114", "03-04-2025", "Jan 14, 2025", "GMT", "-150000", " at 10_30 GMT+1", "T1530Z", "_", "-",
     " - ", ".", " ", "__", "V1_B", "_v2", "_FINAL", "_final", " copy", " (1)", "[dQw4w9WgXcQ]", ".en", "_de", "de__",
     "talk", "LIVE", "SHOW", "HW25", "transcript", "Recording", "Meeting Recording", "1080p", "(", ")", "s", "t", "🔪",
     "é", "パン", "ß", "ŉ", "ǆ", "\x00", "\ud800", "%20", ",", ":", "A", "the"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(pieces, max_size=9).map("".join), st.text(max_size=40), st.text(max_size=4000)))
@example("x" * 5000 + "_v2")
@example("a.b." * 400)
@example("2025-01-14" * 90)
def test_any_name(stem: str) -> None:
    told = described_by_name(stem)
    assert told.title.strip() == told.title and 1 <= len(told.title) <= MAX_TITLE
    told.title.encode("utf-8")
    assert told.title.isprintable() or not told.title.isascii()
    assert described_by_name(told.title).title == told.title
    if told.recorded:
        assert datetime.fromisoformat(told.recorded).year >= 1900
    assert recording_stems(stem)[0] == stem


def test_names_of_real_recordings(shared_data: Path) -> None:
    stems = [path.stem for path in (shared_data / "corpus").rglob("*") if path.suffix in (".srt", ".md", ".vtt")]
    told = {stem: described_by_name(stem) for stem in stems}
    titles = [facts.title for facts in told.values()]
    assert not any("_" in title or title[0].islower() for title in titles)
    assert len(set(titles)) == len(set(stems)), "as many titles as names"
    dated = [stem for stem, facts in told.items() if facts.recorded]
    assert len(dated) == sum(stem.count("2026-") + stem.count("2020-11-09") for stem in stems)
    assert not any(facts.language or facts.url for facts in told.values())
