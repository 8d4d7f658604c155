"""Lines that programs write among what is said: who made the transcript, who started it and stopped it, a time told
to the blind.

Knows no layout. Teams writes in the language of whoever saves the document; its sentences are listed where they are
known, since a line that only sounds like one may well be spoken.
"""

from __future__ import annotations

import re

from connector.transcripts.formats.turns import Turn

_SIGNATURE = re.compile(
    r"Transcribed by https?://otter\.ai\S*|This transcript was (?:generated|exported|edited) .{0,80}"
)
_TEAMS = re.compile(
    r"\+?[^\Wa-z](?:(?<=\b[A-Z])\.|[^\n.!?]){0,60}?(?:"
    r" (?:started|stopped) transcription"
    r"| hat die Transkription (?:gestartet|begonnen|angehalten|beendet)"
    r"| a (?:démarré|commencé|lancé|arrêté|interrompu) la transcription"
    r"| (?:ha iniciado|inició|comenzó|ha detenido|detuvo|finalizó) la transcripción"
    r"| (?:iniciou|parou|interrompeu|encerrou) a transcrição"
    r"| ha (?:avviato|iniziato|interrotto|arrestato|terminato) la trascrizione"
    r"| (?:heeft|is) (?:de |met )?transcriptie (?:gestart|gestopt|beëindigd)"
    r"| (?:startade|stoppade) transkribering(?:en)?|"
    r" (?:startede|stoppede|startet|stoppet) trans(?:skription|kripsjon)(?:en)?"
    r"| (?:rozpoczął|rozpoczęła|zatrzymał|zatrzymała) transkrypcję"
    r"| ?が文字起こしを(?:開始|停止|終了)しました"
    r"| ?(?:已)?(?:开始|停止|結束|结束|開始)了?(?:转录|听录|轉錄|聽錄)"
    r")"
)

_FIRST_LINE = re.compile(r"[ \t]*\n[ \t]*(\d{1,3}[^\n\d][^\n]{0,60})(?=\n|\Z)")
_NUMBER = re.compile(r"\d{1,3}")


def unspoken(line: str) -> bool:
    """Whether a whole line is a program's."""
    return _SIGNATURE.fullmatch(line) is not None or _TEAMS.fullmatch(line) is not None


def without_told_times(text: str, turns: list[Turn]) -> list[Turn]:
    """The turns less their first lines, where each tells the turn's time: ``1 minute, 6 seconds`` in any language, as
    YouTube writes it for screen readers and a copy takes it along.
    """
    told = []
    for turn in turns:
        match = _FIRST_LINE.match(text, turn.words)
        if match is None or [int(number) for number in _NUMBER.findall(match[1]) if int(number)] != _parts(turn.start):
            return turns
        told.append(turn._replace(words=match.end()))
    return told


def _parts(seconds: float) -> list[int]:
    """Hours, minutes and seconds, as far as there are any."""
    minutes, second = divmod(int(seconds), 60)
    return [part for part in (*divmod(minutes, 60), second) if part]
