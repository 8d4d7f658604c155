"""What a file is that is no transcript: a chat, a log, a mail, a page, a document, code, a table of something else.

Knows the looks of such files and nothing of readers. ``plainly`` names only what it is sure of: it overrules readers
that are in doubt; ``refusal`` finds words for everything that no reader knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from connector.errors import TranscriptError
from connector.transcripts.formats.front_matter import front_matter
from connector.transcripts.formats.json_values import string
from connector.transcripts.formats.listings import listed_lines
from connector.transcripts.formats.source import Source

_MANY_LINES = 200
_PREMIERE_HINT = (
    "in Premiere Pro: Text panel, Transcript, then Export, Export to text file or CSV; or save the transcript as JSON"
)
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # marks, the zero of UTF-16, space
_READABLE = "`connector formats` lists what is read"
_CHAT_HINT = "a meeting's chat is not what was said: drop the transcript (.vtt) that lies beside it"

_CHAT_TIME = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?[ \t]+)?\d{1,2}:\d\d:\d\d(?:[ \u202f][AP]M)?"
# "From … to …" in languages that Zoom speaks; Japanese and Korean have their words for "start" there.
_FROM_TO = "|".join(
    f"{from_} .{{1,80}} {to} .{{1,80}}"
    for from_, to in (
        ("Von", "an"), ("D[ea]", "(?:à|a|ao|para|per|pour)"), ("Van", "(?:naar|aan|tot)"), ("Från", "till"),
        ("Fra", "til"), ("Od", "do"), ("От", "(?:для|кому|к)"), ("Từ", "đến"), ("Dari", "(?:ke|kepada)"),
        ("(?:開始|自|从|從|来自|來自|시작)", "(?:から|宛先|至|到|发送至|傳送至|收件人|에서|받는 사람)"),
    )
)  # fmt: skip
# Old, of 2021, and new; a private message has "(direct message)" for its Everyone.
_ZOOM_CHAT = re.compile(
    rf"{_CHAT_TIME}(?:\t[^\t]{{1,80}}:\t|[ \t]+From[ \t].{{1,120}}?(?:[ \t]:[ \t]|:(?:[ \t]|$)|$)"
    rf"|[ \t]+(?:{_FROM_TO})[:：](?:[ \t]|$)"
    r"|\t [^\W\d_]{2,9}  [^\s:][^\n:]{0,80} : )"
    r"|From .{1,80} to .{1,80}:[ \t]+\(?\d{1,2}:\d\d [AP]M\)?",
    re.IGNORECASE,
)
_MESSAGES = re.compile(
    r"\[?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?(?:\] | - )[^:]{1,60}: .*", re.IGNORECASE
)
# What IRC's programs write: "[10:00:03] <ann> hi", "10:00 * ann waves", "10:00 -!- ann has joined".
_IRC = re.compile(
    r"(?:\d{4}-\d\d-\d\d[T ])?[\[(]?\d{1,2}:\d\d(?::\d\d)?[\])]?[ \t]+"
    r"(?:<[ @+%&~]?[^<>\s/]{1,40}>[ \t]|\*{1,3}[ \t]\S|-!-[ \t]|--> |<-- )"
)
_EDL_EVENT = re.compile(  # a number, a reel, tracks, a transition, and source and record times (CMX 3600)
    r"\d{3,6}[ \t]+\S{1,129}[ \t]+\S{1,9}[ \t]+(?:[CD]|W\d{1,3}|K[BO]?)[ \t]+(?:\d{1,4}[ \t]+)?"
    r"(?:\d\d[:;]\d\d[:;]\d\d[:;.]\d\d[ \t]*){4}$"
)
_EDL_LINE = re.compile(rf"(?:TITLE|FCM):|\*[ \t]?|M2[ \t]|>>>|{_EDL_EVENT.pattern}")
_TIME_FIRST = re.compile(r"[\[(]?\d{1,3}:\d\d")
_LONG_TIME = re.compile(r"(?<![\d:])(?!(?:19|20)\d\d:)\d{4,30}:[0-5]\d:[0-5]\d(?!\d)")  # above 1000 hours, and no date
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)"
_LOG = re.compile(
    r"[\[(]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d.*"
    rf"|[\[(]?\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?[\])]?[ \t|:-]{{1,4}}(?:[\[(<][^\])>]{{0,60}})?{_LEVEL}\b.*"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} .*"  # syslog
    r"|\S{1,45} \S{1,40} \S{1,40} \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] .*"  # a web server's
)
_MAIL_HEADER = re.compile(
    r"(?:From|To|Cc|Subject|Date|Received|Return-Path|Message-ID|MIME-Version|Content-Type|Delivered-To|X-[\w-]{1,40})"
    r":[ \t]",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[ \t]*(?:import [\w.{*]|from [\w.]+ import |def \w+\(|class \w+[:({ ]|#include[ <]|using namespace "
    r"|package [\w.]+;?$|(?:export |async |public |private |static )*(?:function |const \w+ =|let \w+ =|var \w+ =)"
    r"|fn \w+|func \w+\(|struct \w+|return\b.*[;)\]]?$|if ?\(.*\{$|for ?\(.*\{$|\} ?else|@\w+$|\w+\(.*\);$"
    r"|elif .*:$|else:$|try:$|except.*:$|self\.)"
)
_SETTING = re.compile(r"[ \t]*(?:[\w.\"-]{1,60}[ \t]*=[ \t]*\S|\[{1,2}[\w.\"' -]{1,80}\]{1,2}$)")
_MARKUP_LINE = re.compile(
    r"#{1,6} |\|.*\||[-*+] |>\s|```|~~~|\d{1,3}\. |!?\[[^\]\n]{1,200}\]\([^)\n]{1,300}\)|<!--|(?:-{3,}|={3,})$"
)
_LICENCE = re.compile(
    r"permission is hereby granted|licensed under the|all rights reserved|GNU (?:lesser )?general public licen[sc]e"
    r"|redistribution and use in source|terms and conditions for use",
    re.IGNORECASE,
)
_JSON_START = re.compile(r"[\[{]\s*(?:[\[{\"\]}]|\d+\s*[,\]])")
_CLOCK_TIME = re.compile(r"(?<!\d)\d{1,3}:\d\d(?!\d)")
_STARTS = (
    ("BEGIN:VCALENDAR", "a calendar (.ics)"),
    ("BEGIN:VCARD", "a list of contacts (.vcf)"),
    ("#!", "a script"),
    ("#EXTM3U", "a playlist"),
    ("<!DOCTYPE HTML", "an HTML page"),
    ("<HTML", "an HTML page"),
    ("<?PHP", "source code"),
    ("%!PS", "a PostScript document"),
    ("{\\RTF", "an RTF document"),
)
# A name may lie about a transcript's format, but nobody calls a transcript so.
_SUFFIXES = {
    **dict.fromkeys(
        (".py", ".js", ".ts", ".c", ".h", ".cpp", ".java", ".go", ".rs", ".rb", ".sh", ".sql"), "source code"
    ),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".ini", ".cfg"), "a configuration file"),
    **dict.fromkeys((".ics", ".ical"), "a calendar (.ics)"),
    **dict.fromkeys((".eml", ".mbox"), "an e-mail"),
    ".log": "a log file",
}
_DOCUMENTS = {".docx": "a Word document", ".md": "a Markdown document"}


def refuse_by_name(data: bytes, name: str) -> None:
    """Raises ``TranscriptError`` for Premiere's own transcript files, which Adobe does not document.

    Some programs write JSON under that name: what starts with ``{`` is left to the readers.
    """
    if name.lower().endswith(".prtranscript") and not data.lstrip(_BEFORE_JSON).startswith(b"{"):
        raise TranscriptError(
            "this is Premiere's own transcript file (.prtranscript), a binary format Adobe does not document, "
            "not a transcript that can be read",
            hint=_PREMIERE_HINT,
        )


def plainly(source: Source) -> str:
    """What a source is that is surely no transcript ("a Zoom chat"), or "" where it may be one."""
    head = source.head[front_matter(source.head)[1] :].lstrip()
    for start, what in _STARTS:
        if head[: len(start)].upper() == start:
            return what
    if source.suffix in _SUFFIXES:
        return _SUFFIXES[source.suffix]
    if _JSON_START.match(head):
        return ""
    lines = [line for line in head.split("\n", _MANY_LINES)[:_MANY_LINES] if line.strip()]
    if not lines:
        return ""
    if _is_zoom_chat(lines):
        return "a Zoom chat"
    if _share(lines, _MESSAGES.match) > 0.5 or _share(lines, _IRC.match) > 0.5:
        return "a chat"
    if _share(lines, _LOG.match) > 0.5:
        return "a log file"
    if _share(lines, _EDL_LINE.match) > 0.5 and any(map(_EDL_EVENT.match, lines)):
        return "an edit list (EDL)"
    if sum(map(bool, map(_MAIL_HEADER.match, lines[:40]))) >= 3 and _MAIL_HEADER.match(lines[0]):
        return "an e-mail"
    if _is_document(lines):
        return "a Markdown document"
    code, settings = _share(lines, _is_code), _share(lines, _SETTING.match)
    if len(lines) > 4 and code > 0.2 and code + settings > 0.5:
        return "source code"
    return "a configuration file" if len(lines) > 2 and settings > 0.6 else ""


def _share(lines: list[str], matches: Callable[[str], object]) -> float:
    return sum(1 for line in lines if matches(line)) / len(lines)


def _is_zoom_chat(lines: list[str]) -> bool:
    """Whether most lines that begin with a time begin a message: it may go on for several lines, as no time does."""
    headers = sum(1 for line in lines if _ZOOM_CHAT.match(line))
    timed = sum(1 for line in lines if _TIME_FIRST.match(line))
    return headers > 0.4 * len(lines) or (headers > 1 and 10 * headers >= 9 * timed)


def _is_code(line: str) -> bool:
    return line[-1] in ";{}" or _CODE.match(line) is not None


def _is_document(lines: list[str]) -> bool:
    """Whether lists, tables, links and headings make up the text, and hardly a line begins or ends with a time."""
    marked = timed = 0
    for line in lines:
        if ":" in line and (_CLOCK_TIME.search(line[:80]) or (len(line) < 100 and _CLOCK_TIME.search(line[-12:]))):
            timed += 1
        elif _MARKUP_LINE.match(line.strip()):
            marked += 1
    return marked >= 3 and 5 * marked > len(lines) and marked > 2 * timed


def refusal(source: Source) -> TranscriptError:
    """The error that says what a source is instead of a transcript."""
    what = plainly(source) or listed_lines(source.head)
    if what.endswith("chat"):
        return TranscriptError(f"this is {what}, not a transcript", hint=_CHAT_HINT)
    if what:
        return TranscriptError(f"this is {what}, not a transcript", hint=_READABLE)
    start = source.head.lstrip()
    long = None if start[:1] in ("{", "[", "<") else _LONG_TIME.search(source.head)
    if long is not None:
        return TranscriptError(
            f"this is no transcript that can be read: {long[0][:40]!r} is a time above 1000 hours",
            line=source.head.count("\n", 0, long.start()) + 1,
            hint="export it again",
        )
    if _JSON_START.match(start):
        return _json_refusal(source)
    if start.startswith("<"):
        return TranscriptError("this is XML or HTML of no known format, not a transcript", hint=_READABLE)
    first = start.partition("\n")[0]
    if source.suffix in (".csv", ".tsv") or first.count("\t") > 1:
        columns = f"{first[:80]}{'…' if len(first) > 80 else ''}"
        return TranscriptError(
            f"this is a table without columns of times and text, not a transcript: {columns!r}",
            line=source.text[: source.text.index(start[:1])].count("\n") + 1,
            hint="it needs a header such as Speaker Name, Start Time, End Time, Text; " + _READABLE,
        )
    document = _DOCUMENTS.get(source.suffix, "text")
    if _CLOCK_TIME.search(source.head):
        return TranscriptError(
            f"this is {document} that holds times, but in no known layout: not a transcript that can be read",
            hint=_READABLE,
        )
    if _LICENCE.search(source.head):
        return TranscriptError("this is a licence, not a transcript", hint=_READABLE)
    return TranscriptError(f"this is {document} without times, not a transcript", hint=_READABLE)


def _json_refusal(source: Source) -> TranscriptError:
    if isinstance(source.json, TranscriptError):
        error = source.json
        return TranscriptError(f"{error.reason}, not a transcript", line=error.line, hint=error.hint or _READABLE)
    value = source.json_object()
    if "json-schema.org" in string(value.get("$schema")):
        return TranscriptError(
            "this is a JSON Schema, not a transcript: it describes a format, it holds no talk", hint=_READABLE
        )
    keys = ", ".join(sorted(repr(key[:40]) for key in value)[:6])
    known = f" (its keys: {keys})" if keys else ""
    return TranscriptError(f"this JSON is of no known transcript format{known}, not a transcript", hint=_READABLE)
