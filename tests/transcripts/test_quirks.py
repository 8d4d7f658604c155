"""What a reader must survive: faults 1 to 9 of the files that people have, each with a test of its name."""

from __future__ import annotations

import codecs

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.transcript import Cue, Reading

SBV = "0:00:01.000,0:00:02.500\nKnead it.\n\n0:00:02.500,0:00:04.000\nFold it.\n"
SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n\n2\n00:00:02,500 --> 00:00:04,000\n{}\n"


def vtt(body: str, head: str = "") -> Reading:
    return read(f"WEBVTT\n{head}\n{body}".encode(), "talk.vtt")


def shown(result: Reading) -> list[str]:
    return [cue.text for cue in clean_cues(result.cues)]


def times(result: Reading) -> list[tuple[float, float]]:
    return [(cue.start, cue.end) for cue in result.cues]


class TestQuirk1TheExtensionLies:
    @pytest.mark.parametrize("suffix", [".srt", ".sub", ".sbv", ".vtt", ".txt", ".csv", ".json", ""])
    def test_sbv_under_any_name(self, suffix: str) -> None:
        result = read(SBV.encode(), "talk" + suffix)
        assert result.format == "sbv"
        assert times(result) == [(1.0, 2.5), (2.5, 4.0)]

    def test_webvtt_under_the_name_of_subrip_and_the_other_way_round(self) -> None:
        body = "00:01.000 --> 00:02.000\nKnead it.\n"
        assert read(f"WEBVTT\n\n{body}".encode(), "talk.srt").format == "webvtt"
        assert read(SRT.format("Knead it.", "Fold it.").encode(), "talk.vtt").format == "srt"

    def test_microdvd_subviewer_and_subrip_share_sub(self) -> None:
        assert read(b"{1}{24}Knead it.\n", "talk.sub").format == "microdvd"
        assert read(SBV.encode(), "talk.sub").format == "sbv"
        assert read(SRT.format("Knead it.", "Fold it.").encode(), "talk.sub").format == "srt"


class TestQuirk2EncodingsAndLineEnds:
    @pytest.mark.parametrize(
        ("encoding", "mark", "lines"),
        [
            ("utf-8", codecs.BOM_UTF8, ("Teig kneten – größer", "Brücke über Flüsse")),
            ("utf-16-le", codecs.BOM_UTF16_LE, ("Teig kneten – größer", "Brücke über Flüsse")),
            ("utf-16-le", b"", ("Teig kneten größer", "Brücke über Flüsse")),
            ("utf-16-be", codecs.BOM_UTF16_BE, ("Teig kneten", "Brücke über Flüsse")),
            ("cp932", b"", ("パンの生地をこねてから、温かい所で一時間ほど休ませます。", "橋のアーチは外へ押します。")),
            (
                "cp1250",
                b"",
                ("Měkčí těsto je lepší než příliš tuhé.", "Těsto musí celou noc odpočívat, říká."),
            ),
            (
                "cp1251",
                b"",
                ("Тесто должно отдыхать в тёплом месте.", "Арка стоит, потому что она давит наружу."),
            ),
            ("cp1252", b"", ("La pâte doit reposer, c’est très important.", "Le pont où l’arche s’élève à gauche.")),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
    def test_any_of_them(self, encoding: str, mark: bytes, lines: tuple[str, str], end: str) -> None:
        text = SRT.format(*lines).replace("\n", end)
        result = read(mark + text.encode(encoding), "talk.srt")
        assert [cue.text for cue in result.cues] == list(lines)
        assert times(result) == [(1.0, 2.5), (2.5, 4.0)]

    @pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8, b"\r\n \r\n", codecs.BOM_UTF16_LE])
    @pytest.mark.parametrize("suffix", [".srt", ".vtt", ".sbv", ".ttml"])
    def test_an_empty_file_says_so(self, data: bytes, suffix: str) -> None:
        with pytest.raises(TranscriptError, match="the file is empty"):
            read(data, "talk" + suffix)


class TestQuirk3TimesWrittenOtherwise:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("00:00:12,6  --> 00:00:16,6", (12.6, 16.6)),
            ("00:00:12.600 --> 00:00:16.600", (12.6, 16.6)),
            ("00:00:12,600-->00:00:16,600", (12.6, 16.6)),
            ("0:0:12.6 --> 0:0:16.6", (12.6, 16.6)),
            ("00:12.600 --> 00:16.600", (12.6, 16.6)),
            ("00:00:12 --> 00:00:16", (12.0, 16.0)),
            ("00:00:12,600 --> 00:00:16,600 X1:40 X2:600 Y1:20 Y2:50", (12.6, 16.6)),
            ("00:00:12.600 --> 00:00:16.600 A:middle", (12.6, 16.6)),
            ("00:00:12.600 --> 00:00:16.600 align:start position:0%", (12.6, 16.6)),
            ("00:00:12,60000 --> 00:00:16,6009", (12.6, 16.6)),
            (" 00:00:12,600 --> 00:00:16,600 ", (12.6, 16.6)),
        ],
    )
    @pytest.mark.parametrize("name", ["talk.srt", "talk.vtt"])
    def test_each(self, line: str, expected: tuple[float, float], name: str) -> None:
        head = "WEBVTT\n\n" if name.endswith("vtt") else "1\n"
        result = read(f"{head}{line}\nKnead it.\n".encode(), name)
        assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [(*expected, "Knead it.")]


class TestQuirk4CuesOutOfShape:
    def test_no_length_end_before_start_out_of_order_overlapping_and_empty(self) -> None:
        result = vtt(
            "00:05.000 --> 00:05.000\nNo length.\n\n"
            "00:09.000 --> 00:07.000\nBackwards.\n\n"
            "00:01.000 --> 00:03.000\nEarlier.\n\n"
            "00:02.000 --> 00:06.000\nOverlapping.\n\n"
            "00:08.000 --> 00:08.500\n\n\n"
            "00:08.500 --> 00:08.700\n \n"
        )
        assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [
            (1.0, 3.0, "Earlier."),
            (2.0, 6.0, "Overlapping."),
            (5.0, 5.0, "No length."),
            (9.0, 9.0, "Backwards."),
        ]
        assert result.notes == ("line 6: this cue ends before it starts",)

    def test_cues_at_one_time_keep_their_order(self) -> None:
        result = vtt("".join(f"00:01.000 --> 00:02.000\nLine {n}.\n\n" for n in range(9)))
        assert [cue.text for cue in result.cues] == [f"Line {n}." for n in range(9)]


class TestQuirk5RollingCaptions:
    ROLLING = (
        "00:01.000 --> 00:02.990 align:start position:0%\n \nknead<00:01.500><c> the</c><00:02.000><c> dough</c>\n\n"
        "00:02.990 --> 00:03.000 align:start position:0%\nknead the dough\n \n\n"
        "00:03.000 --> 00:04.990 align:start position:0%\nknead the dough\nand<00:03.500><c> fold</c>\n\n"
        "00:04.990 --> 00:05.000 align:start position:0%\nand fold\n \n\n"
        "00:05.000 --> 00:07.000 align:start position:0%\nand fold\nit<00:05.500><c> twice</c>\n"
    )

    def test_every_line_is_said_once(self) -> None:
        assert shown(vtt(self.ROLLING, "Kind: captions\nLanguage: en\n")) == ["knead the dough", "and fold", "it twice"]

    def test_a_line_of_one_space_does_not_end_a_cue(self) -> None:
        cues = vtt("00:01.000 --> 00:02.000\nknead\n \nthe dough\n").cues
        assert [" ".join(cue.text.split()) for cue in cues] == ["knead the dough"]

    def test_whoever_really_repeats_is_heard(self) -> None:
        body = "".join(f"00:0{n}.000 --> 00:0{n + 1}.000\nAgain!\n\n" for n in range(1, 5))
        assert shown(vtt(body)) == ["Again!"] * 4


class TestQuirk6WebVttHeaders:
    def test_headers_comments_styles_and_settings_are_not_said(self) -> None:
        result = vtt(
            "NOTE written by hand\nfor the arch\n\n"
            "STYLE\n::cue { color: white; }\n\n"
            "REGION\nid:fred\n\n"
            "first\n00:01.000 --> 00:02.000 align:start line:0 A:middle\nAn arch pushes.\n\n"
            "NOTE 00:03 is early\n\n"
            "00:03.000 --> 00:04.000\n<v Mira>Its feet push back.\n\n"
            "00:05.000 --> 00:06.000\n\n"
            "NOTE said nothing\n",
            "Kind: captions\nLanguage: en-GB\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n",
        )
        assert result.metadata == {"language": "en-GB"}
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (1.0, None, "An arch pushes."),
            (3.0, "Mira", "Its feet push back."),
        ]

    def test_pieces_of_a_stream_joined_to_one_file(self) -> None:
        piece = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:0{}.000 --> 00:0{}.500\nLine {}.\n\n"
        result = read("".join(piece.format(n, n, n) for n in (1, 2, 3)).encode(), "talk.vtt")
        assert [(cue.start, cue.text) for cue in result.cues] == [(1.0, "Line 1."), (2.0, "Line 2."), (3.0, "Line 3.")]

    def test_voices_left_open_classed_and_two_in_a_cue(self) -> None:
        cues = vtt("00:01.000 --> 00:02.000\n<v.loud Mira>Stand!\n<v Zed Okonjo>Still?</v>\n").cues
        assert [(cue.speaker, cue.text) for cue in cues] == [("Mira", "Stand!"), ("Zed Okonjo", "Still?")]


class TestQuirk7TagsAndEntities:
    def test_spoken_tags_stay_and_markup_goes(self) -> None:
        line = "The <i>tokens</i> <s> and </s>, <pad> too, <font color=red>end</font> a &lt;unk&gt;."
        assert shown(read(SRT.format(line, "Fold.").encode(), "talk.srt"))[0] == (
            "The tokens <s> and </s>, <pad> too, end a <unk>."
        )

    def test_entities_before_names(self) -> None:
        lines = ["&gt;&gt; MIRA: It&#39;s an arch.", "It leans.", "&gt;&gt; ZED: Does it?", "&gt;&gt; MIRA: It does."]
        body = "".join(f"00:0{n}.000 --> 00:0{n}.900\n{line}\n\n" for n, line in enumerate(lines))
        cues = clean_cues(vtt(body).cues)
        assert [(cue.speaker, cue.text) for cue in cues] == [
            ("MIRA", "It's an arch."),
            ("MIRA", "It leans."),
            ("ZED", "Does it?"),
            ("MIRA", "It does."),
        ]

    def test_two_speakers_in_a_cue_and_one_without_a_name(self) -> None:
        lines = [">> MIRA: Stand!\n>> ZED: Still?", "For now.", ">> Hush!", "They whisper.", ">> MIRA: Go."]
        cues = vtt("".join(f"00:0{n}.000 --> 00:0{n}.900\n{line}\n\n" for n, line in enumerate(lines))).cues
        assert [(cue.start, cue.speaker, cue.text) for cue in cues] == [
            (0.0, "MIRA", "Stand!"),
            (0.0, "ZED", "Still?"),
            (1.0, "ZED", "For now."),
            (2.0, None, ">> Hush!"),
            (3.0, None, "They whisper."),
            (4.0, "MIRA", "Go."),
        ]


class TestQuirk8ASpeakerPrefixIsAGuess:
    def cues(self, *lines: str) -> tuple[Cue, ...]:
        return vtt("".join(f"00:{n:02}.000 --> 00:{n:02}.900\n{line}\n\n" for n, line in enumerate(lines))).cues

    def test_notes_and_times_are_words(self) -> None:
        lines = ("We bake.", "Note: the oven is hot.", "10:30 Meeting: ovens.", "Note: still hot.", "It is done.")
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [(None, line) for line in lines]

    def test_who_dials_in_has_a_number_for_a_name(self) -> None:
        lines = (
            "Mira: We bake.",
            "14155550100: When?",
            "+1 415-555-0100: Where?",
            "Mira: 10:30: at noon.",
            "7: not I.",
        )
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [
            ("Mira", "We bake."),
            ("14155550100", "When?"),
            ("+1 415-555-0100", "Where?"),
            ("Mira", "10:30: at noon."),
            (None, "7: not I."),
        ]

    def test_the_wide_colon_names_where_all_cues_have_it(self) -> None:
        lines = ("安娜：你好", "李雷：你好", "安娜：再见")
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [
            ("安娜", "你好"),
            ("李雷", "你好"),
            ("安娜", "再见"),
        ]
        lines = ("他说：你好", "我们今天烤面包", "他说：再见", "面包好了")
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [(None, line) for line in lines]

    def test_also_in_a_file_with_names(self) -> None:
        lines = ("Mira: We bake.", "Mira: Note: it is hot.", "Zed: 10:30 Meeting: ovens.", "Mira: Done.", "Zed: Good.")
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [
            ("Mira", "We bake."),
            ("Mira", "Note: it is hot."),
            ("Zed", "10:30 Meeting: ovens."),
            ("Mira", "Done."),
            ("Zed", "Good."),
        ]

    @pytest.mark.parametrize("kind", ["Step {}", "Question {}", "Lesson {}", "Option A", "Part IV", "Tip"])
    def test_what_is_counted_is_no_person(self, kind: str) -> None:
        lines = ["Welcome.", "{}: fold it.", "Then wait.", "{}: bake it.", "So again.", "{}: fold.", "{}: bake."]
        lines = [line.format(kind.format(1 + n // 2 % 2)) for n, line in enumerate(lines)]
        assert [(cue.speaker, cue.text) for cue in self.cues(*lines)] == [(None, line) for line in lines]

    @pytest.mark.parametrize(
        ("line", "speaker"),
        [
            ("Remember this: it is hot.", None),
            ("Big news: it is done.", None),
            ("Option B: rest it.", None),
            ("Zed Okonjo: good.", "Zed Okonjo"),
            ("zed okonjo: good.", "zed okonjo"),
            ("zed: good.", "zed"),
            ("Ann's iPhone (2): good.", "Ann's iPhone (2)"),
        ],
    )
    def test_in_a_file_of_names_one_said_once_is_written_as_a_name(self, line: str, speaker: str | None) -> None:
        cues = self.cues(*["Mira: We bake.", "Bob: Good."] * 4, line, "So it is.")
        assert (cues[8].speaker, cues[8].text) == (speaker, line.partition(": ")[2] if speaker else line)


class TestQuirk9ABrokenTimeLineCostsNothing:
    def test_subrip_without_one(self) -> None:
        text = SRT.format("Knead it.\n\n7\nFold it.", "Rest.")
        result = read(text.encode(), "talk.srt")
        assert shown(result) == ["Knead it. Fold it.", "Rest."]
        assert result.notes == ("line 5: a cue without a time line; its words stay with the cue before",)

    def test_webvtt_without_one(self) -> None:
        head = "00:01.000 --> 00:02.000\nKnead it.\n\n"
        last = "00:04.000 --> 00:05.000\nRest.\n"
        told = "a cue without a time line; its words stay with the cue before"
        for stray, line in (("Fold it.\n\n", 6), ("7\nFold it.\n\n", 6), ("NOTE by hand\n\nFold it.\n\n", 8)):
            result = vtt(head + stray + last)
            assert shown(result) == ["Knead it. Fold it.", "Rest."]
            assert result.notes == (f"line {line}: {told}",)
        assert vtt(head + "NOTE by hand\n\n" + last).notes == ()

    def test_webvtt_with_a_broken_one(self) -> None:
        result = vtt(
            "00:01.000 --> 00:02.000\nKnead it.\n\n"
            "00:0x.000 --> 00:03.000\nFold it.\n\n"
            "00:04.000 --> 00:05.000\nRest.\n"
        )
        assert shown(result) == ["Knead it. Fold it.", "Rest."]
        assert result.notes == ("line 6: a time line that cannot be read: '00:0x.000 --> 00:03.000'",)

    @pytest.mark.parametrize(("above", "kept"), [("\n2\n", ""), ("42\n", " 42"), ("\n", "")])
    def test_subrip_with_a_broken_one_is_noted_once(self, above: str, kept: str) -> None:
        first, last = "1\n00:00:01,000 --> 00:00:02,000\nKnead it.\n", "3\n00:00:04,000 --> 00:00:05,000\nRest.\n"
        result = read(f"{first}{above}00:00:0x,000 --> 00:00:03,000\nFold it.\n\n{last}".encode(), "a.srt")
        assert shown(result) == [f"Knead it.{kept} Fold it.", "Rest."]
        assert len(result.notes) == 1 and "a time line that cannot be read" in result.notes[0]

    def test_webvtt_with_a_broken_end(self) -> None:
        result = vtt("00:01.000 --> 00:0x.000\nKnead it.\n\n00:04.000 --> 00:05.000\nRest.\n")
        assert times(result) == [(1.0, 4.0), (4.0, 5.0)]

    def test_sbv(self) -> None:
        text = SBV.replace("0:00:02.500,0:00:04.000", "0:00:02.f00,0:00:04.000")
        assert shown(read(text.encode(), "talk.sbv")) == ["Knead it. Fold it."]

    def test_an_arrow_in_speech_is_no_time(self) -> None:
        assert shown(vtt("00:01.000 --> 00:02.000\n1 --> 2 --> 3 is a chain.\n")) == ["1 --> 2 --> 3 is a chain."]


def test_words_under_an_unreadable_first_time_are_kept() -> None:
    text = (
        "1\n-00:00:01,000 --> 00:00:02,000\nThe oven is cold.\n\n"
        "2\n999999:00:01,000 --> 999999:00:03,000\nNobody minds.\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nBread rises anyway.\n"
    )
    result = read(text.encode(), "talk.srt")
    (cue,) = result.cues
    assert cue.start == 5.0 and cue.text.split("\n") == ["The oven is cold.", "Nobody minds.", "Bread rises anyway."]
    assert len(result.notes) >= 2
