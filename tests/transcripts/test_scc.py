"""CEA-608 in Scenarist files: captions are built here from commands and letters, then read."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from connector.transcripts.transcript import Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"

POP, BACK, RUB_OUT, ROLL_2, ROLL_3, PAINT = 0x1420, 0x1421, 0x1424, 0x1425, 0x1426, 0x1429
TEXT_MODE, ERASE, RETURN, FORGET, SHOW = 0x142A, 0x142C, 0x142D, 0x142E, 0x142F
ROW_1, ROW_14, ROW_15, ROW_15_INDENTED = 0x1140, 0x1440, 0x1460, 0x1474
ITALICS, NOTE, TAB = 0x112E, 0x1137, 0x1721
FRAME = 1001 / 30000


def sent(*pieces: int | str) -> str:
    """The byte pairs of ``pieces``, with odd parity: commands twice, letters two a pair."""
    pairs: list[int] = []
    for piece in pieces:
        if isinstance(piece, int):
            pairs += [piece, piece]
        else:
            letters = [*piece.encode("ascii"), *([0] if len(piece) % 2 else [])]
            pairs += [first << 8 | second for first, second in zip(letters[::2], letters[1::2], strict=True)]
    return " ".join(f"{odd(pair >> 8):02x}{odd(pair & 0xFF):02x}" for pair in pairs)


def odd(byte: int) -> int:
    return byte if byte.bit_count() % 2 else byte | 0x80


def scc(*lines: tuple[str, str]) -> Reading:
    text = "Scenarist_SCC V1.0\n\n" + "\n\n".join(f"{time}\t{codes}" for time, codes in lines) + "\n"
    return read(text.encode(), "talk.scc")


def said(reading: Reading) -> list[str]:
    return [cue.text for cue in reading.cues]


def test_pop_on_captions_appear_with_their_command() -> None:
    result = scc(
        ("00:00:01:00", sent(FORGET, POP, ROW_14, "An arch ", ROW_15, "pushes", SHOW)),
        ("00:00:04:00", sent(ERASE)),
        ("00:00:10:00", sent(FORGET, POP, ROW_15, "So it stands.", SHOW)),
    )
    assert said(result) == ["An arch\npushes", "So it stands."]
    first, second = result.cues
    # 2 forget, 2 pop, 2 row, 4 pairs, 2 row, 3 pairs: the 16th pair shows it
    assert first.start == pytest.approx((30 + 15) * FRAME, abs=1e-6)
    assert first.end == pytest.approx(120 * FRAME, abs=1e-6)
    assert second.start == pytest.approx((300 + 6 + 7) * FRAME, abs=1e-6)


def test_drop_frame_keeps_up_with_the_clock() -> None:
    counted = [scc((time, sent(POP, "Arch", SHOW))).cues[0].start for time in ("01:00:00;00", "01:00:00:00")]
    assert counted == [
        pytest.approx((3600 * 30 - 108 + 4) * FRAME, abs=1e-6),
        pytest.approx((3600 * 30 + 4) * FRAME, abs=1e-6),
    ]


def test_rolling_lines_are_said_once() -> None:
    result = scc(
        ("00:00:01:00", sent(ROLL_2, RETURN, ROW_15, "Knead")),
        ("00:00:02:00", sent(" it.")),
        ("00:00:03:00", sent(ROLL_2, RETURN, ROW_15, "Fold it.")),
        ("00:00:05:00", sent(ROLL_3, RETURN, ROW_15, "Rest.")),
        ("00:00:08:00", sent(ERASE)),
    )
    assert said(result) == ["Knead it.", "Fold it.", "Rest."]
    assert result.cues[0].start == pytest.approx((30 + 6) * FRAME, abs=1e-6)
    assert result.cues[0].end == pytest.approx((90 + 2) * FRAME, abs=1e-6)
    assert result.cues[2].end == pytest.approx(240 * FRAME, abs=1e-6)


def test_painted_captions_appear_as_they_are_written() -> None:
    result = scc(
        ("00:00:01:00", sent(PAINT, ROW_1, "An arch", ROW_15, "stands.")),
        ("00:00:03:00", sent(PAINT, ROW_15, "It leans.")),
    )
    assert said(result) == ["An arch\nstands.", "It leans."]
    assert result.cues[0].start == pytest.approx((30 + 4) * FRAME, abs=1e-6)


def test_characters() -> None:
    result = scc(
        ("00:00:01:00", sent(POP, ROW_15, "se" + "\x7eor, \x2aqu\x5c? caf\x5c", NOTE, "E", 0x1221, "S", 0x1330, SHOW)),
    )
    assert said(result) == ["señor, áqué? café♪ÉÄ"]


def test_italics_stand_for_a_space_and_columns_for_nothing() -> None:
    result = scc(("00:00:01:00", sent(POP, ROW_15_INDENTED, TAB, "An", ITALICS, "arch", SHOW)))
    assert said(result) == ["An arch"]


def test_what_is_rubbed_out_is_not_said() -> None:
    result = scc(("00:00:01:00", sent(POP, ROW_15, "archx", BACK, " stood", ROW_15, "Dough!", RUB_OUT, SHOW)))
    assert said(result) == ["Dough!"]
    assert said(scc(("00:00:01:00", sent(POP, ROW_15, "archxx", BACK, SHOW)))) == ["archx"]


def test_commands_sent_once_or_twice_are_the_same() -> None:
    twice = sent(FORGET, POP, ROW_15, "abcd", SHOW).split()
    once = [twice[0], twice[2], twice[4], *twice[6:8], twice[8]]
    assert said(scc(("00:00:01:00", " ".join(once)))) == ["abcd"]


def test_the_second_channel_and_text_services_are_no_captions() -> None:
    first = sent(POP, ROW_15, "Arch", SHOW)
    second = sent(*(code | 0x0800 for code in (POP, ROW_15)), "Bogen", SHOW | 0x0800)
    assert said(scc(("00:00:01:00", f"{first} {second}"))) == ["Arch"]
    assert said(scc(("00:00:01:00", second))) == ["Bogen"]
    with pytest.raises(TranscriptError, match="no spoken text"):
        scc(("00:00:01:00", sent(TEXT_MODE, "Weather")))


def test_a_file() -> None:
    result = read((FIXTURES / "arch.scc").read_bytes(), "arch.scc")
    assert result.format == "scc"
    assert [(round(cue.start, 3), round(cue.end, 3), cue.text) for cue in result.cues] == [
        (1.668, 4.004, "An arch pushes\noutwards."),
        (10.444, 14.014, "So it stands."),
    ]
