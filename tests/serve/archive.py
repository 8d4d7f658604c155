"""A small archive to serve: recordings for all, one for a group alone, and one that is hidden from everybody."""

from __future__ import annotations

from pathlib import Path

from tests.support import connector, make_home, srt, talk

HEAPS = [
    "The compost heap behind the shed is turned twice a year.",
    "Beside the pond the compost heap is warm and dark.",
    "Nobody minds what the neighbours think about any of this.",
    "A compost heap under the walnut tree 🌳 is never turned at all.",
]
ANN, BOB = "ann@example.com", "bob@example.com"


def make_archive(folder: Path, **sections: str) -> Path:
    """``ann`` is of the support group, ``bob`` is a user like all others."""
    home = make_home(folder, **sections)
    inbox = home / "inbox"
    for name in ("garden", "support", "hidden"):
        (inbox / name).mkdir()
    said = [f"{'Rosa Luz' if number % 2 else 'Jo Hill'}: {line}" for number, line in enumerate(HEAPS)]
    (inbox / "garden" / "compost.srt").write_text(srt(said, every=30.0))
    (inbox / "garden" / "compost.meta.yaml").write_text(
        "title: Compost for everybody\nurl: https://youtu.be/abc\nrecorded: 2025-01-14\ntags: [soil]\n"
        "author: rosa@example.com\n"
    )
    (inbox / "bread.srt").write_text(talk("sourdough bread", 9))
    (inbox / "bread.meta.yaml").write_text("title: Bread\nrecorded: 2024-06-01\n")
    (inbox / "support" / "spade.srt").write_text(talk("the golden spade and a compost heap", 9))
    (inbox / "support" / "spade.meta.yaml").write_text("title: The golden spade\nspeakers: {}\n")
    (inbox / "support" / "_folder.yaml").write_text("permissions: {allowedGroups: [support]}\n")
    (inbox / "hidden" / "board.srt").write_text(talk("zygomorphic compost", 9))
    (inbox / "hidden" / "_folder.yaml").write_text("permissions: {allowAllDatasourceUsersAccess: false}\n")
    (home / "identity.yaml").write_text(f"users:\n- {{email: {ANN}, groups: [support]}}\n- {{email: {BOB}}}\n")
    connector(home, "ingest", "inbox")
    return home
