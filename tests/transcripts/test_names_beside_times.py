"""Written-out talks in which a name and a time stand side by side, in the many ways programs set them."""

from __future__ import annotations

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read


def said(text: str, name: str = "talk.txt") -> list[tuple[float, str | None, str]]:
    return [(cue.start, cue.speaker, cue.text) for cue in read(text.encode(), name).cues]


WORDS = ("Knead it well.", "How long shall we?", "Two hours at 10:30, I think.", "So long!")
CAST = ("Mira Vald", "Zed Stone (Acme)", "Mira Vald", "Zed Stone (Acme)")
TURNS = [(20.0 * number, name, words) for number, (name, words) in enumerate(zip(CAST, WORDS, strict=True))]


class TestBeforeTheWords:
    @pytest.mark.parametrize("layout", ["**{}** [{}] {}", "**{}:** [{}] {}", "**{}** ({}) {}", "{} ({}): {}"])
    def test_a_name_may_have_parentheses(self, layout: str) -> None:
        lines = [
            layout.format(name, f"0:{start:02.0f}" if start < 60 else "1:00", words) for start, name, words in TURNS
        ]
        assert said("\n\n".join(lines), "talk.md") == TURNS

    def test_words_above_the_first_time_are_told_of(self) -> None:
        text = "Mira: Welcome to the bakery.\n\n[00:00:30] Zed: Thank you.\n\n[00:01:00] Mira: Now, the dough.\n"
        result = read(text.encode(), "talk.txt")
        assert [cue.speaker for cue in result.cues] == ["Zed", "Mira"]
        assert result.notes == ("line 1: words above the first time; left out, since nothing says when",)

    def test_a_title_above_the_first_time_is_not(self) -> None:
        text = "The bakery: an evening\nHost: Mira\n\n[00:00:30] Zed: Thank you.\n\n[00:01:00] Mira: Now, the dough.\n"
        assert read(text.encode(), "talk.txt").notes == ()


class TestAboveTheWords:
    @pytest.mark.parametrize("between", [" - ", " – ", " ", "  "])
    def test_the_first_hour_is_not_lost(self, between: str) -> None:
        turns = [
            (600.0 * number + 3, ("Mira Vald", "Zed")[number % 2], f"Step {number} takes long.") for number in range(9)
        ]
        lines = []
        for start, name, words in turns:
            minutes, second = divmod(int(start), 60)
            hours, minute = divmod(minutes, 60)
            time = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"
            lines.append(f"{name}{between}{time}\n{words}")
        assert said("\n\n".join(lines)) == turns

    def test_a_sentence_that_ends_with_a_time_is_none(self) -> None:
        text = "Mira Vald - 0:03\nThe oven is lit at 10:30\n\nZed - 0:09\nSo we meet at 11:00\n\n"
        text += "Mira Vald - 0:15\nYes.\n\nZed - 0:20\nGood.\n"
        assert said(text) == [
            (3.0, "Mira Vald", "The oven is lit at 10:30"),
            (9.0, "Zed", "So we meet at 11:00"),
            (15.0, "Mira Vald", "Yes."),
            (20.0, "Zed", "Good."),
        ]

    def test_somebody_opens_before_the_first_name(self) -> None:
        text = "Evening\n\n00:00\nWelcome to the bakery.\n\nMira Vald  0:12\nKnead it.\n\nZed  0:20\nHow long?\n"
        assert said(text)[:2] == [(0.0, None, "Welcome to the bakery."), (12.0, "Mira Vald", "Knead it.")]

    def test_a_time_of_day_above_the_first_name_is_no_turn(self) -> None:
        text = "Evening\n10:30\nAt the bakery\n\nMira Vald  0:00\nKnead it.\n\nZed  0:20\nHow long?\n"
        assert said(text) == [(0.0, "Mira Vald", "Knead it."), (20.0, "Zed", "How long?")]

    @pytest.mark.parametrize("layout", ["0:{:02} - {}", "00:00:{:02} {}"])
    def test_one_writes_a_small_nickname(self, layout: str) -> None:
        cast = ["Mira Vald", "zed", "Mira Vald", "zed", "Mira Vald", "zed"]
        text = "\n\n".join(f"{layout.format(5 * number, name)}\nStep {number}." for number, name in enumerate(cast))
        assert said(text) == [(5.0 * number, name, f"Step {number}.") for number, name in enumerate(cast)]


def test_a_meeting_of_one_turn() -> None:
    text = (
        "Attendees\nMira Vald\n\nTranscript\n\n00:00:00\n\nMira Vald: The oven is warm.\n \n \n"
        "Transcription ended after 00:05:12\n\nThis editable transcript was computer generated and might contain"
        " errors. People can also change the text after it was created.\n"
    )
    (cue,) = read(text.encode(), "talk.txt").cues
    assert (cue.start, cue.end, cue.speaker, cue.text) == (0.0, 312.0, "Mira Vald", "The oven is warm.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "diary.txt",
            "We met at 10:30\nThe oven was cold.\n\nWe met at 14:00\nIt was warm.\n\nWe met at 15:00\nBread.\n",
        ),
        ("rooms.txt", "Hall A 09:00\nBread\n\nHall B 09:30\nCakes\n\nHall A 10:00\nRolls\n"),
        ("day.txt", "09:00 → 09:30\nWelcome\n\n09:30 → 10:15\nBread\n\n10:15 → 11:00\nCakes\n"),
        ("list.csv", "Time;Text;Price\n1,50;Bread of rye;2,30\n2,50;Bread of oats;3,10\n3,50;Cake of plums;4,10\n"),
        ("log.csv", "08:00:01,INFO,the oven is on\n08:00:02,WARN,the oven is hot\n08:00:05,INFO,the bread is in\n"),
    ],
)
def test_what_only_looks_like_it_is_refused(name: str, text: str) -> None:
    with pytest.raises(TranscriptError):
        read(text.encode(), name)


def test_a_head_is_no_opening() -> None:
    text = "Weekly sync\n09:00\nAttendees Mira and Zed\n\nMira  10:05:01\nHello.\n\nZed  10:05:20\nHello, Mira.\n"
    assert said(text) == [(36301.0, "Mira", "Hello."), (36320.0, "Zed", "Hello, Mira.")]
