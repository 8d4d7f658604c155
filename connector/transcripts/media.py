"""Which suffixes are of recordings, with their media types, and of their by-products: never a transcript, whatever
lies beside one.

Names only; looks at no file.
"""

from __future__ import annotations

# By suffix, as IANA's registry and common use have them.
VIDEO = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".ogv": "video/ogg",
    ".mkv": "video/matroska", ".avi": "video/x-msvideo", ".wmv": "video/x-ms-wmv", ".flv": "video/x-flv",
    ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".mts": "video/mp2t", ".m2ts": "video/mp2t", ".mxf": "application/mxf",
}  # fmt: skip
AUDIO = {
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".wav": "audio/wav", ".flac": "audio/flac", ".aac": "audio/aac",
    ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".wma": "audio/x-ms-wma", ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
}  # fmt: skip
IMAGES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic"))
PROJECTS = frozenset((".prproj",))

PLAYABLE = VIDEO | AUDIO  # what a browser or a player may be sent a moment of
MEDIA = IMAGES | PROJECTS | frozenset(PLAYABLE)
# What browsers do not play as a rule, of what players do.
FOREIGN = frozenset((".mkv", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".mts", ".m2ts", ".mxf", ".wma", ".aif", ".aiff"))
