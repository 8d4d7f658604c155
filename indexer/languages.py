"""What languages are called: their codes of two and three letters, and their English names. Pure."""

from __future__ import annotations

import re

LETTERS = 3  # of a code at most
NAMES = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "az": "Azerbaijani",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Korean",
    "la": "Latin",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "ms": "Malay",
    "my": "Burmese",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_CODES = {name.lower(): code for code, name in NAMES.items()}
# Other codes for the same, those of three letters (ISO 639-2) that files carry among them.
_CODES |= {
    **dict.fromkeys(("nb", "nn", "nor", "nob"), "no"),
    **dict.fromkeys(("yue", "wuu", "cmn", "zho", "chi"), "zh"),
    **{"iw": "he", "in": "id", "fil": "tl", "jp": "ja", "cz": "cs", "gr": "el", "ua": "uk", "dk": "da", "se": "sv"},
    **{"eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt"},
    **{"nld": "nl", "dut": "nl", "jpn": "ja", "kor": "ko", "rus": "ru", "pol": "pl", "tur": "tr", "swe": "sv"},
    **{"dan": "da", "fin": "fi", "ces": "cs", "cze": "cs", "ell": "el", "gre": "el", "heb": "he", "ara": "ar"},
    **{"hin": "hi", "ukr": "uk", "vie": "vi", "tha": "th", "ind": "id", "hun": "hu", "ron": "ro", "rum": "ro"},
}


def code_of(language: str) -> str | None:
    """The two letters for a language however it is written ("en-US", "eng", "English"); None where it is unknown."""
    first = re.split(r"[-_ (]", language.strip().lower(), maxsplit=1)[0]
    return first if first in NAMES else _CODES.get(first)


def name_of(code: str) -> str:
    """The language's English name."""
    return NAMES.get(code, code)


def codes_of(language: str) -> tuple[str, ...]:
    """Every code for a language however it is written; of one that is unknown what stands there, without its region."""
    code = code_of(language)
    if code is None:
        return (re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0],)
    return (code, *(other for other, meant in _CODES.items() if meant == code and len(other) <= LETTERS))
