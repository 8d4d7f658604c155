"""Marks for what is heard but not said: ``[Music]``, ``(laughs)``, ``♪``, and the pauses an editor writes as dots.

A mark is told by its words, never by its brackets alone: ``[the] protocol``, ``(see RFC 2119)``, ``[CLS]`` and
links stay. A list that knows too few sounds leaves a mark in; that is the lesser fault. Knows nothing of cues.
"""

from __future__ import annotations

import re

# Text with none of these has no marks of sounds, and none of pauses but at the beginning of a line.
SOUND_SIGNS = tuple("[(*（【♩♪♫♬")
PAUSE_SIGNS = ("[", "(", " .", " …")

_MARK = re.compile(
    r"(?:[\[(*](?<![\w\])].)(?:(?<=\[)([^\[\]\n]{1,60}(?:\n[^\[\]\n]{1,60})?)\](?!\()"
    r"|(?<=\()([^()\n]{1,60}(?:\n[^()\n]{1,60})?)\)|(?<=\*)([^*\n]{1,40})\*)(?!\w)"
    r"|（([^（）]{1,30})）|【([^【】]{1,30})】)(?P<stop>[.,;:!?]{0,3})"
)
_SUNG = re.compile("[♩♪♫♬]+([^♩♪♫♬]{0,120})[♩♪♫♬]+")
_NOTE = re.compile("[♩♪♫♬]+")
_PAUSE = re.compile(r"[\[(]\s?(?:\.{2,4}|…)\s?[\])]|\.(?<!\S.)(?:\.{2,}|(?:\s\.){2,})(?!\S)|…(?<!\S.)…*(?!\S)")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What voices and hands do; between asterisks too, where other words are stressed ones.
_VOICE = _words(
    "laughs laughing laughter laugh chuckles chuckling chuckle giggles giggling giggle snickers cheers cheering "
    "applause applauds applauding claps clapping coughs coughing cough sneezes sneezing sneeze sighs sighing sigh "
    "gasps gasping groans groaning yawns yawning sobs sobbing sniffs sniffles snorts whistling hums humming "
    "gelächter lacht lachen applaus beifall klatschen hustet husten räuspert räuspern seufzt "
    "rires rire rit applaudissements toux tousse soupir soupire "
    "risas risa ríe aplausos tos suspira suspiro risos aplauso palmas applausi risate ride tosse "
    "gelach skratt applåder latter bifald śmiech brawa oklaski potlesk smích taps nevetés "
    "alkış alkışlar kahkaha kahkahalar "
    "аплодисменты апплодисменты смех смеется смеётся смеются хихикает овации возгласы свист кашель кашляет вздыхает "
    "оплески сміх χειροκρότημα χειροκροτήματα γέλια צחוק ضحك تصفيق तालियाँ तालियां हँसी "
    "拍手 笑い 笑い声 笑 歓声 掌声 掌聲 笑声 笑聲 박수 웃음 웃음소리 เสียงปรบมือ เสียงหัวเราะ"
)
_SOUNDS = _VOICE | _words(
    "music whoosh whooshes whooshing swoosh swooshes swooshing swish swishes swishing beep beeps beeping bleep "
    "musik musique música musica muziek musikk muzyka müzik музыка музика шум hudba zene musiikki μουσική "
    "音楽 音乐 音樂 嗖嗖 음악 מוזיקה موسيقى संगीत เพลง ดนตรี"
)
_PHRASES = frozenset(
    {
        *("clears throat", "clearing throat", "blank_audio", "blank audio", "no audio", "no sound", "background noise"),
        *(
            "foreign",
            "foreign language",
            "music playing",
            "music fades",
            "music continues",
            "music stops",
            "music ends",
        ),
        *("phone rings", "phone ringing", "door closes", "door opens", "applause continues"),
        *("шум зала", "шум в зале", "смех в зале", "tiếng vỗ tay", "vỗ tay", "âm nhạc", "tepuk tangan"),
    }
)
# Marks only where nothing else is in the cue: beside words they may be words themselves, and a gap in the
# speech that was marked by the transcriber must not close unseen.
_ALONE = _words(
    "pop pops popping snap snaps snapping click clicks clicking slide slides sliding strike strikes striking blast "
    "whirring whirs fizzles decrescendos rings ringing rumbles rumbling buzzes buzzing clatters knocks knocking "
    "footsteps static noise noises silence pause mumbles mumbling murmurs murmuring whispers whispering crosstalk "
    "chatter inaudible unintelligible indistinct unclear unverständlich stille silencio silêncio rauschen bruit "
    "неразборчиво 呼啸 模糊 咕哝"
)
_IN_SQUARE = _words("noise silence pause")
_ENDINGS = ("音乐", "音樂", "音楽", "掌声", "掌聲", "笑声", "笑聲", "笑い声", "歓声", "嗖嗖声", "嘶嘶声")
_ENDING_MARK = 6  # characters at most, where words are not apart
_JOINING = _words("and & und et y e i и та en og och")
_NO_MARK = _words(
    "a an the is are was were be of to for in on at by with from as or not no i we you he she it they this that "
    "these those my your our their his her its what which who how when if so but can will would like about "
    "der die das den dem ein eine le la les un une des du de el los las una il lo gli o os as uma do da und di"
)
_LANGUAGES = _words(
    "english french german dutch greek czech hindi arabic hebrew thai urdu latin spanish italian portuguese russian "
    "polish turkish swedish danish norwegian finnish hungarian ukrainian romanian chinese mandarin cantonese japanese "
    "korean vietnamese indonesian persian farsi tagalog swahili tamil bengali catalan gaelic welsh irish "
    "language indistinctly"
)
_SPEAKS = _words("speaking speaks singing sings talking")


def without_sounds(text: str) -> str:
    """``text`` without the marks of sounds; of a song between notes the words stay and the notes go."""
    if "[" in text or "(" in text or "*" in text or "（" in text or "【" in text:
        text = _without_marks(text)
    if "♪" in text or "♫" in text or "♬" in text or "♩" in text:
        text = _NOTE.sub(" ", _SUNG.sub(_kept_song, text))
    return text


def without_pauses(text: str) -> str:
    """``text`` without ``[...]`` and without dots that stand alone; dots that end a word stay."""
    return _PAUSE.sub(" ", text) if ".." in text or "…" in text or ". ." in text else text


def _without_marks(text: str) -> str:
    parts = []
    position = 0
    for match in _MARK.finditer(text):
        if not _names_sound(match):
            continue
        before = text[position : match.start()]
        if match["stop"] and before.rstrip()[-1:].isalnum():  # it is the sentence's stop, not only the mark's
            before = before.rstrip() + match["stop"]
        parts.append(before)
        position = match.end()
    return " ".join([*parts, text[position:]])


def _names_sound(match: re.Match[str]) -> bool:
    number = next(number for number in range(1, 6) if match[number] is not None)
    if number == 1 and match[1].lower() in _IN_SQUARE:
        return True
    alone = len(match.string.strip()) == match.end() - match.start()
    return _is_sound(match[number], _VOICE if number == 3 else _SOUNDS, alone=alone)


def _kept_song(match: re.Match[str]) -> str:
    return " " if _is_sound(match[1], _SOUNDS, alone=True) else f" {match[1]} "


def _is_sound(mark: str, sounds: frozenset[str], *, alone: bool) -> bool:
    """Whether ``mark``, the text between brackets, names a sound: up to four words, and one of them says so."""
    key = " ".join(mark.lower().split()).strip(" .,!…-")
    if key in sounds or key in _PHRASES or (len(key) <= _ENDING_MARK and key.endswith(_ENDINGS)):
        return True
    words = key.replace(",", " ").replace("/", " ").split()
    if not words or len(words) > 4 or not all(_LETTERS.fullmatch(word) for word in words):
        return False
    if len(words) > 1 and all(word in sounds or word in _JOINING for word in words):
        return True
    if words[0] in _SPEAKS and words[-1] in _LANGUAGES:
        return True
    if any(word in _NO_MARK for word in words):
        return False
    last = words[-1]
    if last in ("sound", "sounds", "noise", "noises") and len(words) > 1:
        return words[-2].endswith("ing") or words[-2] in sounds
    return last in sounds or (alone and last in _ALONE)
