"""Transcripts as written-out text: a name and a time over the words, a time before them, a time every few minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.transcripts.formats import read
from connector.transcripts.transcript import Cue, Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"


def reading(name: str) -> Reading:
    return read((FIXTURES / name).read_bytes(), name)


def said(text: str, name: str = "talk.txt") -> list[tuple[float, str | None, str]]:
    return [(cue.start, cue.speaker, cue.text) for cue in read(text.encode(), name).cues]


class TestSpeakerText:
    def test_otter(self) -> None:
        result = reading("otter.txt")
        assert result.format == "speaker_text"
        assert result.metadata == {"title": "Evening at the bakery", "recorded": "2025-01-14"}
        assert result.cues[:2] == (
            Cue(3.0, 21.0, "Mira Vald", "The dough rests over night.\nIt rests in the cold."),
            Cue(21.0, 3725.0, "Unknown Speaker", "At 4:30 we light the oven."),
        )
        assert (result.cues[2].start, result.cues[2].text) == (3725.0, "And then we sleep.")

    def test_rev(self) -> None:
        result = reading("rev_speakers.txt")
        assert result.format == "speaker_text"
        assert [(cue.start, cue.end, cue.speaker, cue.text) for cue in result.cues][:2] == [
            (1.0, 6.0, "Speaker 1", "Why does an arch stand?"),
            (6.0, 3604.0, "Speaker 2", "It leans on itself. Always."),
        ]

    def test_teams_in_word(self) -> None:
        result = reading("teams.docx")
        assert result.format == "speaker_text"
        assert result.metadata == {"title": "Oven meeting", "recorded": "2025-01-14"}
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (3.0, "Vald, Mira", "The oven is hot."),
            (9.0, "Stone, Zed", "Then we bake."),
            (3601.0, "Vald, Mira", "We do."),
        ]

    def test_zoom_captions_count_from_the_first_and_past_midnight(self) -> None:
        result = reading("zoom_captions.txt")
        assert result.format == "speaker_text"
        assert [(cue.start, cue.speaker) for cue in result.cues] == [
            (0.0, "Mira Vald"),
            (8.0, "Zed"),
            (15.0, "Mira Vald"),
        ]
        assert "clock on the wall" in result.notes[0]

    @pytest.mark.parametrize(
        "text",
        [
            "Mira Vald 00:00:03\nKnead.\n\nZed 00:00:08\nFold.\n",
            "Mira Vald\t0:03\nKnead.\nZed\t0:08\nFold.\n",
            "**Mira Vald** [0:03]\nKnead.\n\n**Zed** [0:08]\nFold.\n",
            "Mira Vald\xa0\xa0\xa00:03\nKnead.\nZed\xa0\xa0\xa00:08\nFold.\n",
        ],
    )
    def test_variants(self, text: str) -> None:
        assert said(text) == [(3.0, "Mira Vald", "Knead."), (8.0, "Zed", "Fold.")]

    def test_a_single_turn(self) -> None:
        assert said("Mira Vald  0:03\nKnead.\n\nTranscribed by https://otter.ai\n") == [(3.0, "Mira Vald", "Knead.")]

    def test_times_in_sentences_begin_no_turn(self) -> None:
        text = "Mira Vald  0:03\nWe open at 10:30\nOr later (11:15)\nZed  0:09\nFine.\n"
        assert said(text) == [(3.0, "Mira Vald", "We open at 10:30 Or later (11:15)"), (9.0, "Zed", "Fine.")]


class TestTeamsText:
    def test_the_shape_of_graph(self) -> None:
        result = reading("graph_teams.txt")
        assert result.format == "teams_text"
        assert result.cues == (
            Cue(0.0, 5.32, "Vald, Mira", "The oven is hot."),
            Cue(5.32, 7.5, "Stone, Zed", "Then we bake, all night."),
            Cue(60.25, 62.0, "Vald, Mira", "We do."),
        )

    def test_captions_of_two_lines_are_not_names(self) -> None:
        text = "0:0:0.0 --> 0:0:5.3\nthe oven is hot\nand dark\n0:0:6.0 --> 0:0:7.0\nthen we\nbake\n"
        assert read(text.encode(), "a.txt").format != "teams_text"


class TestGoogleMeet:
    def test_turns_between_two_times(self) -> None:
        result = reading("meet.txt")
        assert result.format == "google_meet"
        assert result.metadata == {"title": "Bridge review", "recorded": "2025-01-14"}
        # the characters of both lines share the 300 seconds up to the next time
        first, second = len("Mira Vald: The arch stands."), len("Zed Stone: Does it rest, or does it lean?")
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            ("Mira Vald", "The arch stands."),
            ("Zed Stone", "Does it rest, or does it lean?"),
            ("Mira Vald", "It leans on itself."),
            ("Zed Stone", "Until the keystone goes: yes."),
        ]
        assert result.cues[1].start == round(300 * first / (first + second), 3)
        assert [cue.start for cue in result.cues][::2] == [0.0, 300.0]
        assert 300 < result.cues[3].start < 330 == result.cues[3].end

    def test_as_markdown_without_the_notes(self) -> None:
        result = reading("meet.md")
        assert result.format == "google_meet"
        assert result.metadata == {"title": "Bridge review"}
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            ("Mira Vald", "The arch stands."),
            ("Zed Stone", "Does it rest, or does it lean?"),
            ("Mira Vald", "It leans on itself."),
        ]
        assert (result.cues[-1].start, result.cues[-1].end) == (300.0, 330.0)

    def test_without_a_last_line(self) -> None:
        result = read(b"00:00:00\nMira: Knead.\nZed: Fold.\n00:05:00\nMira: Rest.\nZed: Bake it.\n", "a.txt")
        assert [cue.start for cue in result.cues[:1]] == [0.0]
        assert 300.0 == result.cues[2].start < result.cues[3].start < 302


class TestTimedLines:
    def test_descript(self) -> None:
        result = reading("descript.md")
        assert result.format == "timed_lines"
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (
                0.0,
                "Mira Vald",
                "A bridge carries its weight in two ropes, and the ropes carry it to the towers.\n"
                "The towers stand still.",
            ),
            (77.0, "Zed", "Until 10:30 they do."),
            (3720.0, "Mira Vald", "Good night."),
        ]

    def test_otters_markdown_with_front_matter(self) -> None:
        result = reading("otter.md")
        assert result.format == "timed_lines"
        assert result.metadata == {
            "title": "Evening at the bakery",
            "recorded": "2025-01-14",
            "speakers": {"Mira": "Mira Vald", "Zed": "Zed Oven"},
        }
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (0.0, "Mira", "The dough rests, it&#39;s cold.\nIt rests over night [laughs]."),
            (18.0, "Zed", "And (at 4:30) we light the oven."),
        ]

    @pytest.mark.parametrize(
        ("written", "recorded"),
        [
            ("2024-02-30", None),
            ("Spring", None),
            ("2024-2-3", "2024-02-03"),
            ("2024-02-03 9:00:00", "2024-02-03"),
        ],
    )
    def test_a_date_that_is_none_costs_nothing_else(self, written: str, recorded: str | None) -> None:
        front = f"---\ntitle: Ovens\ndate: {written}\ntags: [bread]\n---\n"
        result = read(f"{front}[0:05] **Mira:** Warm it.\n[0:09] **Zed:** Done.\n".encode(), "talk.md")
        assert result.metadata == {"title": "Ovens", "tags": ["bread"]} | ({"recorded": recorded} if recorded else {})
        assert result.notes == (() if recorded else (f"line 3: {written!r} is no date; left out",))

    @pytest.mark.parametrize(
        ("front", "metadata"),
        [
            ("url: https://video.example/1\nrecorded: 2024-02-03\nauthor: Mira Vald",
             {"url": "https://video.example/1", "recorded": "2024-02-03", "author": "Mira Vald"}),
            ("speakers: {Mira: Mira Vald, Bob: B. Oven}", {"speakers": {"Mira": "Mira Vald"}}),
            ("permissions:\n  allowedUsers: [x@y.z]", {"permissions": {}}),
            ("Permissions: {allowAllDatasourceUsersAccess: true}",
             {"permissions": {"allowAllDatasourceUsersAccess": True}}),
            ("title: [oops\npermissions: nobody", {"permissions": {}}),
            ("a: &a [1, 2]\nb: &b [*a, *a]\npermissions: {allowedUsers: *b, 1: true}", {"permissions": {"1": True}}),
        ],
    )  # fmt: skip
    def test_front_matter_says_what_a_sidecar_may(self, front: str, metadata: dict[str, object]) -> None:
        words = "[0:05] **Mira:** Warm it.\n[0:09] **Zed:** Done.\n"
        result = read(f"---\n{front}\n---\n{words}".encode(), "talk.md")
        assert result.metadata == metadata
        told = [note for note in result.notes if "`permissions` count in a sidecar alone" in note]
        assert len(told) == ("permissions" in metadata)

    def test_a_clock_on_the_wall_is_told(self) -> None:
        for text in (
            "[10:00:01] Mira: Warm it.\n[10:00:05] Zed: Done.\n",
            "Mira  10:00:01\nWarm it.\n\nZed  10:00:05\nDone.\n",
        ):
            result = read(text.encode(), "talk.txt")
            (note,) = result.notes
            assert result.cues[0].start == 36001.0
            assert "begin at 10:00:01" in note and "`offset: 10:00:01`" in note
            assert read(text.replace("10:00", "01:00").encode(), "talk.txt").notes == ()

    def test_names_after_the_time(self) -> None:
        assert said((FIXTURES / "timed_lines.txt").read_text()) == [
            (1.0, "Mira", "Knead the dough."),
            (4.0, "Zed", "For ten minutes?"),
            (6.0, "Mira", "Note: until it is smooth."),
            (3609.0, "Zed", "Then it rests."),
        ]

    def test_youtubes_copy(self) -> None:
        result = reading("youtube_copy.txt")
        assert result.format == "timed_lines"
        assert [(cue.start, cue.text) for cue in result.cues] == [
            (0.0, "welcome to the bakery"),
            (4.0, "today we fold the dough"),
            (3598.0, "and it rests"),
            (3603.0, "good night"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "00:00:01 Knead.\n00:00:05 Fold.\n",
            "(0:01) Knead.\n(0:05) Fold.\n",
            "00:00:01 - Knead.\n00:00:05 - Fold.\n",
            "00:00:01: Knead.\n00:00:05: Fold.\n",
            "[0:01] Knead.\n\n[0:05] Fold.\n",
        ],
    )
    def test_plain_variants(self, text: str) -> None:
        assert said(text) == [(1.0, None, "Knead."), (5.0, None, "Fold.")]

    @pytest.mark.parametrize(
        "text",
        [
            "Mira (00:00:01): Knead.\nZed (00:00:05): Fold.\n",
            "**Mira (00:00:01):** Knead.\n\n**Zed (00:00:05):** Fold.\n",
            "**Mira:** [0:01] Knead.\n\n**Zed:** [0:05] Fold.\n",
        ],
    )
    def test_names_before_the_time(self, text: str) -> None:
        assert said(text) == [(1.0, "Mira", "Knead."), (5.0, "Zed", "Fold.")]

    @pytest.mark.parametrize(
        "text",
        [
            "0:01 Mira\nKnead.\n0:05 Zed\nFold.\n0:09 Mira\nRest,\nall.\n",
            "0:01\nMira\nKnead.\n\n0:05\nZed\nFold.\n\n0:09\nMira\nRest,\nall.\n",
        ],
    )
    def test_names_on_the_line_of_the_time_or_the_next(self, text: str) -> None:
        assert said(text) == [(1.0, "Mira", "Knead."), (5.0, "Zed", "Fold."), (9.0, "Mira", "Rest, all.")]

    def test_whispers_screen_output_has_ends(self) -> None:
        result = read(b"[00:00.000 --> 00:04.000]  Knead.\n[00:04.500 --> 00:06.250]  Fold.\n", "a.txt")
        assert [(cue.start, cue.end) for cue in result.cues] == [(0.0, 4.0), (4.5, 6.25)]


class TestPodcastHtml:
    def test_turns(self) -> None:
        result = reading("podcast.html")
        assert result.format == "podcast_html"
        assert result.metadata == {"title": "Arches & bread"}
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (0.0, "Mira", "An arch doesn't sleep.\nIt leans."),
            (3723.0, "Zed", "Bread does."),
            (3729.0, "Zed", "And rises."),
        ]

    @pytest.mark.parametrize("junk", ["<!--", "<a ", "</", "<p", "&#", "<script>", "<p>", "<a b='", "<!-- x -->"])
    def test_broken_markup_takes_no_longer(self, junk: str) -> None:
        text = "<cite>Mira</cite><time>0:01</time><p>Knead.</p>" + junk * 100_000
        assert read(text.encode(), "a.html").cues[0].text.startswith("Knead.")
