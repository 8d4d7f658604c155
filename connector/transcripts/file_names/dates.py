"""Dates and times of day as people and programs write them into file names.

Text only. What may mean two days (03-04-2025) or none (2025-13-41) is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Of languages that write the day first, in full: short forms are words elsewhere ("set", "ago").
_FOREIGN_MONTHS = (
    "januar januari janvier enero gennaio janeiro", "februar februari février fevrier febrero febbraio fevereiro",
    "märz maerz maart mars marzo março marco marts", "avril abril aprile", "mai mei mayo maggio maio maj",
    "juni juin junio giugno junho", "juli juillet julio luglio julho", "augustus augusti août aout agosto",
    "septembre septiembre settembre setembro", "oktober octobre octubre ottobre outubro",
    "novembre noviembre novembro", "dezember décembre decembre diciembre dicembre dezembro desember",
)  # fmt: skip
_MONTH_OF = {name: number for number, names in enumerate(_FOREIGN_MONTHS, start=1) for name in names.split()}
_ANY_MONTH = rf"(?:{_MONTH}|(?P<foreign>{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))}))"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er)?"
_GAP = r"[ _.,\-]{1,3}"
_KINDS = (
    # 2025-01-14, 2025_1_4, 2025.01.14, 20250114; Zoom writes GMT before it
    rf"(?P<gmt>GMT)?{_YEAR}(?P<mark>[\-_. ])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}})",
    rf"(?P<gmt>GMT)?{_YEAR}(?P<mark>)(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})",
    # 14.01.2025, 14-01-2025, 01_14_2025
    rf"(?P<one>[0-9]{{1,2}})(?P<mark>[\-_.])(?P<two>[0-9]{{1,2}})(?P=mark){_YEAR}",
    # Jan 14, 2025; January_14_2025
    rf"{_MONTH}{_GAP}{_DAY}{_GAP}{_YEAR}",
    # 14 Jan 2025; 14th-January-2025; 14Jan2025; 14. Januar 2025; 14 de enero de 2025
    rf"{_DAY}(?:[ _.,\-]{{0,3}}|[ _]de[ _]){_ANY_MONTH}(?![^\W\d_])(?:[ _.,\-]{{0,3}}|[ _]de[ _]){_YEAR}",
    # 2025年1月14日
    rf"{_YEAR}[ _]?[年년][ _]?(?P<month>[0-9]{{1,2}})[ _]?[月월][ _]?(?P<day>[0-9]{{1,2}})[ _]?[日일]",
    # 2025 Jan 14; 2025-Jan-14
    rf"{_YEAR}{_GAP}{_MONTH}{_GAP}(?P<day>[0-9]{{1,2}})",
)
_DATES = tuple(re.compile(rf"(?<![0-9A-Za-z]){kind}(?![0-9])", re.IGNORECASE | re.ASCII) for kind in _KINDS)

# After a date: "T150000", "-150000", "_15-00-00", " at 10_30", " 10:30", " at 3.30.00 PM", " 10_30 GMT+1"
_TIME = re.compile(
    r"(?P<lead>[ _]at[ _]|[ _\-T]{1,3})(?P<hour>[0-9]{1,2})(?P<mark>[\-_.:h]?)(?P<minute>[0-5][0-9])"
    r"(?:(?P=mark)(?P<second>[0-5][0-9])(?:\.[0-9]{1,6})?)?"
    r"(?P<half>[ _\u202f]?[ap]m)?"
    r"(?P<zone>[ _]?(?:Z|(?:UTC|GMT)(?P<offset>[+\-][0-9]{1,2}(?:[:_.]?[0-9]{2})?)?))?(?![0-9A-Za-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a name: its place, and itself as ISO 8601, with the time of day and the zone where they are there.

    ``inner`` is the mark between year, month and day: empty where they run together, a space where they are words.
    """

    start: int
    end: int
    iso: str
    inner: str


def find_date(text: str) -> FoundDate | None:
    """The first date in ``text`` that means one day; None where there is none."""
    found = [each for pattern in _DATES if (each := _first(pattern, text))]
    return min(found, key=lambda each: (each.start, -each.end), default=None)


def _first(pattern: re.Pattern[str], text: str) -> FoundDate | None:
    position = 0
    while match := pattern.search(text, position):
        if day := _day(match.groupdict()):
            return _with_time(text, match, day)
        position = match.start() + 1
    return None


def _day(parts: dict[str, str | None]) -> date | None:
    """The day meant; None for none, and for two numbers of which each may be the month."""
    year = int(parts["year"] or 0)
    if "one" in parts:
        one, two = int(parts["one"] or 0), int(parts["two"] or 0)
        if one <= 12 and two <= 12 and one != two:
            return None
        day, month = (one, two) if two <= 12 else (two, one)
    else:
        day, month = int(parts["day"] or 0), _month(parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(parts: dict[str, str | None]) -> int:
    if name := parts.get("name"):
        return _MONTHS.index(name[:3].lower()) + 1
    if foreign := parts.get("foreign"):
        return _MONTH_OF[foreign.lower()]
    return int(parts["month"] or 0)


def _with_time(text: str, match: re.Match[str], day: date) -> FoundDate:
    parts = match.groupdict()
    mark = parts.get("mark")
    inner = " " if mark is None else mark
    told = _TIME.match(text, match.end())
    moment = _time(told) if told else None
    if told is None or moment is None:
        return FoundDate(match.start(), match.end(), day.isoformat(), inner)
    zone = UTC if parts.get("gmt") else _zone(told)
    iso = datetime.combine(day, moment, zone).isoformat(timespec="seconds" if moment.second else "minutes")
    return FoundDate(match.start(), told.end(), iso, inner)


def _time(told: re.Match[str]) -> time | None:
    """The time of day; None for numbers that may be something else: two lessons, a room, a price."""
    mark, second, half = told["mark"], told["second"], told["half"]
    sure = told["zone"] or half or told["lead"].strip(" _").lower() in ("at", "t")
    if not (sure or second or mark in (":", "h", "H")) or (len(told["hour"]) == 1 and not mark):
        return None
    hour = int(told["hour"])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.strip(" _\u202f").lower() == "pm" else 0)
    return time(hour, int(told["minute"]), int(second or 0)) if hour <= 23 else None


def _zone(told: re.Match[str]) -> tzinfo | None:
    if not told["zone"]:
        return None
    digits = re.sub(r"[^0-9]", "", told["offset"] or "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits or 0), 0)
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if (told["offset"] or "+")[0] == "-" else offset)
