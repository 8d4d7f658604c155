from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.outcome import Curve, Point
from model.page import figures, gaps, page
from model.plot import HEIGHT, WIDTH, Axis, Line, axes, plot
from model.report import Report, judge, sampled

TRAINING: Curve = tuple(Point(step, step / 10, 0.2 + 400 / (step + 99)) for step in range(1, 301))
VALIDATION: Curve = tuple(Point(step, step / 10, 1.5 + (step - 120) ** 2 / 2e4) for step in range(20, 301, 20))
HOSTILE = "</p><script>alert('1')</script><img src=http://evil.example/x onerror=alert(1)>\u202e\x1b[2J&amp;"


def make(**changes: object) -> Report:
    judgement = judge(train_characters=12_578, readings=122, train_loss=0.2364, validation_loss=3.1086)
    report = Report(
        checkpoint="c0000010123456789",
        continued_from=None,
        created="2026-11-23T10:00:00+00:00",
        judgement=judgement,
        reason="all steps done",
        notes=(),
        steps=300,
        best_step=120,
        seconds=30.0,
        characters_per_second=7_680.4,
        parameters=800_000,
        train_characters=12_578,
        readings=122.1,
        validation_characters=1_398,
        train_loss=0.2364,
        validation_loss=3.1086,
        vocabulary=61,
        new_characters="ab",
        training=TRAINING,
        validation=VALIDATION,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def points(html: str, name: str) -> list[tuple[float, float]]:
    """The places of a curve, as the page draws it."""
    found = re.search(rf'<path class="line-{name}" d="M([^"]*)"', html)
    assert found
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found[1].split(" L"))]


class TestPlot:
    def test_the_path_is_the_curve(self) -> None:
        html = page(make())
        x, y = axes(
            [Line(name, [(p.step, p.loss) for p in curve]) for name, curve in (("", TRAINING), ("", VALIDATION))]
        )
        for name, curve in (("training", TRAINING), ("validation", VALIDATION)):
            drawn = points(html, name)
            assert len(drawn) == len(curve)
            for (across, up), point in zip(drawn, curve, strict=True):
                assert across == pytest.approx(x.at(point.step), abs=0.01)
                assert up == pytest.approx(y.at(point.loss), abs=0.01)
        assert points(html, "training")[0][1] < points(html, "training")[-1][1], "a loss that falls goes down the page"

    def test_the_best_step_is_marked_on_the_validation_curve(self) -> None:
        html = page(make())
        mark = re.search(r'<circle class="mark" cx="([\d.]+)" cy="([\d.]+)"', html)
        assert mark and (float(mark[1]), float(mark[2])) == points(html, "validation")[5]
        assert "best step 120: 1.50" in html

    def test_axes_are_named_and_have_figures(self) -> None:
        html = page(make())
        for name in ("nats a character", "bits a character", "steps (300 in 30 s)", "training, smoothed"):
            assert name in html
        assert re.search(r'text-anchor="middle">300<', html) and re.search(r'text-anchor="end">2<', html)
        assert re.search(r'text-anchor="start">2.89<', html), "two nats are 2.89 bits"

    @given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(-1e6, 1e6)), max_size=20, unique_by=lambda p: p[0]))
    def test_any_curve_lies_within_the_picture(self, curve: list[tuple[int, float]]) -> None:
        svg = plot([Line("training", sorted(curve))], title="t", x_name="x", y_name="y")
        ElementTree.fromstring(svg)
        for x, y in re.findall(r'[ML](-?[\d.]+),(-?[\d.]+)(?=[ "])', svg):
            assert 0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT

    @given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
    def test_ticks_are_few_and_within(self, low: float, span: float) -> None:
        if low + span <= low or span < abs(low) * 1e-9:
            return
        ticks = Axis(low, low + span, 0, 100).ticks
        assert 1 <= len(ticks) <= 7 and ticks == sorted(ticks)
        assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)

    def test_the_gap_is_taken_at_every_evaluation(self) -> None:
        assert gaps(TRAINING, VALIDATION)[0] == (20, VALIDATION[0].loss - TRAINING[19].loss)
        assert gaps(TRAINING[5:], ((Point(0, 0, 3.0)), *VALIDATION))[0][0] == 20, "a baseline has no training loss yet"
        assert gaps((), VALIDATION) == []


class TestPage:
    def test_says_everything(self) -> None:
        html = page(make(sampled=sampled(["the king is sh zz ok"], "the king is dead", ["And"])))
        for words in ("memorised", "read 122 times", "What to do.", "start from the base", "nobody said this"):
            assert words in html
        for name, value in figures(make()):
            assert f"<dt>{name}</dt><dd>{value}</dd>" in html

    def test_loads_nothing_and_runs_nothing(self) -> None:
        hostile = make(
            notes=(HOSTILE,),
            reason=HOSTILE,
            continued_from=HOSTILE,
            created=HOSTILE,
            new_characters=HOSTILE,
            sampled=sampled([HOSTILE], HOSTILE, [HOSTILE]),
        )
        seen: list[str] = []

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                seen.append(tag)
                assert tag not in ("script", "img", "link", "iframe", "object", "use", "image", "a")
                for name, value in attrs:
                    assert not name.startswith("on") and name not in ("src", "href", "style")
                    assert "url(" not in (value or "")

        html = page(hostile)
        Reader(convert_charrefs=True).feed(html)
        assert "svg" in seen and "default-src 'none'" in html
        assert "url(" not in html and "@import" not in html
        assert "\x1b" not in html and "\u202e" not in html
        assert "prefers-color-scheme: dark" in html and "width=device-width" in html

    @pytest.mark.parametrize("count", [0, 1])
    def test_hardly_any_curve(self, count: int) -> None:
        html = page(make(training=TRAINING[:count], validation=VALIDATION[:count]))
        assert ('<circle class="dot-training"' in html) == bool(count)
        assert page(make(validation=())).count("<svg") == 2

    def test_white_space_has_names_and_a_large_alphabet_is_cut(self) -> None:
        assert "newline space b &lt;" in page(make(new_characters="\n b<"))
        assert "and 1,600 more" in page(make(new_characters="".join(map(chr, range(0x4E00, 0x4E00 + 2000)))))
