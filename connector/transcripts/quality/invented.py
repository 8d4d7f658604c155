"""Text that recognisers are known to invent over silence and music: stock lines of videos, credits of subtitlers.

A stock line is no fault; people thank each other. It is one where it recurs, where it hangs over a long silence, or
stands alone in one. The lines are those met in reports on Whisper's output
(github.com/openai/whisper/discussions/679). Knows nothing of verdicts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from connector.transcripts.transcript import Cue

LONG_CUE = 8.0  # seconds that a stock line does not take to say
SILENCE = 20.0  # seconds before and after a line that stands alone
_LONGEST = 120  # characters of a stock line
_RECURS = 3
_RECURRING_SHARE = 0.05

_LINES = """
thank you|thank you very much|thank you so much|thanks|you|bye|bye bye|thank you bye|so|okay bye
thanks for watching|thank you for watching|thank you so much for watching|thanks for listening
thank you for listening|thank you for your attention|see you next time|see you in the next video
please subscribe|please subscribe to my channel|please like and subscribe|like and subscribe
dont forget to like and subscribe|please subscribe to our channel|thanks for watching please subscribe
ご視聴ありがとうございました|ご清聴ありがとうございました|チャンネル登録お願いします|おやすみなさい
最後までご視聴頂きありがとうございました|最後までご視聴いただきありがとうございます|ありがとうございました
谢谢观看|感谢观看|謝謝觀看|感謝觀看|请不吝点赞订阅转发打赏支持明镜与点点栏目|请订阅|多謝您收睇
시청해주셔서 감사합니다|시청해 주셔서 감사합니다|감사합니다|구독과 좋아요 부탁드립니다
vielen dank|vielen dank fürs zuschauen|danke fürs zuschauen|danke fürs zusehen|bis zum nächsten mal|tschüss
merci|merci beaucoup|merci davoir regardé cette vidéo|merci davoir regardé|abonnezvous|à bientôt
gracias|muchas gracias|gracias por ver|gracias por ver el video|gracias por ver el vídeo|suscríbete
suscríbete al canal|obrigado|obrigada|obrigado por assistir|inscrevase no canal|tchau
grazie|grazie a tutti|grazie per la visione|grazie per aver guardato il video|alla prossima
спасибо|спасибо за просмотр|спасибо за внимание|продолжение следует|до новых встреч|подписывайтесь на канал
dziękuję|dziękuję za uwagę|dziękuję za oglądanie|bedankt voor het kijken|dank u wel|tack för att ni tittade
izlediğiniz için teşekkür ederim|altyazı mk|abone olmayı unutmayın|شكرا على المشاهدة|اشتركوا في القناة
"""
_STOCK = frozenset(line for row in _LINES.strip().splitlines() for line in row.split("|"))
# Nobody says these aloud.
_CREDITS = (
    "subtitles by", "subtitled by", "subtitling by", "titles by", "captions by", "caption by", "transcription by",
    "transcribed by", "untertitel", "sous titr", "soustitr", "subtítulos", "legendas", "sottotitoli", "ondertitel",
    "napisy", "субтитры", "редактор субтитров", "字幕", "中文字幕", "undertext", "tekstet av", "tekstitys", "altyazı",
)  # fmt: skip
_ITS_SITE = "amara"  # subtitles made there name it anywhere in the line
_STARTS = frozenset(line[:4] for line in (*_STOCK, *_CREDITS))
_CREDIT_STARTS = tuple({line[:4] for line in _CREDITS})
_MARKS = re.compile(r"[^\w\s]|_")
_GAPS = re.compile(r"[-./:]+")
_SENTENCE_END = re.compile(r"[.!?。！？]+")


def stock_line(text: str) -> str | None:
    """The stock line that ``text`` says, once or more, in lower case and without marks; None for other text."""
    if len(text) > _LONGEST:
        return None
    folded = text.casefold()
    if (folded.startswith(_CREDIT_STARTS) or _ITS_SITE in folded) and is_credit(text):
        return _plain(text)
    if not _starts_like_one(text[:4]):
        return None
    said = None
    for sentence in _SENTENCE_END.split(folded):
        line = _plain(sentence)
        if line and line not in _STOCK:
            return None
        said = said or line
    return said or None


def is_credit(text: str) -> bool:
    """Whether ``text`` names who made the subtitles, which is written and never said."""
    line = _plain(_GAPS.sub(" ", text))
    return len(text) <= _LONGEST and (line.startswith(_CREDITS) or "amara org" in line)


def invented(cues: Sequence[Cue]) -> list[int]:
    """The positions of the cues that were probably invented, ascending."""
    texts = [cue.text for cue in cues]
    if _ITS_SITE in "\n".join(texts).casefold():
        perhaps = list(range(len(texts)))
    else:
        starts = [text[:4] for text in texts]
        likely = {start for start in set(starts) if _starts_like_one(start)}
        perhaps = [position for position, start in enumerate(starts) if start in likely]
    lines = [(position, stock_line(texts[position])) for position in perhaps]
    stock = [(position, line) for position, line in lines if line is not None]
    times = Counter(line for _, line in stock)
    recurring = {line for line, count in times.items() if count >= _RECURS and count >= _RECURRING_SHARE * len(cues)}
    return [
        position
        for position, line in stock
        if line in recurring
        or cues[position].end - cues[position].start >= LONG_CUE
        or _stands_alone(cues, position)
        or is_credit(cues[position].text)
    ]


def _starts_like_one(start: str) -> bool:
    """Whether a text may be a stock line by its first four letters; with most texts that is all there is to look at."""
    start = start.casefold()
    return start[:4] in _STARTS or start[:3] in _STARTS or start[:2] in _STARTS


def _stands_alone(cues: Sequence[Cue], position: int) -> bool:
    """Whether nothing is said for a long time before a cue and after it (the ends of the recording are no silence)."""
    if not 0 < position < len(cues) - 1:
        return False
    before = cues[position].start - cues[position - 1].end
    return before >= SILENCE and cues[position + 1].start - cues[position].end >= SILENCE


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text.casefold()).split())
