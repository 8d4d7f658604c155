"""Caption formats of tags: TTML and DFXP, SAMI, YouTube's timed text; and XML that means harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.programme import from_its_start
from connector.transcripts.transcript import Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"
NAMESPACES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
    'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
)


def reading(name: str) -> Reading:
    return read((FIXTURES / name).read_bytes(), name)


def said(result: Reading) -> list[tuple[float, float, str | None, str]]:
    return [(cue.start, cue.end, cue.speaker, cue.text) for cue in result.cues]


def ttml(body: str, attributes: str = "") -> Reading:
    return read(f"<tt {NAMESPACES} {attributes}><body>{body}</body></tt>".encode(), "talk.ttml")


class TestTtml:
    def test_nested_times_agents_and_breaks(self) -> None:
        result = reading("nested.ttml")
        assert result.format == "ttml"
        assert result.metadata == {"title": "On arches & bridges", "language": "en-GB"}
        assert said(result) == [
            (10.0, 12.0, None, "First one."),
            (11.5, 13.0, "Mira Valdstrand", "An arch pushes\noutwards."),
            (12.0, 42.0, None, "Then the other."),
            (14.2, 15.0, "Zed Okonjo", "And its feet?"),
            (14.2, 15.0, "Mira Valdstrand", "They push back."),
            (16.0, 16.75, None, "So it stands."),
            (70.0, 72.0, None, "A line"),
            (100.0, 102.25, None, "and one much later."),
            (110.0, 111.0, None, "Word by word."),
        ]

    def test_divisions_in_several_languages_are_said_once(self) -> None:
        result = reading("languages.dfxp")
        assert result.metadata == {"language": "en"}
        assert [(cue.start, cue.text) for cue in result.cues] == [(1.0, "Knead & fold."), (1.001, "Let it rest.")]
        assert result.notes == ("the file holds other languages too, left out: sv",)

    @pytest.mark.parametrize(
        ("attributes", "written", "seconds"),
        [
            ("", "00:01:02", 62.0),
            ("", "00:01:02.345", 62.345),
            ("", "00:01:02,5", 62.5),
            ("", "00:00:01:15", 1.5),  # 30 frames a second where none is named
            ('ttp:frameRate="25"', "00:00:01:05", 1.2),
            ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', "300f", 10.01),
            ('ttp:frameRate="24" ttp:frameRateMultiplier="1000:1001"', "24f", 1.001),
            ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ttp:dropMode="dropNTSC"', "00:01:00:02", 60.06),
            ("", "01:00:00;00", 3599.9964),
            ('ttp:tickRate="10000000"', "15000000t", 1.5),
            ('ttp:frameRate="25" ttp:subFrameRate="2"', "75t", 1.5),
            ("", "12.345s", 12.345),
            ("", "1.5m", 90.0),
            ("", "0.5h", 1800.0),
            ("", "1500ms", 1.5),
            ('ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', "00:59:59:00", 3602.599),
            ('ttp:timeBase="smpte" ttp:frameRate="24" ttp:frameRateMultiplier="999 1000"', "00:01:00", 60.06),
            ('ttp:timeBase="smpte" ttp:frameRate="25"', "00:00:01:05", 1.2),
            ('ttp:timeBase="media" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', "00:59:59:00", 3599.0),
        ],
    )
    def test_time_expressions(self, attributes: str, written: str, seconds: float) -> None:
        assert ttml(f'<div><p begin="{written}">Dough.</p></div>', attributes).cues[0].start == seconds

    def test_the_rate_a_person_says_holds_where_the_file_says_none(self) -> None:
        text = f'<tt {NAMESPACES}><body><div><p begin="00:00:01:05">Dough.</p></div></body></tt>'
        assert read(text.encode(), "talk.ttml", fps=25).cues[0].start == 1.2

    @pytest.mark.parametrize(("base", "start"), [("smpte", 0.959), ("media", 3600.958)])
    def test_a_programme_starts_at_an_hour_of_timecode_alone(self, base: str, start: float) -> None:
        """As Apple's iTT lays it out, at 23.976 frames a second."""
        rate = f'ttp:timeBase="{base}" ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"'
        result = ttml('<p begin="01:00:00:23" end="01:00:02:00">Knead.</p>', rate)
        assert from_its_start(result, None).cues[0].start == pytest.approx(start, abs=0.002)

    @pytest.mark.parametrize(
        ("programme", "start"),
        [
            ("<ebuttm:documentStartOfProgramme>10:00:00:00</ebuttm:documentStartOfProgramme>", 1.2),
            ("<ebuttm:documentStartOfProgramme>00:00:00:00</ebuttm:documentStartOfProgramme>", 36001.2),
            ("<ebuttm:documentStartOfProgramme>10:02:00:00</ebuttm:documentStartOfProgramme>", 36001.2),
            ("", 36001.2),
        ],
    )
    def test_a_programme_starts_where_its_head_says_so(self, programme: str, start: float) -> None:
        head = f"<head><metadata><ebuttm:documentMetadata>{programme}</ebuttm:documentMetadata></metadata></head>"
        body = '<body><div><p begin="10:00:01.200" end="10:00:03.000">Knead.</p></div></body>'
        text = f'<tt {NAMESPACES} xmlns:ebuttm="urn:ebu:tt:metadata" ttp:timeBase="media">{head}{body}</tt>'
        (cue,) = from_its_start(read(text.encode(), "talk.xml"), None).cues
        assert cue.start == start

    def test_words_that_are_timed_one_by_one_stay_apart(self) -> None:
        """As Apple Podcasts writes them: nothing between, and times without a unit."""

        def span(unit: str, begin: str, words: str) -> str:
            return f'<span begin="{begin}" podcasts:unit="{unit}">{words}</span>'

        first = span("sentence", "0.120", span("word", "0.120", "Knead") + span("word", "0.520", "it."))
        second = span("sentence", "1:02.340", span("word", "1:02.340", "Two ") + span("word", "1:02.900", "hours."))
        other = '<p begin="1:04.0" end="1:05.25">Y<span>es</span></p>'
        result = ttml(f'<div><p begin="0.120" end="1:03.500">{first}{second}</p>{other}</div>')
        assert said(result) == [(0.12, 63.5, None, "Knead it. Two hours."), (64.0, 65.25, None, "Yes")]

    def test_times_against_the_standard_still_show(self) -> None:
        result = ttml('<div begin="5s" end="7s"><p>Knead.</p><p begin="7s" end="9s">Fold.</p></div>')
        assert said(result) == [(5.0, 7.0, None, "Knead."), (7.0, 9.0, None, "Fold.")]
        assert len(result.notes) == 1

    def test_speakers_written_into_the_words(self) -> None:
        lines = ["Mira: Knead.", "Zed: Fold.", "Mira: Rest."]
        cues = ttml("".join(f'<p begin="{n}s" end="{n + 1}s">{line}</p>' for n, line in enumerate(lines))).cues
        assert [(cue.speaker, cue.text) for cue in cues] == [("Mira", "Knead."), ("Zed", "Fold."), ("Mira", "Rest.")]

    def test_a_tag_that_is_spoken_of_stays_and_one_around_words_goes(self) -> None:
        cues = ttml('<p begin="1s">the &lt;b> tag &amp; a &lt; b</p><p begin="2s">&lt;i&gt;Knead.&lt;/i&gt;</p>').cues
        assert [cue.text for cue in clean_cues(cues)] == ["the < b> tag & a < b", "Knead."]

    def test_prefixes_that_nobody_declared(self) -> None:
        text = '<tt><head><ttm:title>Dough</ttm:title></head><body><p begin="1s" tts:color="red">Knead.</p></body></tt>'
        assert read(text.encode(), "talk.xml").metadata == {"title": "Dough"}


class TestSami:
    def test_one_language_of_two(self) -> None:
        result = reading("bread.smi")
        assert result.format == "sami"
        assert result.metadata == {"title": "Bread & salt", "language": "en-US"}
        assert [(cue.start, cue.end, cue.text) for cue in clean_cues(result.cues)] == [
            (1.0, 3.5, "Weigh the flour, then the water."),
            (4.0, 7.0, "Salt <pad> comes last. Never."),
        ]
        assert result.notes == (
            "line 13: a time that cannot be read: '<SYNC Start=late>'; its words stay with those before",
            "the file holds other languages too, left out: sv-SE",
        )

    def test_without_classes(self) -> None:
        cues = read(b"<SAMI><BODY><SYNC Start=500>Rest.<SYNC Start=1500>&nbsp;</BODY>", "talk.smi").cues
        assert [(cue.start, cue.end, cue.text) for cue in cues] == [(0.5, 1.5, "Rest.")]


class TestYouTube:
    def test_json3(self) -> None:
        result = reading("timed.json3")
        assert result.format == "youtube"
        assert said(result) == [
            (1.0, 3.01, None, "knead the dough"),
            (3.01, 5.01, None, "and fold it twice"),
            (7.0, 9.5, None, "Let it rest\nover night."),
            (9.5, 9.766666666666667, None, "lost"),
        ]
        assert [cue.confidence for cue in result.cues] == [0.6, None, None, None]
        assert result.notes == ("line 10: a caption without a time that makes sense; placed after the one before",)

    def test_srv3_says_what_json3_says(self) -> None:
        result = reading("timed.srv3")
        assert said(result) == [
            (1.0, 3.01, None, "knead the dough"),
            (3.01, 5.01, None, "and fold"),
            (7.0, 9.5, None, "Let it rest &amp; rise."),
        ]
        assert result.cues[0].confidence == 0.6

    def test_srv2(self) -> None:
        text = (
            '<timedtext><window id="1" t="0"/><text t="1000" d="2000" w="1">knead</text>'
            '<text t="2000" d="900" w="1" append="1">\n</text><text t="2010" d="900" w="1">fold</text></timedtext>'
        )
        assert said(read(text.encode(), "talk.srv2")) == [(1.0, 2.01, None, "knead"), (2.01, 2.91, None, "fold")]

    def test_srv1(self) -> None:
        result = reading("timed.srv1")
        assert said(result)[0][:2] == (1.25, 3.75)
        assert result.cues[1].start == 5.005
        assert [cue.text for cue in clean_cues(result.cues)] == ["It's an arch.", "It stands."]

    @pytest.mark.parametrize("value", [True, None, "x", -1, 1e300, float("nan"), [], {}, "1" * 400])
    def test_values_that_make_no_sense(self, value: object) -> None:
        event = {"tStartMs": value, "dDurationMs": value, "wWinId": value, "aAppend": value, "segs": value}
        good = {
            "tStartMs": 1500,
            "dDurationMs": value,
            "segs": [{"utf8": "Rest.", "acAsrConf": value}, {"utf8": value}],
        }
        result = read(json.dumps({"events": [event, good, value]}).encode(), "talk.json3")
        assert result.cues[-1].start == 1.5
        assert result.cues[-1].text.startswith("Rest.")


BOMB = '<!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
PARAMETER = '<!DOCTYPE tt [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>'
FORMS = {
    "ttml": '<tt><body><p begin="1s">{}</p></body></tt>',
    "srv3": '<timedtext format="3"><body><p t="1">{}</p></body></timedtext>',
    "srv1": '<transcript><text start="1">{}</text></transcript>',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
class TestHostileXml:
    @pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "outside", "parameter"])
    def test_entities_are_refused(self, form: str, doctype: str) -> None:
        with pytest.raises(TranscriptError) as refused:
            read((doctype + form.format("&a;")).encode(), "talk.xml")
        if form.startswith("<tt"):
            assert "declares entities" in refused.value.reason

    def test_nesting_is_bounded(self, form: str) -> None:
        depth = 100_000
        with pytest.raises(TranscriptError, match="nested too deeply"):
            read(form.format("<s>" * depth + "x" + "</s>" * depth).encode(), "talk.xml")

    def test_broken_xml_names_its_line(self, form: str) -> None:
        with pytest.raises(TranscriptError, match="broken XML") as broken:
            read(("\n\n" + form.format("x\n</oops>")).encode(), "talk.xml")
        assert broken.value.line == 4

    def test_a_lone_ampersand_is_mended(self, form: str) -> None:
        cues = read(form.format("salt & water &amp; flour&hellip; R&D &nosuch;").encode(), "talk.xml").cues
        assert cues[0].text == "salt & water & flour… R&D &nosuch;"
