"""Why a document is found, as values: the parts its score is the sum of, in words for a person and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

_HOW = {
    "typed": "as it was typed",
    "form": "another form of “{asked}”",
    "synonym": "another name for “{asked}”",
    "spelling": "“{asked}”, written otherwise",
    "correction": "for “{asked}”, which nobody said",
    "beginning": "begins with “{asked}”",
    "next": "“{asked}” at the start of what is said next",
}
_WHERE = {"text": "in what is said", "title": "in the recording's title", "who": "in the speaker's name"}
# The fields as the JSON names them.
PLACES = {"text": "text", "title": "title", "who": "speaker"}


@dataclass(frozen=True)
class Part:
    """What one thing adds to a score.

    ``why``: typed, form, synonym, spelling, correction, beginning or next, of words that were ``asked`` for and
    ``found`` ``times`` in a field; ``at`` is when they are said, in seconds, and ``boost`` what they count beside words
    found in the text as they were typed. Or what the score was raised or lowered for, by the ``share`` of it: nearness;
    lacking (``asked`` are the words it lacks); below (those that have all words); meaning (with it, a
    score is one of ranks).
    """

    score: float
    why: str
    asked: str = ""
    found: str = ""
    field: str = ""
    times: int = 0
    at: tuple[float, ...] = ()
    boost: float = 1.0
    share: float = 0.0

    @property
    def sentence(self) -> str:
        if self.why == "nearness":
            return f"raised by {self.share:.0%}: the words stand near each other"
        if self.why == "lacking":
            return f"lowered by {-self.share:.0%}: it lacks “{self.asked}”"
        if self.why == "below":
            return f"lowered by {-self.share:.0%}, below what has all of the words"
        if self.why == "meaning":
            return "ranked by its words and its meaning together"
        often = "" if self.times == 1 else f", {self.times:,} times"
        counts = "" if self.boost == 1 else f", with {self.boost:.2g} of the weight"
        return f"“{self.found}” {_WHERE[self.field]}{often}: {_HOW[self.why].format(asked=self.asked)}{counts}"

    def to_json(self) -> dict[str, Any]:
        told = {name: value for name, value in asdict(self).items() if value not in ("", 0, 0.0, ())}
        if self.field:
            told = told | {"field": PLACES[self.field], "at": list(self.at)}
        else:
            del told["boost"]
        return {"score": self.score, "why": self.why} | told | {"sentence": self.sentence}


@dataclass(frozen=True)
class Explanation:
    """The parts, whose scores add up to the hit's; of equal hits the one ``recorded`` last comes first."""

    parts: tuple[Part, ...]
    recorded: date | None = None

    @property
    def score(self) -> float:
        return sum(part.score for part in self.parts)

    @property
    def recency(self) -> str:
        """What the day it was recorded on does to its place, as a sentence."""
        if self.recorded is None:
            return "nobody knows when it was recorded: of equal hits it comes last"
        return f"recorded on {self.recorded.isoformat()}: of equal hits the newest comes first"

    def to_json(self) -> dict[str, Any]:
        return {"score": self.score, "parts": [part.to_json() for part in self.parts], "recency": self.recency}
