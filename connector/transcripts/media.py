"""Which suffixes are of recordings and their by-products: never a transcript, whatever lies beside one.

Names only; looks at no file.
"""

from __future__ import annotations

VIDEO = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".mts", ".m2ts", ".mxf")
)
AUDIO = frozenset((".mp3", ".m4a", ".wav", ".flac", ".aac", ".ogg", ".oga", ".opus", ".wma", ".aif", ".aiff"))
IMAGES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic"))
PROJECTS = frozenset((".prproj",))

MEDIA = VIDEO | AUDIO | IMAGES | PROJECTS
PLAYABLE = VIDEO | AUDIO  # what a browser or a player may be sent a moment of
