"""Transcripts, pure: bytes in, cues and segments out. Knows no file, thread, database or network."""
