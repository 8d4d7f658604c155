"""Transcripts as written-out text: a name and a time over the words, a time before them, a time every few minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
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
            Cue(21.0, 3725.0, None, "At 4:30 we light the oven."),
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

    @pytest.mark.parametrize(
        ("kind", "day"),
        [
            ("Meeting Recording", "January 14, 2025, 9:00AM"),
            ("Besprechungsaufzeichnung", "14. Januar 2025, 09:00AM"),
            ("Enregistrement de la réunion", "mardi 14 janvier 2025, 09:00"),
            ("Grabación de la reunión", "14 de enero de 2025, 9:00"),
            ("会議の録音", "2025年1月14日, 9:00"),
        ],
    )
    def test_the_head_of_a_teams_document(self, kind: str, day: str) -> None:
        turns = "45m 12s\n\nVald, Mira   0:03\nKnead.\n\nStone, Zed   0:15\nFold.\n"
        for head in (f"Ovens-20250114_090000-{kind}\n{day}\n", f"Ovens\n{day}\n"):
            result = read(f"{head}{turns}".encode(), "talk.txt")
            assert result.metadata == {"title": "Ovens", "recorded": "2025-01-14"}

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

    @pytest.mark.parametrize(
        "name",
        ["Smith, John A.", "Lee, Ann, M.D.", "Dr. Peter Jr.", "+49 170 1234567", "1234", "🎧 Sam", "(Guest) Ann",
         '"Bob" Lee', "Yahoo!", "Who?", "Room • 3", "Conf Room 5, 2nd floor", "Anna = Host", "Stone; Zed", "<unknown>",
         "Guest (Unverified)", "mira@example.org", "Jean Pierre de la Croix du Sud van den Berg", "مريم"],
    )  # fmt: skip
    @pytest.mark.parametrize("turn", ["{}   0:{:02}\n{}\n\n", "{}\t0:{:02}\n{}\n", "{} (00:{:02}):\n{}\n\n"])
    def test_in_the_shape_of_a_turn_anything_is_a_name(self, name: str, turn: str) -> None:
        talk = [(2, "Mira Vald", "Knead."), (26, name, "Fold."), (25, "Mira Vald", "Rest."), (35, "Zed", "Bake.")]
        text = "".join(turn.format(speaker, start, words) for start, speaker, words in talk)
        assert said(text) == sorted(talk)

    def test_names_of_one_kind_alone(self) -> None:
        turns = "+49 170 1234567   0:02\nKnead.\n\n+49 170 7654321   0:15\nFold.\n\n+49 170 1234567   0:25\nRest.\n"
        assert [speaker for _, speaker, _ in said(turns)] == ["+49 170 1234567", "+49 170 7654321", "+49 170 1234567"]

    @pytest.mark.parametrize(
        "line", ["Let us meet tomorrow at (10:30)", "He said [inaudible (00:47)]", "We stop (at about 12:00)"]
    )
    @pytest.mark.parametrize("colon", [":", ""])
    def test_a_sentence_that_ends_with_a_time_begins_no_turn(self, line: str, colon: str) -> None:
        turns = f"Mira (00:02){colon}\nKnead.\n\nZed (00:15){colon}\n{line}\n\nMira (00:25){colon}\nRest.\n"
        assert said(turns) == [(2.0, "Mira", "Knead."), (15.0, "Zed", line), (25.0, "Mira", "Rest.")]
        assert said(f"Mira (00:02){colon}\nKnead.\n\nZed (00:15){colon}\n{line}\n")[1:] == [(15.0, "Zed", line)]

    @pytest.mark.parametrize(
        "turn", ["{}  {}\n{}\n\n", "{} ({}):\n{}\n\n", "{}: {}\n\n{}\n\n"], ids=["otter", "rev", "markdown"]
    )
    def test_a_long_talk_keeps_its_first_hour(self, turn: str) -> None:
        minutes = range(0, 180, 5)
        text = "".join(
            turn.format(
                "Mira Vald", f"{minute // 60}:{minute % 60:02}:30" if minute >= 60 else f"{minute}:30", "Knead."
            )
            for minute in minutes
        )
        assert [start for start, _, _ in said(text)] == [60.0 * minute + 30 for minute in minutes]

    def test_a_sentence_that_ends_with_a_time_set_apart(self) -> None:
        turns = "Mira  0:02\nKnead.\n\nZed  0:15\nWe stop at  10:30\n\nMira  0:25\nRest.\n"
        assert said(turns)[1] == (15.0, "Zed", "We stop at  10:30")

    @pytest.mark.parametrize("time", ["({})", "({}):", "[{}]"])
    def test_a_time_alone_goes_on_with_who_speaks(self, time: str) -> None:
        times = [time.format(f"00:{second:02}") for second in (0, 24, 40, 55)]
        text = "Mira {}\nKnead.\n\n{}\nFold.\n\nZed {}\nRest.\n{}\nBake.\n(09:00)\nor so.\n\n".format(*times)
        text += f"Mira {time.format('01:02:03')}\nEat.\n"
        assert said(text) == [
            (0.0, "Mira", "Knead."),
            (24.0, "Mira", "Fold."),
            (40.0, "Zed", "Rest."),
            (55.0, "Zed", "Bake. (09:00) or so.") if "[" in time else (55.0, "Zed", "Bake."),
            *(() if "[" in time else ((540.0, "Zed", "or so."),)),
            (3723.0, "Mira", "Eat."),
        ]

    def test_one_speaker_and_times_alone(self) -> None:
        text = "Mira Vald (00:00):\nKnead.\n\n(00:24)\nFold.\n\n(00:48)\nRest.\n"
        assert said(text) == [(0.0, "Mira Vald", "Knead."), (24.0, "Mira Vald", "Fold."), (48.0, "Mira Vald", "Rest.")]

    @pytest.mark.parametrize("nobody", ["Unknown Speaker", "Unknown", "Unbekannt"])
    def test_the_programs_words_for_nobody(self, nobody: str) -> None:
        assert said(f"{nobody}  0:02\nKnead.\n\nMira  0:15\nFold.\n")[0] == (2.0, None, "Knead.")

    @pytest.mark.parametrize(
        "line",
        ["Vald, Mira stopped transcription", "Stone, Zed A. stopped transcription",
         "Mira Vald hat die Transkription beendet", "Mira Vald a arrêté la transcription",
         "Mira Vald detuvo la transcripción", "Mira Vald ha interrotto la trascrizione",
         "Mira が文字起こしを停止しました"],
    )  # fmt: skip
    def test_what_teams_writes_below_the_talk_is_not_spoken(self, line: str) -> None:
        turns = "Vald, Mira   0:03\nWe have stopped transcription.\n\nStone, Zed   0:15\nYes.\n"
        assert said(f"{turns}{line}\n") == said(turns)

    @pytest.mark.parametrize(
        "sentence", ["It was as you said, I think. And then (00:15)", "All at once [crosstalk] and no. (00:15)"]
    )
    def test_a_sentence_that_ends_with_a_time_as_turns_do_is_said(self, sentence: str) -> None:
        talk = f"Ann Lee (00:01)\nHello.\n\nBob Ray (00:10)\n{sentence}\nand so on.\n\nAnn Lee (00:20)\nok\n"
        assert said(talk) == [
            (1, "Ann Lee", "Hello."),
            (10, "Bob Ray", f"{sentence} and so on."),
            (20, "Ann Lee", "ok"),
        ]

    def test_no_name_ends_with_a_comma(self) -> None:
        clip = "Let us see the clip, it is at the end,  0:15"
        talk = f"Ann Lee  0:01\nHello.\n\nBob Ray  0:10\n{clip}\nand so on.\n\nAnn Lee  0:20\nok\n"
        assert said(talk)[1] == (10, "Bob Ray", f"{clip} and so on.")


class TestRevText:
    @pytest.mark.parametrize(
        ("turn", "names"),
        [
            ("{}    00:00:{:02}    {}\n", ("Speaker 0", "Speaker 1")),
            ("{}    00:00:{:02}    {}\n\n", ("Mira Vald", "Zed")),
            ("{}:\t00:00:{:02}\t{}\n", ("Mira Vald", "Zed")),
            ("{}  0:{:02}  {}\n", ("Mira Vald", "Zed")),
        ],
    )
    def test_name_time_and_words_on_a_line(self, turn: str, names: tuple[str, str]) -> None:
        one, other = names
        talk = [(1, one, "Knead, at 10:30."), (5, other, "Fold."), (59, one, "Rest.")]
        text = "".join(turn.format(name, start, words) for start, name, words in talk)
        assert read(text.encode(), "talk.txt").format == "rev_text"
        assert said(text) == talk

    def test_a_single_turn(self) -> None:
        assert said("Speaker 0    00:00:01    Knead.\n") == [(1.0, "Speaker 0", "Knead.")]

    @pytest.mark.parametrize(
        "text",
        [
            "Break   10:30   Coffee\nTalk   10:45   Ovens\nBreak   12:00   Lunch\n",
            "Mira\t09:01\t12.5\nZed\t09:02\t13.5\nMira\t09:03\t11\n",
            "Oven A   00:00:01   212.5\nOven B   00:00:02   198\nOven A   00:00:03   213\n",
        ],
    )
    def test_times_of_day_and_measurements_are_no_turns(self, text: str) -> None:
        with pytest.raises(TranscriptError):
            read(text.encode(), "a.txt")

    def test_whoever_has_a_label_speaks_at_any_time(self) -> None:
        text = "Speaker 0    00:10:30    Knead.\nSpeaker 1    00:10:45    Fold.\nSpeaker 0    00:12:00    Rest.\n"
        assert [speaker for _, speaker, _ in said(text.replace(" 00:", " "))] == ["Speaker 0", "Speaker 1", "Speaker 0"]

    def test_a_line_of_many_times_is_read_in_linear_time(self) -> None:
        """The square would take a minute."""
        turns = "Mira    0:01    Knead.\nZed    0:05    Fold.\nMira    0:09    "
        text = turns + "a" + ":00  x" * 1_000_000
        assert [speaker for _, speaker, _ in said(text)] == ["Mira", "Zed", "Mira"]

    def test_tracks_are_no_turns(self) -> None:
        with pytest.raises(TranscriptError, match="not a transcript"):
            read(b"Arches    00:03:45    Mira Vald\nBread    00:05:01    Zed\nOvens    00:02:10    Zed\n", "a.txt")


class TestTeamsText:
    def test_the_shape_of_graph(self) -> None:
        result = reading("graph_teams.txt")
        assert result.format == "teams_text"
        assert result.cues == (
            Cue(0.0, 5.32, "Vald, Mira", "The oven is hot."),
            Cue(5.32, 7.5, "Stone, Zed", "Then we bake, all night."),
            Cue(60.25, 62.0, "Vald, Mira", "We do."),
        )

    @pytest.mark.parametrize(
        ("times", "name"),
        [
            (("0:0:0.0 --> 0:0:5.320", "0:0:5.320 --> 0:0:9.0"), "talk.txt"),
            (("00:00:00.000 --> 00:00:05.320", "00:00:05.320 --> 00:00:09.000"), "talk.docx"),
        ],
    )
    def test_everybody_speaks_once(self, times: tuple[str, str], name: str) -> None:
        text = f"{times[0]}\nVald, Mira\nThe oven is hot.\n\n{times[1]}\nZed Stone\nThen we bake.\n"
        assert said(text, name) == [(0.0, "Vald, Mira", "The oven is hot."), (5.32, "Zed Stone", "Then we bake.")]

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
            ("{permissions: {allowedGroups: [a]}", {"permissions": {}}),
            ("? permissions\n: {allowedGroups: [a}", {"permissions": {}}),
            ("- permissions: {allowedGroups: [a]}", {"permissions": {}}),
            ("meta:\n  permissions: {allowedGroups: [a]}", {"permissions": {}}),
            ('"permis\\u0073ions": {allowedGroups: [a]}', {"permissions": {}}),
            ("? permissions # who\n: {allowedGroups: [a]}", {"permissions": {}}),
            ("tags: [&p permissions]\n*p : {allowedGroups: [a]}", {"tags": ["permissions"], "permissions": {}}),
            ('"permis\\\n  sions": {allowedGroups: [a]}', {"permissions": {}}),
            ('title: "File permissions: a guide"\nfile_permissions: 0644', {"title": "File permissions: a guide"}),
            ("title: File permissions in Linux\npermissions: {allowAllDatasourceUsersAccess: true}",
             {"title": "File permissions in Linux", "permissions": {"allowAllDatasourceUsersAccess": True}}),
            ("Permissions: {allowAllDatasourceUsersAccess: true}\npermissions: {allowedGroups: [a]}",
             {"permissions": {}}),
            ("permissions: {allowedGroups: [a]}\npermissions: {allowAllDatasourceUsersAccess: true}",
             {"permissions": {}}),
            ("permissions: {allowAllDatasourceUsersAccess: true}\n? permissions\n: {allowedGroups: [a]}",
             {"permissions": {}}),
            ('"' + "\\" * 15_000, {}),  # looked through once, not once for each of them
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

    def test_a_caption_like_a_turn_makes_no_turns(self) -> None:
        text = "Opening  0:00\n0:01\nwelcome to the bakery\n0:04\ntoday we fold\n0:09\nand rest.\n"
        assert {speaker for _, speaker, _ in said(text)} == {None}

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
            "Mira: [00:00:01] Knead.\n\nZed: [00:00:05] Fold.\n",
            "**Mira** [0:01](https://otter.example/u/x?t=1)\nKnead.\n\n"
            "**Zed** [0:05](https://otter.example/u/x?t=5)\nFold.\n",
        ],
    )
    def test_names_before_the_time(self, text: str) -> None:
        assert said(text) == [(1.0, "Mira", "Knead."), (5.0, "Zed", "Fold.")]

    @pytest.mark.parametrize(
        "text",
        [
            "0:01 Mira\nKnead.\n0:05 Zed\nFold.\n0:09 Mira\nRest,\nall.\n",
            "0:01\nMira\nKnead.\n\n0:05\nZed\nFold.\n\n0:09\nMira\nRest,\nall.\n",
            "Ovens\n\nMira\n0:01\nKnead.\nZed\n0:05\nFold.\nMira\n0:09\nRest,\nall.\n",
            "Mira\n[0:01] Knead.\n\nZed\n[0:05] Fold.\n\nMira\n[0:09] Rest,\nall.\n",
        ],
    )
    def test_names_on_a_line_beside_that_of_the_time(self, text: str) -> None:
        assert said(text) == [(1.0, "Mira", "Knead."), (5.0, "Zed", "Fold."), (9.0, "Mira", "Rest, all.")]

    @pytest.mark.parametrize(
        "text",
        [
            "0:01\nKnead.\nMira\n0:05\nFold.\nMira\n0:09\nRest.\nMira\n",  # begins with no name
            "Ovens\n0:01\nKnead\n0:05\nKnead\n0:09\nRest\n",  # nothing said but the names
            "Ovens\n0:01\nKnead.\nAll of it.\n0:05\nFold.\nAll of it.\n0:09\nRest.\nAll of it.\n",
        ],
    )
    def test_captions_of_two_lines_name_nobody(self, text: str) -> None:
        assert {speaker for _, speaker, _ in said(text)} == {None}

    def test_names_above_beside_sentences_that_end_with_a_time(self) -> None:
        text = "Vald, Mira A.\n00:02\nIt takes 1:02:03\nZed\n00:15\nWe begin at 2:30:00\nVald, Mira A.\n00:25\nGood.\n"
        assert said(text) == [
            (2.0, "Vald, Mira A.", "It takes 1:02:03"),
            (15.0, "Zed", "We begin at 2:30:00"),
            (25.0, "Vald, Mira A.", "Good."),
        ]

    @pytest.mark.parametrize("name", ["+49 170 1234567", "🎧 Sam", "(Guest) Ann", "Stone, Zed A.", "SPEAKER_00"])
    @pytest.mark.parametrize(
        "turn", ["{}: [00:00:{:02}] {}\n\n", "{}    00:00:{:02}    {}\n", "**{}** [0:{:02}]\n{}\n\n"]
    )
    def test_names_of_any_look_beside_the_time(self, turn: str, name: str) -> None:
        talk = [(2, "Mira", "Knead."), (15, name, "Fold."), (25, "Mira", "Rest."), (35, name, "Bake.")]
        assert said("".join(turn.format(speaker, start, words) for start, speaker, words in talk)) == talk

    @pytest.mark.parametrize("turn", ["[00:00:{1:02}] **{0}:** {2}\n", "{0}: 00:00:{1:02}\n\n{2}\n\n"])
    def test_nobody_in_other_layouts(self, turn: str) -> None:
        talk = [(2, "Mira", "Knead."), (15, "Unknown", "Fold."), (25, "Mira", "Rest.")]
        text = "".join(turn.format(speaker, start, words) for start, speaker, words in talk)
        assert [speaker for _, speaker, _ in said(text)] == ["Mira", None, "Mira"]

    def test_otter_without_names(self) -> None:
        head = (
            "Evening at the bakery\nTue, Jan 14, 2025 10:00AM • 45:12\n\nSUMMARY KEYWORDS\ndough, oven\n\nSPEAKERS\n"
            "Mira Vald\n\n"
        )
        text = head + "00:02\nKnead.\n\n00:15\nFold.\n\n01:15\nRest.\n\nTranscribed by https://otter.ai\n"
        assert said(text) == [(2.0, None, "Knead."), (15.0, None, "Fold."), (75.0, None, "Rest.")]
        assert read(text.encode(), "talk.txt").metadata == {
            "title": "Evening at the bakery",
            "recorded": "2025-01-14",
        }

    @pytest.mark.parametrize(
        "told",
        [
            ("0 seconds", "3 seconds", "1 minute, 6 seconds", "1 hour, 2 seconds"),
            ("0 Sekunden", "3 Sekunden", "1 Minute und 6 Sekunden", "1 Stunde und 2 Sekunden"),
        ],
    )
    def test_times_told_to_the_blind_are_not_spoken(self, told: tuple[str, ...]) -> None:
        talk = [(0, "Welcome."), (3, "3 loaves a day."), (66, "Bread."), (3602, "Bye.")]
        times = ("0:00", "0:03", "1:06", "1:00:02")
        lines = (f"{time}\n{spelled}\n{words}\n" for time, spelled, (_, words) in zip(times, told, talk, strict=True))
        assert [(start, words) for start, _, words in said("".join(lines))] == talk
        assert said("0:03\n3 loaves a day.\n1:06\nThen bake 6 more.\n")[0] == (3.0, None, "3 loaves a day.")

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
