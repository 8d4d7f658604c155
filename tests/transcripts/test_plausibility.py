"""What a language model thinks of a transcript, as a sign beside the others. The model is a function here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts.formats import read
from connector.transcripts.quality import HELD, assess
from connector.transcripts.quality.plausibility import (
    LIKELY,
    LIMIT,
    SHORTEST,
    Weighed,
    joined,
    suspicion_with,
    weigh,
)
from connector.transcripts.transcript import Cue
from tests.support import talk

ENGLISH = read(talk("bread", 40).encode(), "a.srt").cues
GERMAN = tuple(
    Cue(200.0 + 5 * n, 204.0 + 5 * n, None, f"Und dann, zum {n}. Mal, kneten wir das Brot, bis der Teig nicht klebt.")
    for n in range(12)
)


def always(bits: float) -> Any:
    return lambda texts: [bits] * len(texts)


def judged(cues: Sequence[Cue]) -> dict[str, Any]:
    said = assess(cues)
    return asdict(said) | {"doubts": [list(doubt) for doubt in said.doubts], "reasons": list(said.reasons)}


class TestWeigh:
    def test_likely_text_is_no_load(self) -> None:
        assert weigh(ENGLISH, always(LIKELY)) == Weighed(LIKELY, 0.0, 0.0, ())

    def test_at_the_limit_a_long_text_is_held(self) -> None:
        weighed = weigh(ENGLISH, always(LIMIT + 0.3))
        assert weighed.load >= 1 and suspicion_with(0.0, weighed) >= HELD
        assert weigh(ENGLISH, always(LIMIT - 0.1)).load < 1
        assert weigh(ENGLISH, always(LIMIT + 0.3), limit=6.0).load < 0.4

    def test_a_bad_stretch_is_a_doubt_with_its_times(self) -> None:
        worst = " part 20,"
        weighed = weigh(ENGLISH, lambda texts: [7.0 if worst in text else LIKELY for text in texts])
        (doubt,) = weighed.doubts
        assert doubt.start <= 81.0 < doubt.end and doubt.grade == "low" and "7.0 bits" in doubt.reason
        assert weighed.load < 0.5 and 0 < weighed.unlike < 0.2

    def test_what_is_too_short_or_in_another_language_is_not_asked_about(self) -> None:
        asked: list[str] = []

        def ask(texts: Sequence[str]) -> list[float]:
            asked.extend(texts)
            return [LIKELY] * len(texts)

        assert weigh(ENGLISH[:4], ask) == Weighed() and not asked
        assert weigh(GERMAN * 3, ask) == Weighed() and not asked
        assert weigh((), ask) == Weighed()
        short = tuple(Cue(300.0 + 10 * n, 301.0 + 10 * n, None, "Yeah. Okay.") for n in range(20))
        assert weigh((*ENGLISH, *GERMAN, *short), ask).bits == LIKELY
        assert asked and not any("Teig" in text or len(text) < SHORTEST for text in asked)

    def test_little_english_tells_little_of_the_whole(self) -> None:
        most = weigh(ENGLISH, always(4.0)).load
        spanish = tuple(
            Cue(200.0 + 5 * n, 204.0, None, "Ahora vamos a ver cómo sube la masa del pan en casa.") for n in range(60)
        )
        assert 0 < weigh((*ENGLISH, *GERMAN * 3, *spanish), always(4.0)).load < most


class TestJoined:
    def test_as_one_more_sign(self) -> None:
        gate = judged(ENGLISH)
        assert gate["grade"] == "high" and gate["reasons"] == []
        weighed = weigh(ENGLISH, always(3.9))
        told = joined(gate, asdict(weighed))
        assert told["grade"] == "low"
        assert told["scores"]["suspicion"] == pytest.approx(
            suspicion_with(gate["scores"]["suspicion"], weighed), abs=1e-4
        )
        assert told["scores"]["bits_a_character"] == 3.9 and told["scores"]["unlike_speech"] == 1.0
        (reason,) = told["reasons"]
        assert "language model" in reason and "3.9 bits a character, where clean talks have 1.5 to 2.3" in reason
        assert gate["grade"] == "high", "the gate's own judgement is as it was"

    def test_what_the_gate_holds_stays_held_with_the_reason_added(self) -> None:
        loop = tuple(cue._replace(text="thank you for baking the bread with us here today ") for cue in ENGLISH)
        gate = judged(loop)
        assert gate["verdict"] == "held"
        for bits in (1.0, LIKELY, 6.0):
            told = joined(gate, asdict(weigh(loop, always(bits))))
            assert told["grade"] == "low" and set(gate["reasons"]) <= set(told["reasons"])
        assert any("language model" in reason for reason in told["reasons"])

    def test_of_two_doubts_about_a_segment_the_worse_is_told(self) -> None:
        gate = judged(ENGLISH) | {
            "doubts": [[1.0, 9.0, "medium", "a"], [9.0, 20.0, "low", "b"], [9.0, 9.0, "low", "c"]]
        }
        more = [[1.0, 9.0, "low", "x"], [9.0, 20.0, "low", "y"], [30.0, 40.0, "medium", "z"]]
        weighed = asdict(Weighed(2.0, 0.1, 0.3)) | {"doubts": more}
        told = joined(gate, weighed)
        assert [doubt[3] for doubt in told["doubts"]] == ["x", "b", "c", "z"]
        assert told["grade"] == "medium", "a third of it is in doubt"

    def test_nothing_said_changes_nothing(self) -> None:
        gate = judged(ENGLISH)
        assert joined(gate, asdict(Weighed())) == gate
        assert joined({}, asdict(Weighed(5.0, 2.0))) == {}

    @given(st.floats(0, 1), st.floats(0, 100), st.floats(0, 100))
    def test_a_greater_load_is_never_less_suspect(self, suspicion: float, one: float, other: float) -> None:
        low, high = sorted((one, other))
        less, more = (suspicion_with(suspicion, Weighed(3.0, load)) for load in (low, high))
        assert suspicion <= less + 1e-12 and less <= more + 1e-12 and more <= 1
