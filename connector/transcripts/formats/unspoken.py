"""Lines that programs write among what is said: who made the transcript, who started it and stopped it.

Knows no layout. Teams writes in the language of whoever saves the document; its sentences are listed where they are
known, since a line that only sounds like one may well be spoken.
"""

from __future__ import annotations

import re

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


def unspoken(line: str) -> bool:
    """Whether a whole line is a program's."""
    return _SIGNATURE.fullmatch(line) is not None or _TEAMS.fullmatch(line) is not None
